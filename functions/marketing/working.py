"""A round of the schedule: a run with an id, its time, and things that must not hold up others."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import TypeVar

from recado.errors import Conflict
from recado.observability import logger

T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """One round. `id` is `run_` and a ULID; `in_time` says whether there is time to begin more."""

    id: str
    now: datetime
    in_time: Callable[[], bool]


@dataclass(frozen=True)
class Tally:
    """How many things were done, and how many made trouble and wait for the next round."""

    done: int = 0
    failed: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.done + other.done, self.failed + other.failed)


def each(things: Iterable[T], work: Callable[[T], None], run: Run) -> Tally:
    """Do one after the other while there is time; what others changed meanwhile is left to them."""
    done, failed = 0, 0
    for thing in things:
        if not run.in_time():
            break
        try:
            work(thing)
        except Conflict:
            continue
        except Exception as error:  # noqa: BLE001 - counted, and the round fails for it in the end
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{PurePath(where.filename).name}:{where.lineno}"
            logger.warning("left alone", error=type(error).__name__, at=place)
            failed += 1
        else:
            done += 1
    return Tally(done, failed)
