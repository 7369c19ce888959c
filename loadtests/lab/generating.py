"""A generator: a process that makes its share of a run's load and tells what became of it.

Each user has connections of their own to each service, kept for the whole run, in every arm alike;
users are dealt to the servers in turn. In the open loop the connections are a pool instead.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from random import Random

from assistant.contracts import thrift
from assistant.gateway.models import Models
from loadtests.lab import loops, turns
from loadtests.lab.loops import Book, Turn, Window
from loadtests.lab.outcomes import Outcome
from loadtests.lab.scenarios import Scenario

Urls = Mapping[str, str]
"""STT_URL, LLM_URL and TTS_URL of one server."""


@dataclass(frozen=True)
class Spoken:
    """What the turns of the tiny models begin with."""

    question: bytes
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Share:
    """A generator's part of a run."""

    protocol: str
    servers: Sequence[Urls]
    scenario: Scenario
    connections: int
    """Users of the closed loop, or connections of the open one's pool."""
    rate: float
    """Turns a second over all generators; 0 is the closed loop."""
    warm_up: float
    limit: float
    spread: float
    """Closed loop: seconds over which the users come in."""
    place: int
    of: int
    """Which generator this is, of how many."""
    seed: str
    spoken: Spoken | None


@dataclass(frozen=True)
class Told:
    """What a generator has to tell; seconds."""

    took: dict[Outcome, list[float]]
    late: list[float]
    faults: dict[str, int]
    inside: float
    """Mean number of turns in the system."""
    rate: float
    """Turns a second, those at the window's edges by the part that is inside."""


def generate(share: Share, line: Connection) -> None:
    """Say when ready, begin when told, say when warm, measure in the window that is told, tell."""
    thrift.contract()  # parsed now, so that no turn has to wait for it
    line.send("ready")
    asyncio.run(_generate(share, line))


async def _generate(share: Share, line: Connection) -> None:
    everyone = [
        Models.over(
            share.protocol,
            share.servers[(share.place + number) % len(share.servers)],
            streaming=False,
            connections=1,
        )
        for number in range(share.connections)
    ]
    chance = Random(share.seed)  # noqa: S311
    made = [_turn(share, models, chance) for models in everyone]
    start: float = await asyncio.to_thread(line.recv)
    book = Book(share.limit)
    load = asyncio.create_task(_load(share, made, book, start))
    await loops.warmed_up(book, start + share.warm_up, 0 if share.rate else len(made))
    line.send("warm")
    window: Window = await asyncio.to_thread(line.recv)
    await book.over(window)
    seconds = window.end - window.begin
    inside, rate = book.inside / seconds, book.parts / seconds
    line.send(Told(book.took, book.late, book.failures, inside, rate))
    await asyncio.to_thread(line.poll, None)  # the others' last turns are not to be quick ones
    load.cancel()
    await asyncio.gather(load, *(models.close() for models in everyone), return_exceptions=True)


async def _load(share: Share, made: Sequence[Turn], book: Book, start: float) -> None:
    if share.rate:
        due = loops.arrivals(start, share.rate, (share.place, share.of))
        await loops.opened(made, book, due)
    else:
        await loops.closed(made, book, start, share.spread)


def _turn(share: Share, models: Models, chance: Random) -> Turn:
    if share.spoken:
        return turns.spoken(models, share.spoken.question, share.spoken.facts)
    return turns.declared(models, share.scenario, chance)
