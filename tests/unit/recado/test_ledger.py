"""The ledger's rules: which evidence wins, and what becomes of a chunk."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.ledger.chunk import Chunk, Stage, reset, stage_of, take_in
from recado.ledger.states import Outcome, State, count, difference, merge, positions

states = st.text(alphabet=[state.value for state in State], min_size=1, max_size=50)
outcomes = st.sampled_from([Outcome(state) for state in State])
evidence = st.lists(st.tuples(st.integers(0, 4), outcomes), max_size=5)


def chunk(letters: str, **fields: object) -> Chunk:
    ids = tuple(f"C-{number}" for number in range(len(letters)))
    fresh = Chunk("cmp_1", 0, ids, letters, page=0, start=0, stage=stage_of(letters))
    return replace(fresh, **fields)  # type: ignore[arg-type]


@given(evidence)
def test_the_order_of_events_does_not_matter(events: list[tuple[int, Outcome]]) -> None:
    def after(order: tuple[tuple[int, Outcome], ...]) -> list[int]:
        letters = "PPPPP"
        for position, outcome in order:
            letters = merge(letters, {position: outcome})
        return [_weight(letter) for letter in letters]

    results = {tuple(after(order)) for order in permutations(events)}
    assert len(results) == 1


def _weight(letter: str) -> int:
    return sum(Outcome(State(letter)).outweighs(Outcome(other)) for other in State)


@given(states, st.integers(0, 49), outcomes)
def test_an_event_that_comes_twice_changes_nothing_the_second_time(
    letters: str, position: int, outcome: Outcome
) -> None:
    at = position % len(letters)
    once = merge(letters, {at: outcome})
    assert merge(once, {at: outcome}) == once


@given(states, st.integers(0, 49), outcomes)
def test_counters_moved_by_the_difference_equal_a_recount(
    letters: str, position: int, outcome: Outcome
) -> None:
    after = merge(letters, {position % len(letters): outcome})
    moved = difference(letters, after)
    counters = {
        name: count(letters).get(name, 0) + moved.get(name, 0) for name in {*count(letters), *moved}
    }
    assert {name: number for name, number in counters.items() if number} == count(after)
    assert sum(moved.values()) == 0


def test_what_ses_says_it_sent_outweighs_what_we_thought() -> None:
    for thought in (State.UNKNOWN, State.FAILED, State.HELD, State.CANCELLED):
        assert merge(thought, {0: Outcome(State.SENT)}) == State.SENT


def test_a_late_send_event_does_not_hide_a_bounce() -> None:
    assert merge("B", {0: Outcome(State.SENT)}) == "B"


def test_a_position_outside_the_chunk_is_an_error() -> None:
    with pytest.raises(IndexError):
        merge("PP", {2: Outcome(State.SENT)})


@given(states)
def test_a_chunk_nobody_holds_is_ready_exactly_while_someone_is_pending(letters: str) -> None:
    stage = stage_of(letters)
    assert (stage is Stage.READY) == ("P" in letters)
    assert (stage is Stage.DONE) == ("P" not in letters and "U" not in letters)


def test_an_event_that_overtakes_the_sender_leaves_the_chunk_in_its_hands() -> None:
    sending = chunk("PP", stage=Stage.SENDING, lease_until=99)
    after = take_in(sending, {0: Outcome(State.SENT)}, release=False)
    assert (after.states, after.stage, after.lease_until) == ("SP", Stage.SENDING, 99)


def test_recording_gives_the_chunk_back() -> None:
    sending = chunk("PP", stage=Stage.SENDING, lease_until=99)
    after = take_in(
        sending, {0: Outcome(State.SENT), 1: Outcome(State.UNKNOWN, "lost")}, release=True
    )
    assert (after.stage, after.lease_until) == (Stage.UNSETTLED, 0)
    assert after.reasons == {1: "lost"}


def test_a_throttled_recipient_stays_pending_in_a_ready_chunk() -> None:
    sending = chunk("PP", stage=Stage.SENDING, lease_until=99)
    after = take_in(sending, {0: Outcome(State.SENT)}, release=True)
    assert (after.states, after.stage) == ("SP", Stage.READY)


def test_a_weaker_outcome_brings_no_reason_either() -> None:
    after = take_in(chunk("D"), {0: Outcome(State.FAILED, "too late")}, release=True)
    assert (after.states, after.reasons) == ("D", {})


def test_a_retry_moves_exactly_the_named_recipients_and_forgets_their_reasons() -> None:
    partial = chunk("SFF", reasons={1: "rejected", 2: "no address"})
    after = reset(partial, [1], State.PENDING)
    assert (after.states, after.reasons, after.stage) == ("SPF", {2: "no address"}, Stage.READY)


@given(states)
def test_positions_find_every_recipient_of_a_state(letters: str) -> None:
    found = [(place, state) for state in State for place in positions(letters, state)]
    assert sorted(place for place, _ in found) == list(range(len(letters)))


@pytest.mark.parametrize("stage", [Stage.CLAIMED, Stage.SENDING])
def test_being_told_to_wait_is_no_attempt(stage: Stage) -> None:
    held = Chunk("cmp_1", 0, ("C-1", "C-2"), "PP", page=0, start=0, stage=stage, attempt=1)
    assert take_in(held, {0: Outcome(State.SENT)}, release=True).attempt == 0
    both = {0: Outcome(State.SENT), 1: Outcome(State.UNKNOWN)}
    assert take_in(held, both, release=True).attempt == 1
    assert take_in(held, {0: Outcome(State.SENT)}, release=False).attempt == 1


def test_recording_twice_gives_an_attempt_back_once() -> None:
    held = Chunk("cmp_1", 0, ("C-1",), "P", page=0, start=0, stage=Stage.SENDING, attempt=2)
    once = take_in(held, {}, release=True)
    assert take_in(once, {}, release=True) == once
    assert once.attempt == 1
