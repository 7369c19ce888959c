"""What every managing operation gets: the desk it works at, and the call it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ses_simulator.errors import bad_request
from ses_simulator.quota import DailyQuota, RateWindow
from ses_simulator.resources import Resources
from ses_simulator.wire import JsonObject

DEFAULT_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Desk:
    """What the managing operations work on."""

    resources: Resources
    rate: RateWindow
    quota: DailyQuota
    now_ms: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Call:
    """One request: names from the path, the query string, the JSON body."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: JsonObject


def page(names: list[str], asked: Mapping[str, object]) -> tuple[list[str], JsonObject]:
    """One page of sorted names, and the NextToken field when there are more."""
    after, size = str(asked.get("NextToken") or ""), str(asked.get("PageSize") or DEFAULT_PAGE)
    if not size.isdigit() or size == "0":
        raise bad_request(f"PageSize must be a whole number above 0, not {size!r}.")
    rest = [name for name in names if name > after]
    shown = rest[: int(size)]
    return shown, {"NextToken": shown[-1]} if len(rest) > len(shown) else {}
