"""Train the bot's classifier from `examples/training.csv` and write its weights.

    make train-bot

Everything that is chosen (regularisation, temperature, thresholds) is chosen by cross-validation
on the training examples; the held-out examples are not read here. Needs scikit-learn, so it has
an environment of its own (infra/requirements/trainer.txt). The same examples give the same file.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from bot_training.examples import Example, training
from bot_training.learning import SEED, learnt_from
from bot_training.metrics import Judged, false_handovers, macro_f1
from bot_training.thresholds import measured
from bot_training.typos import perturbed
from chat.domain.classifier import WEIGHTS, Header, Training, pack, unpack
from chat.domain.dialogue import Thresholds
from chat.domain.intents import Reading
from chat.domain.text import features
from recado.intent import Intent
from recado.model import Language

FOLDS = 5
FEATURES = 15_000
STRENGTHS = (5.0, 10.0)
"""Inverse regularisation, scikit-learn's C: the one with the best cross-validated loss is taken."""
TEMPERATURES = [step / 50 for step in range(10, 126)]
REFERENCE = Path(__file__).parents[2] / "tests" / "unit" / "chat" / "reference.json"
"""What scikit-learn says of some messages, for the test that pure Python says the same."""

Array = NDArray[np.float64]
_LARGEST_BYTE = 127
_INTENTS = tuple(Intent)


@dataclass(frozen=True)
class Fitted:
    """A vectoriser and its two regressions: intent, and whether it is English."""

    vectoriser: Any
    intent: Any
    english: Any

    def scores(self, texts: Sequence[str]) -> Array:
        """The decision function of every intent."""
        return np.asarray(self.intent.decision_function(self.vectoriser.transform(texts)))

    def is_english(self, texts: Sequence[str]) -> Array:
        """The probability of English."""
        return np.asarray(self.english.predict_proba(self.vectoriser.transform(texts))[:, 1])


@dataclass(frozen=True)
class Unseen:
    """Scores of examples, and of one mistyped copy each, by models that had not seen them."""

    scores: Array
    right: list[Intent]
    groups: list[str]
    """Of each example its language, and whether it is mistyped."""

    def probabilities(self, temperature: float) -> Array:
        """Softmax of the scores over the temperature."""
        warm = self.scores / temperature
        powers = np.exp(warm - warm.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def loss(self, temperature: float) -> float:
        """The mean negative log-likelihood of the right intents."""
        columns = [_INTENTS.index(intent) for intent in self.right]
        chances = self.probabilities(temperature)[np.arange(len(columns)), columns]
        return float(-np.log(chances).mean())


def main() -> None:
    """Train, and write the weights and the reference of their test."""
    examples = training()
    trials, best = {}, {}
    for at in STRENGTHS:
        trials[at] = unseen(examples, at)
        best[at] = min(TEMPERATURES, key=trials[at].loss)
        _say(f"C={at:g}: temperature {best[at]:.2f}, loss {trials[at].loss(best[at]):.4f}")
    strength = min(STRENGTHS, key=lambda at: trials[at].loss(best[at]))
    readings = _readings(trials[strength].probabilities(best[strength]))
    right = trials[strength].right
    thresholds = measured(readings, right, trials[strength].groups)
    judged = [_judged(reading, thresholds, r) for reading, r in zip(readings, right, strict=True)]
    described = Training(
        examples=len(examples),
        seed=SEED,
        folds=FOLDS,
        inverse_regularisation=strength,
        macro_f1=round(macro_f1(judged), 4),
        false_handovers=round(false_handovers(judged), 4),
    )
    _say(f"{described} {thresholds}")
    write(fit(examples, strength), best[strength], thresholds, described, examples)


def unseen(examples: Sequence[Example], strength: float) -> Unseen:
    """Cross-validate; an example and its mistyped copies are always on the same side."""
    strata = [f"{example.language} {example.intent}" for example in examples]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(strata, strata)
    scores, right, groups = [], [], []
    for number, (learn, judge) in enumerate(folds):
        fitted = fit([examples[at] for at in learn], strength, with_language=False)
        clean = [examples[at] for at in judge]
        test = [*clean, *perturbed(clean, SEED + 100 + number)]
        scores.append(fitted.scores([example.text for example in test]))
        right += [example.intent for example in test]
        groups += [example.language for example in clean]
        groups += [f"{example.language} mistyped" for example in clean]
    return Unseen(np.concatenate(scores), right, groups)


def fit(examples: Sequence[Example], strength: float, *, with_language: bool = True) -> Fitted:
    """Learn from examples, the terms in phrases, and mistyped copies of both."""
    learnt = learnt_from(examples)
    texts = [example.text for example in learnt]
    intents = [_INTENTS.index(example.intent) for example in learnt]
    languages = [example.language is Language.ENGLISH for example in learnt]
    everything = TfidfVectorizer(analyzer=cut, sublinear_tf=True, min_df=3)
    matrix = everything.fit_transform(texts)
    chosen = SelectKBest(chi2, k=min(FEATURES, matrix.shape[1])).fit(matrix, intents)
    names = sorted(everything.get_feature_names_out()[chosen.get_support()])
    vectoriser = TfidfVectorizer(analyzer=cut, sublinear_tf=True, vocabulary=names)
    vectoriser.fit(texts)
    vectoriser.idf_ = vectoriser.idf_.astype(np.float16).astype(np.float64)
    matrix = vectoriser.transform(texts)
    return Fitted(
        vectoriser,
        regression(strength).fit(matrix, intents),
        regression(strength).fit(matrix, languages) if with_language else None,
    )


def regression(strength: float) -> Any:
    """A regression that stops where more precision than a byte's would begin."""
    return LogisticRegression(C=strength, max_iter=300, tol=1e-3)


@cache
def cut(text: str) -> list[str]:
    """The features of a text, which cross-validation asks for again and again."""
    return features(text)


def write(
    fitted: Fitted,
    temperature: float,
    thresholds: Thresholds,
    described: Training,
    examples: Sequence[Example],
) -> None:
    """Round the weights to bytes, write them, and write what scikit-learn says with them."""
    exact = np.vstack([fitted.intent.coef_, fitted.english.coef_])
    scales = np.abs(exact).max(axis=1) / _LARGEST_BYTE
    rounded = np.rint(exact / scales[:, None]).astype(np.int8)
    header = Header(
        intents=_INTENTS,
        features=exact.shape[1],
        scales=tuple(scales.tolist()),
        biases=(*fitted.intent.intercept_.tolist(), float(fitted.english.intercept_[0])),
        temperature=temperature,
        thresholds=thresholds,
        training=described,
    )
    names = sorted(fitted.vectoriser.vocabulary_, key=fitted.vectoriser.vocabulary_.get)
    packed = pack(header, names, fitted.vectoriser.idf_.tolist(), rounded.T.tobytes())
    unpack(packed)
    WEIGHTS.write_bytes(packed)
    texts = [example.text for example in [*examples, *perturbed(examples, SEED + 7)][::97]]
    before = _softmax(fitted.scores(texts), temperature)
    fitted.intent.coef_ = rounded[:-1] * scales[:-1, None]
    fitted.english.coef_ = rounded[-1:] * scales[-1]
    after = _softmax(fitted.scores(texts), temperature)
    moved = abs(after - before).max()
    _say(f"{len(names)} features, {len(packed):,} bytes; rounding moved chances by {moved:.4f}")
    _write_reference(texts, after, fitted.is_english(texts))


def _write_reference(texts: Sequence[str], chances: Array, english: Array) -> None:
    said = [
        {
            "text": text,
            "english": round(float(share), 9),
            "intents": {i: round(float(p), 9) for i, p in zip(_INTENTS, row, strict=True)},
        }
        for text, row, share in zip(texts, chances, english, strict=True)
    ]
    REFERENCE.write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _softmax(scores: Array, temperature: float) -> Array:
    return Unseen(scores, [], []).probabilities(temperature)


def _readings(chances: Array) -> list[Reading]:
    return [
        Reading(tuple(sorted(zip(_INTENTS, row, strict=True), key=lambda entry: -entry[1])), 0.5)
        for row in chances.tolist()
    ]


def _judged(reading: Reading, thresholds: Thresholds, right: Intent) -> Judged:
    hands_over = (
        reading.intent is Intent.HUMAN or reading.probability(Intent.HUMAN) >= thresholds.human
    )
    return Judged(right, reading.intent, reading.confidence, hands_over)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
