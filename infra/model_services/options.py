"""What a service is told: on the command line and by settings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from recado.settings import Misconfigured


@dataclass(frozen=True)
class Options:
    """How many places an engine is made for, and its own settings by name."""

    pool: int = 4
    settings: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def text(self, name: str, default: str = "") -> str:
        """A setting.

        Raises:
            Misconfigured: it is missing and has no default.
        """
        value = self.settings.get(name, "") or default
        if not value:
            raise Misconfigured(
                f"the setting {name} is missing: docs/assistant-models.md says which"
            )
        return value

    def number(self, name: str, default: float) -> float:
        """A number that is not negative.

        Raises:
            Misconfigured: it is something else.
        """
        value = self.settings.get(name, "")
        try:
            number = float(value) if value else default
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise Misconfigured(f"the setting {name} is {value!r}: it has to be a number from 0 on")
        return number
