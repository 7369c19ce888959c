"""Judge the committed weights on the held-out examples, with the code that runs in Lambda.

    make eval-bot

For each language: the held-out messages as they are, those of them that training has no twin of,
five mistyped copies of all, and the same of two more held-out sets. docs/bot.md has the story.
"""

import sys
from collections.abc import Sequence
from time import process_time

from bot_training.examples import Example, held_out, second_held_out, third_held_out, training
from bot_training.learning import learnt_from
from bot_training.metrics import (
    Judged,
    accuracy,
    calibration_error,
    false_handovers,
    macro_f1,
    recall_of_human,
    worst_pairs,
)
from bot_training.typos import perturbed
from chat.domain.classifier import WEIGHTS, model
from chat.domain.dialogue import HandOver, Reason, Standing, decide
from chat.domain.text import normalise
from recado.model import Language

SEEDS = range(1, 6)
"""Of the mistyped copies; training uses others."""
GOAL = 0.99


def main() -> None:
    """Print the evaluation; exits with 1 when a recall of "talk to a person" misses the goal."""
    classifier = model()
    header = classifier.header
    size = WEIGHTS.stat().st_size
    _say(f"weights: {header.features} features, {size:,} bytes, {header.training}")
    _say(f"thresholds: {header.thresholds}, temperature {header.temperature}")
    recalls = []
    for language in Language:
        for title, examples in sets(language).items():
            judged = [judge(example) for example in examples]
            recalls.append(recall_of_human(judged))
            _report(f"{language} {title}", judged)
    _say(f"\nlanguages told right: {_languages_right():.4f}")
    _say(f"{milliseconds(held_out()):.3f} ms a message")
    raise SystemExit(min(recalls) < GOAL)


def sets(language: Language) -> dict[str, list[Example]]:
    """The held-out messages of a language, as written and mistyped, by the set's name."""
    first, second, third = (
        [example for example in examples if example.language is language]
        for examples in (held_out(), second_held_out(), third_held_out())
    )
    learnt = {normalise(item.text) for item in learnt_from(training())}

    def apart(examples: list[Example]) -> list[Example]:
        return [example for example in examples if normalise(example.text) not in learnt]

    return {
        "held out": first,
        "held out, without a twin": apart(first),
        "held out, mistyped": _mistyped(first),
        "second held out": second,
        "second held out, mistyped": _mistyped(second),
        "third held out": third,
        "third held out, without a twin": apart(third),
        "third held out, mistyped": _mistyped(third),
    }


def _mistyped(examples: Sequence[Example]) -> list[Example]:
    return [example for seed in SEEDS for example in perturbed(examples, seed)]


def judge(example: Example) -> Judged:
    """What the classifier and the dialogue make of a first message."""
    classifier = model()
    reading = classifier.read(example.text)
    move, _ = decide(example.text, reading, Standing(), classifier.header.thresholds)
    at_once = isinstance(move, HandOver) and move.reason is Reason.ASKED
    return Judged(example.intent, reading.intent, reading.confidence, at_once)


def milliseconds(examples: Sequence[Example]) -> float:
    """CPU time of reading a message."""
    classifier = model()
    began = process_time()
    for example in examples:
        classifier.read(example.text)
    return (process_time() - began) / len(examples) * 1000


def _languages_right() -> float:
    examples = held_out()
    right = [model().read(e.text).language() is e.language for e in examples]
    return sum(right) / len(right)


def _report(title: str, judged: Sequence[Judged]) -> None:
    _say(
        f"\n{title} ({len(judged)}): macro-F1 {macro_f1(judged):.3f}, "
        f"accuracy {accuracy(judged):.3f}, ECE {calibration_error(judged):.3f}, "
        f"a person on request {recall_of_human(judged):.4f} (goal {GOAL}), "
        f"a person unasked {false_handovers(judged):.4f}"
    )
    for right, said, count in worst_pairs(judged):
        _say(f"  {count:3d}  {right} taken for {said}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
