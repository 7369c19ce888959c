"""Settings come from the environment `template.yaml` gives a function; a missing one says so."""

import os

from recado.errors import RecadoError


class Misconfigured(RecadoError):
    """A setting is missing or wrong; the message names it."""


def text(name: str, default: str = "") -> str:
    """A setting that has to be there, unless it has a default."""
    value = os.environ.get(name, "") or default
    if not value:
        raise Misconfigured(
            f"the environment variable {name} is not set: see Globals in template.yaml"
        )
    return value


def optional(name: str) -> str:
    """A setting that may be empty or missing, which means something of its own."""
    return os.environ.get(name, "")


def number(name: str, default: float) -> float:
    """A numeric setting with a default."""
    value = os.environ.get(name, "")
    try:
        return float(value) if value else default
    except ValueError as error:
        raise Misconfigured(
            f"the environment variable {name} must be a number, not {value!r}"
        ) from error
