"""How a run under chaos is judged."""

from dataclasses import replace

import pytest
from loadtests.reckoning import Fate, Terms, broken_promises, reckon

from recado.ledger.states import State
from recado.model import Lane

SENT = Fate(State.SENT, accepted=1)
MARKETING = Terms(Lane.MARKETING, events=True, kills=2)
BILLING = Terms(Lane.BILLING, events=True, kills=2)


def broken(fates: list[Fate], terms: Terms) -> list[str]:
    return broken_promises(reckon(fates), terms, audience=len(fates))


@pytest.mark.parametrize("terms", [MARKETING, BILLING])
def test_everybody_written_to_once_is_what_was_promised(terms: Terms) -> None:
    assert broken([SENT] * 100, terms) == []


@pytest.mark.parametrize("terms", [MARKETING, BILLING])
@pytest.mark.parametrize("state", [State.SENT, State.DELIVERED])
def test_a_mail_said_to_be_sent_that_ses_never_took_is_lost(state: State, terms: Terms) -> None:
    assert broken([SENT, Fate(state, accepted=0)], terms) == ["1 recipients are lost; 0 may be"]


@pytest.mark.parametrize("state", [State.FAILED, State.SUPPRESSED, State.CANCELLED])
def test_whom_the_suite_knows_not_to_have_written_to_is_not_lost(state: State) -> None:
    assert broken([SENT, Fate(state, accepted=0)], MARKETING) == []


def test_a_hold_of_somebody_ses_took_cannot_hide_a_loss() -> None:
    held = Fate(State.HELD, accepted=1, in_flight=1, event_lost=True)
    assert reckon([held, Fate(State.SENT, accepted=0)]).lost == 1


@pytest.mark.parametrize("state", [State.PENDING, State.UNKNOWN])
def test_whoever_is_open_at_the_end_is_undecided(state: State) -> None:
    assert broken([SENT, Fate(state, accepted=1)], BILLING) == [
        "1 recipients are in no terminal state; 0 may be"
    ]


def test_marketing_is_never_repeated_whatever_was_lost() -> None:
    twice = Fate(State.SENT, accepted=2, in_flight=1, event_lost=True)
    assert broken([twice], MARKETING) == ["1 mails are repeats; 0 may be"]


@pytest.mark.parametrize(("repeats", "broken_ones"), [(100, 0), (101, 1)])
def test_without_events_a_crash_may_repeat_a_chunk_of_bills(repeats: int, broken_ones: int) -> None:
    twice = Fate(State.SENT, accepted=2, in_flight=1)
    terms = replace(BILLING, events=False)
    assert len(broken([twice] * repeats, terms)) == broken_ones


def test_with_events_only_whose_event_was_lost_may_be_repeated_or_held() -> None:
    excused = Fate(State.SENT, accepted=2, in_flight=1, event_lost=True)
    held = Fate(State.HELD, accepted=1, in_flight=1, event_lost=True)
    assert broken([SENT, excused], BILLING) == []
    assert broken([SENT, held], MARKETING) == []
    (claim,) = broken([replace(excused, event_lost=False)], BILLING)
    assert claim.startswith("1 recipients were held or written to twice although")
    (claim,) = broken([replace(held, event_lost=False)], MARKETING)
    assert claim.startswith("1 recipients were held or written to twice although")


def test_what_was_in_flight_was_resolved_by_an_event_or_by_the_rule() -> None:
    fates = [
        SENT,
        Fate(State.SENT, accepted=1, in_flight=1),
        Fate(State.HELD, accepted=1, in_flight=1, event_lost=True),
        Fate(State.SENT, accepted=1, in_flight=1, ruled=True),
        Fate(State.SENT, accepted=2, in_flight=1),
    ]
    found = reckon(fates)
    assert (found.unknown, found.resolved_by_events, found.resolved_by_rule) == (4, 1, 3)


def test_a_recipient_missing_from_the_ledger_is_told() -> None:
    assert broken_promises(reckon([SENT]), MARKETING, audience=2) == [
        "the ledger has 1 recipients, the audience 2"
    ]
