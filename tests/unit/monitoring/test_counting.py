"""Facts are counted once, in whatever order, however often and however late they come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.counting import Reconciling
from monitoring.domain.counting import Entry, entry_of, summed
from monitoring.domain.mail import Snapshot, by_lane, figures_of
from recado import ids
from recado.contracts import CampaignLaunched, Event
from recado.errors import Rejected
from recado.figures.names import Service, difference, parts, total
from recado.figures.periods import Period, month_of, pieces
from recado.ledger.reach import Engagement
from recado.model import Lane, Language
from recado.outgoing import Fact, Told
from recado.turns import AssistantTurn
from tests.unit.monitoring.facts import BEGIN, DAYS, ZONE, chat, facts, ticket

LAG = timedelta(minutes=10)
Totals = dict[tuple[date, Service], dict[str, int]]


@dataclass
class Counters:
    """The counters, in memory; a fact counts once."""

    totals: Totals = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    read: dict[str, str] = field(default_factory=dict)

    def count(self, entries: Iterable[Entry], now: datetime) -> int:
        fresh = self.uncounted(list({each.identity: each for each in entries}.values()))
        self.seen |= {each.identity for each in fresh}
        for group, figures in summed(fresh).items():
            self.totals[group] = total([self.totals.get(group, {}), figures])
        return len(fresh)

    def uncounted(self, entries: Sequence[Entry]) -> list[Entry]:
        return [each for each in entries if each.identity not in self.seen]

    def read_to(self, source: str) -> str | None:
        return self.read.get(source)

    def note_read_to(self, source: str, fact_id: str) -> None:
        assert fact_id > self.read.get(source, "")
        self.read[source] = fact_id


@dataclass
class Lists:
    """What a service told, by day of UTC, as `recado.outgoing` lists it."""

    told: list[Told] = field(default_factory=list)

    def tell(self, event: Event, at: datetime) -> None:
        fact = Fact.of(event, at)
        self.told.append(Told(fact.id, type(event).__name__, event.model_dump_json()))

    def __call__(self, day: date, after: str, before: str) -> list[Told]:
        here = [each for each in self.told if ids.made_at(each.id).date() == day]
        return sorted(each for each in here if after < each.id <= before)


@given(told=facts(), chance=st.randoms(use_true_random=False))
def test_the_totals_equal_a_recount_whatever_the_bus_repeats_reorders_and_loses(
    told: list[Event], chance: Random
) -> None:
    counters, lists = Counters(), Lists()
    for event in told:
        lists.tell(event, entry_at(event))
    heard = [event for event in told for _ in range(chance.choice([0, 1, 1, 2]))]
    chance.shuffle(heard)
    while heard:
        batch = [heard.pop() for _ in range(min(len(heard), chance.randint(1, 10)))]
        counters.count([entry_of(event, ZONE) for event in batch], BEGIN)
    later = BEGIN + timedelta(days=4)
    reconciling = Reconciling(counters, {"chat": lists}, ZONE, LAG)
    for _ in range(2):
        reconciling.catch_up(later, lambda: True)
    recount = summed(entry_of(event, ZONE) for event in told)
    assert counters.totals == recount
    by_day = [each for day in DAYS for each in reconciling.of_day(day)]
    assert summed(by_day) == recount


def entry_at(event: Event) -> datetime:
    """When a fact is told: when it happened."""
    for name in ("ended_at", "at", "scheduled_at", "settled_at", "sent_at"):
        if hasattr(event, name):
            moment: datetime = getattr(event, name)
            return moment
    raise AssertionError(event)


def test_a_list_is_read_on_from_where_it_was_read_to_and_never_again() -> None:
    counters, lists = Counters(), Lists()
    for number in range(250):
        lists.tell(chat(number, BEGIN), BEGIN + timedelta(seconds=number))
    reconciling = Reconciling(counters, {"chat": lists}, ZONE, LAG)
    soon = BEGIN + timedelta(seconds=99) + LAG
    assert reconciling.catch_up(soon, lambda: True) == 99
    calls = iter([False])
    later = soon + timedelta(hours=1)
    assert reconciling.catch_up(later, lambda: next(calls)) == 100
    assert reconciling.catch_up(later, lambda: True) == 51
    assert reconciling.catch_up(later, lambda: True) == 0


def test_a_fact_belongs_to_the_operators_day_on_which_it_happened() -> None:
    late = datetime(2026, 11, 1, 2, 59, tzinfo=UTC)
    assert entry_of(chat(1, late), ZONE).day == date(2026, 10, 31)
    assert entry_of(chat(1, late + timedelta(minutes=1)), ZONE).day == date(2026, 11, 1)


def test_a_ticket_counts_for_its_kind_and_its_server() -> None:
    figures = entry_of(ticket(7, BEGIN), ZONE).figures
    assert figures["wait_ms"] == 7_000
    assert parts(figures, "server") == {
        "north": {"closed": 1, "ended": 1, "in_time": 1, "moves": 1, "wait_ms": 7_000, "waits": 1}
    }
    assert set(parts(entry_of(ticket(7, BEGIN, None), ZONE).figures, "server")) == set()


def test_an_intent_counts_once_a_conversation_however_often_it_came() -> None:
    figures = entry_of(chat(1, BEGIN, ("speed", "speed", "bye"), 1), ZONE).figures
    assert parts(figures, "intent") == {"bye": {"chats": 1}, "speed": {"chats": 1}}
    assert (figures["chats"], figures["handovers"], figures.get("contained")) == (1, 1, None)


def test_a_turn_counts_for_each_stage_and_each_failure() -> None:
    turn = AssistantTurn(
        turn_id="trn_1",
        conversation_id="cnv_1",
        language=Language.ENGLISH,
        by_voice=True,
        depth="complex",
        stages={"stt": 400, "tts": 8_000},
        first_audio_ms=None,
        failed=("tts",),
        ended_at=BEGIN,
    )
    assert entry_of(turn, ZONE).identity == "turn:cnv_1:trn_1"
    figures = entry_of(turn, ZONE).figures
    assert figures == {
        "turns": 1,
        "by_voice": 1,
        "language#en#turns": 1,
        "depth#complex#turns": 1,
        "stage#stt#turns": 1,
        "stage#stt#ms": 400,
        "stage#tts#turns": 1,
        "stage#tts#ms": 8_000,
        "stage#tts#failed": 1,
    }


def test_what_nobody_counts_is_refused() -> None:
    with pytest.raises(Rejected, match="CampaignLaunched"):
        entry_of(CampaignLaunched(campaign_id="cmp_1", lane=Lane.BILLING, by="ana"), ZONE)


STATES = st.dictionaries(
    st.sampled_from(["sent", "delivered", "failed", "unknown"]), st.integers(0, 50)
)


@given(looks=st.lists(STATES, max_size=6))
def test_what_a_campaign_moved_by_adds_up_to_its_last_look(looks: list[dict[str, int]]) -> None:
    snapshot = Snapshot(campaign_id="cmp_1", lane=Lane.BILLING, moved_at=BEGIN)
    added: dict[str, int] = {}
    for counts in looks:
        figures = figures_of(counts, [Engagement(opens=counts.get("sent", 0))])
        added = total([added, by_lane(Lane.BILLING, difference(snapshot.figures, figures))])
        snapshot = snapshot.model_copy(update={"figures": figures})
    assert {name: number for name, number in added.items() if "#" not in name} == snapshot.figures
    assert parts(added, "lane").get("billing", {}) == snapshot.figures


@given(first=st.dates(date(2024, 1, 1), date(2026, 12, 31)), days=st.integers(1, 1_000))
def test_a_period_is_made_of_each_of_its_days_once(first: date, days: int) -> None:
    period = Period.of(first, first + timedelta(days=days - 1))
    made_of = pieces(period)
    covered = [day for piece in made_of.days for day in piece.each_day()]
    if made_of.months:
        begin, end = made_of.months
        covered += [day for day in period.each_day() if begin <= month_of(day) <= end]
        assert all(
            month_of(day) not in {begin, end} for piece in made_of.days for day in piece.each_day()
        )
    assert sorted(covered) == list(period.each_day())
    assert sum(piece.days for piece in made_of.days) <= 60


def test_the_previous_period_has_the_same_length_and_ends_the_day_before() -> None:
    march = Period(date(2026, 3, 1), date(2026, 3, 31))
    assert march.previous == Period(date(2026, 1, 29), date(2026, 2, 28))
    with pytest.raises(Rejected, match="before"):
        Period.of(date(2026, 3, 2), date(2026, 3, 1))
    with pytest.raises(Rejected, match="at most"):
        Period.of(date(2020, 1, 1), date(2026, 3, 1))
