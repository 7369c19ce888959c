"""How good a classifier is: pure Python, so that `make eval-bot` measures what Lambda runs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean

from recado.intent import Intent

BINS = 10


@dataclass(frozen=True)
class Judged:
    """A message's right intent beside what the classifier said."""

    right: Intent
    said: Intent
    confidence: float
    hands_over: bool
    """Whether the dialogue calls a person at once."""


def accuracy(judged: Sequence[Judged]) -> float:
    """Share of messages whose intent is right."""
    return mean(item.right is item.said for item in judged)


def macro_f1(judged: Sequence[Judged]) -> float:
    """The mean over intents of the harmonic mean of precision and recall."""
    return mean(_f1(judged, intent) for intent in sorted({item.right for item in judged}))


def _f1(judged: Sequence[Judged], intent: Intent) -> float:
    hits = sum(item.right is item.said is intent for item in judged)
    misses = sum((item.right is intent) != (item.said is intent) for item in judged)
    return 2 * hits / (2 * hits + misses)


def calibration_error(judged: Sequence[Judged]) -> float:
    """Expected calibration error over ten bins of equal width.

    The distance between confidence and accuracy in a bin, weighted by its messages (Naeini,
    Cooper and Hauskrecht, AAAI 2015).
    """
    bins: dict[int, list[Judged]] = {}
    for item in judged:
        bins.setdefault(min(int(item.confidence * BINS), BINS - 1), []).append(item)
    return sum(
        len(group) * abs(accuracy(group) - mean(item.confidence for item in group))
        for group in bins.values()
    ) / len(judged)


def recall_of_human(judged: Sequence[Judged]) -> float:
    """Share of the messages that ask for a person which are handed over at once."""
    return mean(item.hands_over for item in judged if item.right is Intent.HUMAN)


def false_handovers(judged: Sequence[Judged]) -> float:
    """Share of the messages about something else that are handed over as if they asked for it."""
    return mean(item.hands_over for item in judged if item.right is not Intent.HUMAN)


def worst_pairs(judged: Sequence[Judged], most: int = 5) -> list[tuple[Intent, Intent, int]]:
    """The commonest confusions: right intent, said intent, how often."""
    wrong = Counter((item.right, item.said) for item in judged if item.right is not item.said)
    return [(right, said, count) for (right, said), count in wrong.most_common(most)]
