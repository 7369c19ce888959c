"""Every message that is learnt from: examples, terms in phrases, and mistyped copies of both."""

from collections.abc import Sequence

from bot_training.examples import Example
from bot_training.frames import terms, varied
from bot_training.typos import perturbed

SEED = 20260101
COPIES = 2
"""Mistyped copies of every example."""


def learnt_from(examples: Sequence[Example]) -> list[Example]:
    """The examples, and all that is made of them and of the terms."""
    phrased = varied([*examples, *terms()], SEED)
    learnt = [*examples, *phrased, *perturbed(phrased, SEED + COPIES)]
    for copy in range(COPIES):
        learnt += perturbed(examples, SEED + copy)
    return learnt
