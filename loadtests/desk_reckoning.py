"""What the desk's records prove of a run: owners, caps, losses, how long free hands waited."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from desk.domain.dockets import Turn
from desk.domain.supervisor import Reason


@dataclass(frozen=True)
class Story:
    """What the table has of one ticket, beside what was sent about it.

    `texts` are the customer's entries in the desk's order, `sent` those chat told of.
    """

    ticket_id: str
    asked_at: datetime
    known: bool
    ended: bool
    turns: tuple[Turn, ...]
    texts: tuple[str, ...]
    sent: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What must be zero, and the times (seconds) from a release to the next assignment."""

    double_owners: int
    over_capacity: int
    stranded: int
    lost: int
    misordered: int
    requeued: int
    gap_p50: float
    gap_p95: float
    gap_p99: float

    @property
    def broken(self) -> list[str]:
        """What was promised and did not hold."""
        names = ("double_owners", "over_capacity", "stranded", "lost", "misordered")
        return [f"{getattr(self, name)} {name}" for name in names if getattr(self, name)]


def judge(
    stories: Sequence[Story],
    attendants: Mapping[str, int],
    servers: Mapping[str, int],
) -> Verdict:
    """Judge a run by its tickets; `attendants` and `servers` have each one's capacity."""
    turns = [turn for story in stories for turn in story.turns]
    gaps = sorted(each.total_seconds() for each in waits_for_work(stories, servers))
    gone = {Reason.LEASE_EXPIRED, Reason.NO_FIRST_REPLY}
    return Verdict(
        double_owners=sum(map(_overlaps, stories)),
        over_capacity=_over(turns, "attendant_id", attendants) + _over(turns, "server_id", servers),
        stranded=sum(story.known and not story.ended for story in stories),
        lost=sum(not story.known or set(story.sent) > set(story.texts) for story in stories),
        misordered=sum(
            story.known and set(story.sent) == set(story.texts) and story.texts != story.sent
            for story in stories
        ),
        requeued=sum(turn.reason in gone for turn in turns),
        gap_p50=quantile(gaps, 0.5),
        gap_p95=quantile(gaps, 0.95),
        gap_p99=quantile(gaps, 0.99),
    )


def waits_for_work(stories: Sequence[Story], servers: Mapping[str, int]) -> list[timedelta]:
    """For each release of somebody at work, how long until they had the next ticket.

    It counts from when all were there: the attendant's free place, one under their server's cap,
    and that ticket without an owner. `servers` has each one's capacity.
    """
    turns = [turn for story in stories for turn in story.turns]
    room_since = {server: _reopened(turns, server, room) for server, room in servers.items()}
    waiting_since: dict[tuple[str, int], datetime] = {}
    mine: dict[str, list[tuple[datetime, str, Turn]]] = defaultdict(list)
    for story in stories:
        before = story.asked_at
        for turn in story.turns:
            waiting_since[story.ticket_id, turn.token] = before
            before = turn.released_at or before
            mine[turn.attendant_id].append((turn.assigned_at, story.ticket_id, turn))
    gaps: list[timedelta] = []
    for history in mine.values():
        for (_, _, earlier), (_, ticket_id, later) in pairwise(sorted(history, key=_order)):
            at_work = earlier.reason in {"closed", Reason.TRANSFERRED}
            if earlier.released_at is not None and at_work:
                began = max(earlier.released_at, waiting_since[ticket_id, later.token])
                reopened = room_since[later.server_id]
                opened = bisect_right(reopened, later.assigned_at)
                if opened:
                    began = max(began, reopened[opened - 1])
                if later.assigned_at >= began:
                    gaps.append(later.assigned_at - began)
    return gaps


def _reopened(turns: Iterable[Turn], server_id: str, room: int) -> list[datetime]:
    """When a server that was full had a place again, in order."""
    load, moments = 0, []
    for at, change in _changes(turn for turn in turns if turn.server_id == server_id):
        load += change
        if change < 0 and load == room - 1:
            moments.append(at)
    return moments


def quantile(ordered: Sequence[float], share: float) -> float:
    """The nearest-rank quantile of values in order; 0 if there are none."""
    return ordered[ceil(share * len(ordered)) - 1] if ordered else 0.0


def _order(entry: tuple[datetime, str, Turn]) -> tuple[datetime, str]:
    return entry[0], entry[1]


def _overlaps(story: Story) -> int:
    """How often the ticket had an owner before the one before was released."""
    return sum(
        earlier.released_at is None or later.assigned_at < earlier.released_at
        for earlier, later in pairwise(story.turns)
    )


def _over(turns: Iterable[Turn], whose: str, capacities: Mapping[str, int]) -> int:
    """How often somebody was given a ticket above their capacity."""
    theirs: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        theirs[getattr(turn, whose)].append(turn)
    over = 0
    for name, held in theirs.items():
        load = 0
        for _, change in _changes(held):
            load += change
            over += change > 0 and load > capacities[name]
    return over


def _changes(turns: Iterable[Turn]) -> list[tuple[datetime, int]]:
    """How a load rose and fell over time; of what happened at once, the releases come first."""
    moments = []
    for turn in turns:
        moments.append((turn.assigned_at, 1))
        if turn.released_at is not None:
            moments.append((turn.released_at, -1))
    return sorted(moments)
