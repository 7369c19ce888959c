"""A journey goes forward in time and place, sends each mail once, and stops when it should."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.domain.journey import (
    OVER,
    Journey,
    Moved,
    Seen,
    advanced,
    begun,
    first_look,
)
from marketing.domain.steps import (
    Branch,
    Check,
    Instruction,
    Jump,
    Send,
    Signal,
    Step,
    Wait,
    compiled,
    mistakes,
)
from tests.factories import AT

WAIT = Wait(do="wait", days=3)
FIRST, SECOND, THIRD = (Send(do="send", template_id=name) for name in ("t-1", "t-2", "t-3"))
CLICKED = Branch(do="branch", on=Signal.CLICKED, yes=(SECOND,), no=(THIRD,))

leaves = st.one_of(
    st.builds(Wait, do=st.just("wait"), days=st.integers(1, 5)),
    st.builds(Send, do=st.just("send"), template_id=st.sampled_from(["t-1", "t-2"])),
)


def _branches(steps: st.SearchStrategy[Step]) -> st.SearchStrategy[Step]:
    some = st.lists(steps, max_size=2).map(tuple)
    return st.one_of(
        leaves,
        st.builds(Branch, do=st.just("branch"), on=st.sampled_from(Signal), yes=some, no=some),
    )


lines = st.lists(st.recursive(leaves, _branches, max_leaves=8), max_size=4).map(
    lambda steps: compiled((FIRST, *steps))
)
looks = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.builds(
            Seen,
            signals=st.frozensets(st.sampled_from(Signal)),
            converted=st.sampled_from([False] * 9 + [True]),
            opted_out=st.sampled_from([False] * 9 + [True]),
            excluded=st.booleans(),
        ),
    ),
    max_size=30,
)


@given(lines, looks)
@settings(max_examples=100)
def test_whatever_is_seen_no_mail_is_sent_twice_and_time_and_place_only_grow(
    line: tuple[Instruction, ...], seen: list[tuple[int, Seen]]
) -> None:
    journey, now, sent, stopped = begun(AT), AT, [0], False
    for days, what in seen:
        now += timedelta(days=days)
        moved = advanced(line, journey, what, now)
        assert moved.journey.at >= journey.at
        assert moved.journey.since >= journey.since
        if moved.send:
            assert not stopped
            assert not what.converted
            assert not what.opted_out
            assert not what.excluded
            sent.append(moved.journey.sent[-1])
            assert line[sent[-1]] == moved.send
        if moved.look_at:
            assert moved.look_at >= now or not moved.send
        journey, stopped = moved.journey, stopped or bool(moved.journey.stopped)
    assert sent == sorted(set(sent)) == list(journey.sent)


@given(lines)
def test_places_are_led_to_from_before_them_only(line: tuple[Instruction, ...]) -> None:
    for place, instruction in enumerate(line):
        if isinstance(instruction, Check):
            assert place < instruction.otherwise <= len(line)
        if isinstance(instruction, Jump):
            assert place < instruction.to <= len(line)


def test_a_mail_waits_for_its_days_and_goes_by_what_was_clicked() -> None:
    line = compiled((FIRST, WAIT, CLICKED))
    early = advanced(line, begun(AT), Seen(), AT + timedelta(days=2))
    assert (early.send, early.look_at) == (None, AT + timedelta(days=3))
    for signals, expected in ((frozenset({Signal.CLICKED}), SECOND), (frozenset(), THIRD)):
        moved = advanced(line, early.journey, Seen(signals), AT + timedelta(days=3))
        assert moved.send == expected
        after = advanced(line, moved.journey, Seen(signals), AT + timedelta(days=3))
        assert after == Moved(after.journey)
        assert after.journey.stopped == OVER


@pytest.mark.parametrize(
    ("seen", "why"), [(Seen(converted=True), "converted"), (Seen(opted_out=True), "opted_out")]
)
def test_who_converted_or_opted_out_gets_nothing_more(seen: Seen, why: str) -> None:
    line = compiled((FIRST, SECOND))
    moved = advanced(line, begun(AT), seen, AT)
    assert (moved.send, moved.journey.stopped) == (None, why)
    assert advanced(line, moved.journey, Seen(), AT).send is None


def test_a_journey_is_looked_at_when_its_first_wait_is_over() -> None:
    assert first_look(compiled((FIRST,)), AT) is None
    assert first_look(compiled((FIRST, WAIT, SECOND)), AT) == AT + timedelta(days=3)
    assert first_look(compiled((FIRST, CLICKED)), AT) == AT


def test_a_stopped_journey_stays_where_it_is() -> None:
    journey = Journey(at=1, since=AT, sent=(0,), stopped="refused")
    assert advanced(compiled((FIRST, SECOND)), journey, Seen(), AT) == Moved(journey)


def test_a_branch_that_leads_nowhere_or_too_deep_is_named_with_its_place() -> None:
    empty = Branch(do="branch", on=Signal.OPENED)
    deep: Step = SECOND
    for _ in range(4):
        deep = Branch(do="branch", on=Signal.OPENED, yes=(deep,))
    found = list(mistakes((WAIT, empty, deep), "journey"))
    assert [each.partition(":")[0] for each in found] == [
        "journey.1",
        "journey.2.yes.0.yes.0.yes.0",
    ]
