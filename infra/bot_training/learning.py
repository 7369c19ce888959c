"""Every message that is learnt from: examples, terms in phrases, and mistyped copies of both."""

from collections.abc import Sequence

from bot_training.examples import Example
from bot_training.frames import terms, varied
from bot_training.typos import perturbed
from recado.intent import Intent

SEED = 20260101
COPIES = 3
"""Mistyped copies of every example, one more than of a phrase around a term or a greeting."""
COPIES_OF_WISHES = 6
"""Mistyped copies of every wish for a person, which has to be understood however it is typed."""


def learnt_from(examples: Sequence[Example]) -> list[Example]:
    """The examples, and all that is made of them and of the terms."""
    phrased = varied([*examples, *terms()], SEED)
    learnt = [*examples, *phrased, *perturbed(examples, SEED)]
    for copy in range(1, COPIES):
        learnt += perturbed([*examples, *phrased], SEED + copy)
    wishes = [example for example in examples if example.intent is Intent.HUMAN]
    for copy in range(COPIES, COPIES_OF_WISHES):
        learnt += perturbed(wishes, SEED + copy)
    return learnt
