"""The dialogue's thresholds, from out-of-fold readings of the training examples."""

from collections.abc import Sequence

from chat.domain.dialogue import Thresholds
from chat.domain.intents import Reading
from recado.intent import Intent

PRECISION = 0.95
"""Answers that are right, of those the bot gives without asking."""

BOTH = 0.85
"""Questions "this or that?" that hold the right intent, of those asked."""

RECALL_OF_HUMAN = 0.99
"""Wishes for a person that are granted at once."""

_GRID = [step / 100 for step in range(2, 100)]


def measured(
    readings: Sequence[Reading], right: Sequence[Intent], groups: Sequence[str]
) -> Thresholds:
    """The lowest thresholds for answering and asking, and the highest for a person, that do.

    A wish for a person has to be granted often enough in every group: a language, as written or
    mistyped.
    """
    known = list(zip(readings, right, strict=True))
    answer = next(at for at in _GRID if _precision(known, at) >= PRECISION)
    doubtful = [(reading, intent) for reading, intent in known if reading.confidence < answer]
    close = next(at for at in _GRID if _holds(doubtful, at) >= BOTH)
    human = next(at for at in reversed([0.0, *_GRID]) if at <= _lowest_wish(known, groups))
    return Thresholds(answer=answer, close=close, human=human)


def _lowest_wish(known: Sequence[tuple[Reading, Intent]], groups: Sequence[str]) -> float:
    wishes: dict[str, list[float]] = {}
    for (reading, right), group in zip(known, groups, strict=True):
        if right is Intent.HUMAN:
            wishes.setdefault(group, []).append(reading.probability(Intent.HUMAN))
    return min(sorted(found)[int(len(found) * (1 - RECALL_OF_HUMAN))] for found in wishes.values())


def _precision(known: Sequence[tuple[Reading, Intent]], at: float) -> float:
    return _share([r.intent is right for r, right in known if r.confidence >= at])


def _holds(known: Sequence[tuple[Reading, Intent]], at: float) -> float:
    near = [(dict(r.ranking[:2]), right) for r, right in known]
    return _share([right in two for two, right in near if sum(two.values()) >= at])


def _share(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 1.0
