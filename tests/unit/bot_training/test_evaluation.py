"""What judges the bot: its examples, its mistakes and its measures."""

from collections import Counter
from random import Random

import pytest

from bot_training.examples import Example, held_out, third_held_out, training
from bot_training.metrics import (
    Judged,
    calibration_error,
    false_handovers,
    macro_f1,
    recall_of_human,
    worst_pairs,
)
from bot_training.thresholds import measured
from bot_training.typos import mistyped, perturbed
from chat.domain.intents import Reading
from recado.intent import Intent
from recado.model import Language

PAY, HUMAN, PLAN = Intent.PAYMENT, Intent.HUMAN, Intent.PLAN_CHANGE


@pytest.mark.parametrize(
    ("examples", "least"), [(training(), 60), (held_out(), 20), (third_held_out(), 20)]
)
def test_every_intent_has_examples_enough_in_every_language(
    examples: list[Example], least: int
) -> None:
    counts = Counter((example.language, example.intent) for example in examples)
    assert len(counts) == len(Language) * len(Intent)
    assert min(counts.values()) >= least


def test_mistakes_are_the_same_for_the_same_seed() -> None:
    assert perturbed(held_out(), 3) == perturbed(held_out(), 3)
    assert perturbed(held_out(), 3) != perturbed(held_out(), 4)


def test_a_mistyped_text_is_near_the_original() -> None:
    for example in held_out():
        typed = mistyped(example.text, Random(1))
        assert abs(len(typed) - len(example.text)) <= 3


def test_macro_f1_is_the_mean_over_intents() -> None:
    judged = [judged_as(PAY, PAY), judged_as(PAY, PLAN), judged_as(PLAN, PLAN)]
    assert macro_f1(judged) == pytest.approx(2 / 3)


def test_calibration_error_is_zero_where_confidence_is_accuracy() -> None:
    half_right = [judged_as(PAY, PAY, 0.5), judged_as(PAY, PLAN, 0.5)]
    assert calibration_error(half_right) == pytest.approx(0)
    assert calibration_error([judged_as(PAY, PLAN, 0.9)]) == pytest.approx(0.9)


def test_only_handovers_at_once_count_for_who_asked() -> None:
    judged = [judged_as(HUMAN, PAY, hands_over=True), judged_as(HUMAN, HUMAN), judged_as(PAY, PAY)]
    assert recall_of_human(judged) == pytest.approx(0.5)
    assert false_handovers(judged) == 0


def test_the_worst_pairs_come_first() -> None:
    judged = [judged_as(PAY, PLAN)] * 3 + [judged_as(PLAN, PAY), judged_as(PAY, PAY)]
    assert worst_pairs(judged) == [(PAY, PLAN, 3), (PLAN, PAY, 1)]


def test_thresholds_are_the_lowest_that_keep_the_bots_promises() -> None:
    right = [PAY] * 95 + [PLAN] * 5 + [HUMAN] * 10
    said = [read(PAY, 0.8)] * 95 + [read(PAY, 0.4)] * 5 + [read(HUMAN, 0.9)] * 10
    assert measured(said, right, ["en"] * 110).answer == 0.02
    said = [read(PAY, 0.8)] * 95 + [read(PAY, 0.4)] * 15 + [read(HUMAN, 0.9)] * 10
    assert measured(said, [PAY] * 95 + [PLAN] * 15 + [HUMAN] * 10, ["en"] * 120).answer == 0.41


def read(intent: Intent, chance: float) -> Reading:
    left = (1 - chance) / (len(Intent) - 1)
    others = [(other, left) for other in Intent if other is not intent]
    return Reading(((intent, chance), *others), english=0.5)


def judged_as(
    right: Intent, said: Intent, confidence: float = 1.0, *, hands_over: bool = False
) -> Judged:
    return Judged(right, said, confidence, hands_over)
