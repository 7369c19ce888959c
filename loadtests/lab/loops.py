"""The two loops that make load, and the book of what became of every turn.

A turn belongs to the measurement when it was meant to begin inside the window, and it is waited for
however long it takes: nothing slow is cut off at the end. Load goes on until the last measured turn
is answered, so that none of them is answered by an idle server. In the open loop the clock of a
turn runs from the moment it was due, not from when a connection was free (no coordinated omission).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.domain.ports import Overloaded, TooLate
from loadtests.lab.outcomes import Outcome

REST_AFTER_FAILURE_S = 0.02
"""A user who was refused asks again a little later, not in a busy loop."""
_LOOK_S = 0.01

Clock = Callable[[], float]
Turn = Callable[[float], Awaitable[None]]
"""One whole turn; takes the moment by which it has to be answered."""


@dataclass(frozen=True)
class Window:
    """From when to when turns are measured, on the monotonic clock."""

    begin: float
    end: float


@dataclass
class Book:
    """Every measured turn: seconds it took from when it was due, by outcome.

    `limit` is after how many seconds a turn counts as timed out. `late` is how long after it was
    due each measured turn was begun; `inside` the turns in the system, added up over the window's
    time (their mean number times its length); `parts` the turns of the window, those at its edges
    by the part that is inside; `came` how many users have had their first turn.
    """

    limit: float
    clock: Clock = time.monotonic
    window: Window | None = None
    took: dict[Outcome, list[float]] = field(
        default_factory=lambda: {outcome: [] for outcome in Outcome}
    )
    late: list[float] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)
    inside: float = 0.0
    parts: float = 0.0
    open: int = 0
    came: int = 0

    async def keep(self, due: float, turn: Turn) -> bool:
        """Make a turn and write down what became of it; whether it was answered."""
        measured = self._measures(due)
        self.open += measured
        begun = self.clock()
        try:
            outcome = await self._outcome(turn, due + self.limit)
        finally:
            self.open -= measured
        ended = self.clock()
        overlap = self._overlap(due, ended)
        self.inside += overlap
        self.parts += overlap / (ended - due) if overlap else 0.0
        if measured:
            self.took[outcome].append(ended - due)
            self.late.append(begun - due)
        return outcome is Outcome.ANSWERED

    async def over(self, window: Window) -> None:
        """Measure in this window, and wait until every turn that belongs to it has ended."""
        self.window = window
        await _until(window.end, self.clock)
        while self.open:
            await asyncio.sleep(_LOOK_S)

    def _measures(self, due: float) -> bool:
        return self.window is not None and self.window.begin <= due < self.window.end

    def _overlap(self, due: float, ended: float) -> float:
        if self.window is None:
            return 0.0
        return max(0.0, min(ended, self.window.end) - max(due, self.window.begin))

    async def _outcome(self, turn: Turn, deadline: float) -> Outcome:
        try:
            async with asyncio.timeout(deadline - self.clock()):
                await turn(deadline)
        except (TimeoutError, TooLate):
            return Outcome.TIMED_OUT
        except Overloaded:
            return Outcome.REFUSED
        except Exception as failure:  # noqa: BLE001 - whatever a library raises is a failed turn
            name = type(failure).__name__
            self.failures[name] = self.failures.get(name, 0) + 1
            return Outcome.FAILED
        return Outcome.ANSWERED


async def closed(turns: Sequence[Turn], book: Book, start: float, spread: float) -> None:
    """Until cancelled: each turn is a user's, who asks again as soon as the last is answered.

    The users come in one after another over `spread` seconds. When that is as long as a turn, they
    do not move in step: in every moment as many turns begin as in any other.
    """
    step = spread / len(turns)
    async with asyncio.TaskGroup() as users:
        for place, turn in enumerate(turns):
            users.create_task(_user(turn, start + place * step, book))


async def warmed_up(book: Book, until: float, users: int) -> None:
    """Wait until a moment, and until so many users have had their first turn."""
    await _until(until, book.clock)
    while book.came < users:
        await asyncio.sleep(_LOOK_S)


async def _user(turn: Turn, comes_at: float, book: Book) -> None:
    await _until(comes_at, book.clock)
    await book.keep(book.clock(), turn)
    book.came += 1
    while True:
        if not await book.keep(book.clock(), turn):
            await asyncio.sleep(REST_AFTER_FAILURE_S)


def arrivals(start: float, rate: float, share: tuple[int, int]) -> Iterator[float]:
    """The moments at which one of several generators begins a turn, without an end.

    Together the generators begin `rate` turns a second at equal distances; `share` is which one
    this is, and of how many.
    """
    mine, of = share
    number = mine
    while True:
        yield start + number / rate
        number += of


async def opened(turns: Sequence[Turn], book: Book, due: Iterator[float]) -> None:
    """Until cancelled: a turn begins at every moment of `due`, on the connection freed last."""
    idle = list(turns)
    places = asyncio.Semaphore(len(idle))

    async def on_an_idle_one(deadline: float) -> None:
        async with places:
            turn = idle.pop()
            try:
                await turn(deadline)
            finally:
                idle.append(turn)

    async with asyncio.TaskGroup() as under_way:
        for moment in due:
            await _until(moment, book.clock)
            under_way.create_task(book.keep(moment, on_an_idle_one))


async def _until(moment: float, clock: Clock) -> None:
    ahead = moment - clock()
    if ahead > 0:
        await asyncio.sleep(ahead)
