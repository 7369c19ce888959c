"""TF-IDF and multinomial logistic regression, in pure Python, with weights trained offline.

`bot_training.train` writes the weights (`make train-bot`); docs/bot.md says how good they are.
The file is compressed with gzip: the length of a JSON header (4 bytes, big-endian), the header,
and for every feature its text (one a line), its IDF (2-byte floats) and one signed byte a column.
A column is an intent, or (the last one) English.
"""

import gzip
import json
import struct
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt
from pathlib import Path

from chat.domain.dialogue import Thresholds
from chat.domain.intents import Reading
from chat.domain.text import features
from recado.intent import Intent
from recado.model import Frozen

WEIGHTS = Path(__file__).parent / "weights" / "intents.bin"
_LENGTH = struct.Struct(">I")


class Training(Frozen):
    """Where weights come from; every number is of cross-validation on the training examples."""

    examples: int
    seed: int
    folds: int
    inverse_regularisation: float
    macro_f1: float
    false_handovers: float
    """Share of messages about something else that the threshold for a person hands over."""


class Header(Frozen):
    """What goes with the weights. `scales` and `biases` have one number a column."""

    intents: tuple[Intent, ...]
    features: int
    scales: tuple[float, ...]
    biases: tuple[float, ...]
    temperature: float
    thresholds: Thresholds
    training: Training


@dataclass(frozen=True)
class Model:
    """Weights ready to use: a feature's IDF and its row of one signed byte a column."""

    header: Header
    idf: Mapping[str, float]
    rows: Mapping[str, Sequence[int]]

    def read(self, message: str) -> Reading:
        """The intent of a message, with calibrated probabilities, and its language."""
        *scores, english = self._scores(message)
        warm = [score / self.header.temperature for score in scores]
        highest = max(warm)
        powers = [exp(score - highest) for score in warm]
        total = sum(powers)
        chances = ((intent, powers[at] / total) for at, intent in enumerate(self.header.intents))
        ranking = sorted(chances, key=lambda entry: -entry[1])
        return Reading(tuple(ranking), 1 / (1 + exp(-english)))

    def _scores(self, message: str) -> list[float]:
        """The decision function of every column, before the temperature."""
        known = [
            (self.rows[feature], (1 + log(count)) * self.idf[feature])
            for feature, count in Counter(features(message)).items()
            if feature in self.idf
        ]
        length = sqrt(sum(value * value for _, value in known)) or 1.0
        sums = [0.0] * len(self.header.scales)
        for row, value in known:
            sums = [at + value * weight for at, weight in zip(sums, row, strict=True)]
        columns = zip(sums, self.header.scales, self.header.biases, strict=True)
        return [at * scale / length + bias for at, scale, bias in columns]


@cache
def model() -> Model:
    """The weights that come with the package, loaded when first asked for."""
    return unpack(WEIGHTS.read_bytes())


def pack(header: Header, names: Sequence[str], idf: Sequence[float], rows: bytes) -> bytes:
    """A weights file; `rows` has one signed byte a column, feature by feature."""
    described = header.model_dump_json().encode()
    texts = "\n".join(names).encode()
    halves = struct.pack(f"<{len(idf)}e", *idf)
    body = b"".join([_LENGTH.pack(len(described)), described, halves, rows, texts])
    return gzip.compress(body, mtime=0)


def unpack(packed: bytes) -> Model:
    """The model in a weights file."""
    body = memoryview(gzip.decompress(packed))
    (length,) = _LENGTH.unpack_from(body)
    at = _LENGTH.size + length
    header = Header.model_validate(json.loads(bytes(body[_LENGTH.size : at])))
    count, width = header.features, len(header.scales)
    rows_at = at + 2 * count
    texts_at = rows_at + count * width
    halves = struct.unpack_from(f"<{count}e", body, at)
    names = bytes(body[texts_at:]).decode().split("\n")
    signed = body[rows_at:texts_at].cast("b")
    rows = {name: signed[i * width : (i + 1) * width].tolist() for i, name in enumerate(names)}
    return Model(header, dict(zip(names, halves, strict=True)), rows)
