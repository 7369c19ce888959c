"""Checks of fault descriptions; each names the field that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


class InvalidFaults(ValueError):
    """A fault description that cannot be used; the text names the field."""


def integer(where: str, value: Any) -> int:
    """A whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidFaults(f"{where} must be a whole number, not {value!r}")
    return value


def number(where: str, value: Any) -> float:
    """Any number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidFaults(f"{where} must be a number, not {value!r}")
    return value


def at_least_zero(where: str, value: Any) -> None:
    """A number that is not negative."""
    if number(where, value) < 0:
        raise InvalidFaults(f"{where} must not be negative, it is {value!r}")


def probability(where: str, value: Any) -> None:
    """A number between 0 and 1."""
    if not 0 <= number(where, value) <= 1:
        raise InvalidFaults(f"{where} must lie between 0 and 1, it is {value!r}")


def one_of(where: str, value: Any, choices: Iterable[str]) -> None:
    """One of the known names."""
    if value not in choices:
        raise InvalidFaults(f"{where} is {value!r}; choose from {', '.join(choices)}")
