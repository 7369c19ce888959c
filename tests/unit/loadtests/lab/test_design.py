"""Which runs the experiment has, and in which order."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loadtests.lab import serving, turns
from loadtests.lab.design import FULL, PROTOCOLS, SMALL, Part, Size, cells, order, seconds
from loadtests.lab.scenarios import SCENARIOS, Scenario, Stage


@pytest.mark.parametrize("size", [SMALL, FULL], ids=lambda size: size.name)
def test_each_block_has_every_cell_once(size: Size) -> None:
    every = cells(size)
    runs = order(every, size.runs, seed=1)
    for number in range(1, size.runs + 1):
        block = runs[(number - 1) * len(every) : number * len(every)]
        assert Counter(run.cell for run in block) == Counter(every)
        assert {run.number for run in block} == {number}
    assert [run.place for run in runs] == list(range(1, len(runs) + 1))


def test_the_order_follows_from_the_seed_and_differs_between_blocks() -> None:
    every = cells(FULL)
    runs = order(every, 2, seed=7)
    assert runs == order(every, 2, seed=7)
    assert runs != order(every, 2, seed=8)
    assert [run.cell for run in runs[: len(every)]] != [run.cell for run in runs[len(every) :]]


def test_the_full_experiment_is_as_large_as_the_published_one_and_takes_forty_minutes() -> None:
    emulated = order(cells(FULL, [Part.EMULATED]), FULL.runs, seed=1)
    assert FULL.users == 1_000
    assert len(emulated) >= 135
    assert Counter(run.cell for run in emulated).most_common()[-1][1] == 15
    assert seconds(order(cells(FULL), FULL.runs, seed=1)) < 40 * 60


def test_every_protocol_gets_the_same_load_for_the_same_time() -> None:
    for size in (SMALL, FULL):
        alike = Counter(
            (cell.part, cell.loop, cell.scenario, cell.load, cell.times) for cell in cells(size)
        )
        assert set(alike.values()) == {len(PROTOCOLS)}


def test_no_cap_of_a_service_can_bind() -> None:
    assert max(cell.load for cell in cells(FULL)) <= serving.PLACES


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_what_is_sent_is_as_large_as_declared(scenario: Scenario) -> None:
    for call in scenario.calls:
        if call.stage is Stage.STT:
            assert len(turns.speech(call.sent)) == call.sent
        elif call.stage is Stage.LLM:
            sent = turns.prompt(call.sent, "What do I owe? Question 007.")
            assert len("".join((sent.question, *sent.facts)).encode()) == call.sent
        else:
            assert len(turns.text(call.sent).encode()) == call.sent


@given(st.integers(0, 5_000))
def test_text_is_as_long_as_asked(size: int) -> None:
    assert len(turns.text(size)) == size
