"""WAV files: PCM, 16 bits, one channel, whole or in pieces as they are streamed.

Source: "Multimedia Programming Interface and Data Specifications 1.0" (IBM and Microsoft, 1991).
"""

import struct
from array import array
from math import sqrt
from typing import NamedTuple

from assistant.domain.ports import BadInput, TooLarge

SAMPLE_BYTES = 2
RATES = range(8_000, 48_001)
"""Samples a second that are taken; `ports.SAMPLE_RATE` is what models of speech like best."""
LONGEST_S = 60
"""Seconds of speech in one turn."""
MAX_HEADER = 4_096
"""Bytes before the samples: what else a recorder may write there is short."""
_RIFF = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")
_PCM, _EXTENSIBLE = 1, 0xFFFE


class Sound(NamedTuple):
    """Samples, and how many of them there are a second."""

    rate: int
    samples: bytes

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / SAMPLE_BYTES / self.rate

    @property
    def loudness(self) -> float:
        """Root mean square of the samples: 0 is silence, 1 as loud as can be."""
        samples = array("h", self.samples)
        if not samples:
            return 0.0
        return sqrt(sum(sample * sample for sample in samples) / len(samples)) / 32_768


class Unwrapping:
    """Takes a WAV file in pieces; its header may lie about the length, as streams' headers do."""

    def __init__(self) -> None:
        self.rate = 0
        self._header = b""
        self._odd = b""

    def feed(self, piece: bytes) -> bytes:
        """The whole samples that this piece completes.

        Raises:
            BadInput: it is no WAV file, or not of the kind above.
        """
        if not self.rate:
            self._header += piece
            at = self._samples_at()
            if at is None:
                return b""
            piece, self._header = self._header[at:], b""
        piece = self._odd + piece
        whole = len(piece) - len(piece) % SAMPLE_BYTES
        self._odd = piece[whole:]
        return piece[:whole]

    def end(self) -> None:
        """There are no more pieces.

        Raises:
            BadInput: the header is not complete.
        """
        if not self.rate:
            raise BadInput("the audio ends before its samples: send a whole WAV file")

    def _samples_at(self) -> int | None:
        """Where the samples begin; None as long as the header is not complete."""
        header = self._header
        if header[:4] != b"RIFF"[: len(header)] or header[8:12] != b"WAVE"[: len(header[8:12])]:
            raise BadInput("the audio is no WAV file: send PCM, 16 bits, one channel, as WAV")
        at, rate = _RIFF.size, 0
        while len(header) >= at + _CHUNK.size:
            name, size = _CHUNK.unpack_from(header, at)
            at += _CHUNK.size
            if name == b"data":
                self.rate = _checked(rate)
                return at
            if name == b"fmt ":
                if len(header) < at + _FORMAT.size:
                    break
                rate = _rate_of(header, at, size)
            at += size + size % 2
        if at > MAX_HEADER:
            raise BadInput("the audio has no samples within its first 4 kB: send a plain WAV file")
        return None


def parse(audio: bytes) -> Sound:
    """The speech in a WAV file.

    Raises:
        BadInput: it is no WAV file, or not PCM with 16 bits and one channel, or it is empty.
        TooLarge: it is longer than `LONGEST_S`.
    """
    unwrapping = Unwrapping()
    samples = unwrapping.feed(audio)
    unwrapping.end()
    sound = Sound(unwrapping.rate, samples)
    if not samples:
        raise BadInput("the audio has no samples: record something")
    if sound.seconds > LONGEST_S:
        raise TooLarge(
            f"the audio lasts {sound.seconds:.0f} s: at most {LONGEST_S} s are taken in one turn"
        )
    return sound


def wrapped(sound: Sound) -> bytes:
    """A WAV file of some samples."""
    bytes_a_second = sound.rate * SAMPLE_BYTES
    form = _FORMAT.pack(_PCM, 1, sound.rate, bytes_a_second, SAMPLE_BYTES, 8 * SAMPLE_BYTES)
    body = _CHUNK.pack(b"fmt ", len(form)) + form + _CHUNK.pack(b"data", len(sound.samples))
    size = 4 + len(body) + len(sound.samples)
    return _RIFF.pack(b"RIFF", size, b"WAVE") + body + sound.samples


def _rate_of(header: bytes, at: int, size: int) -> int:
    kind, channels, rate, _, _, bits = _FORMAT.unpack_from(header, at)
    if size < _FORMAT.size or kind not in (_PCM, _EXTENSIBLE) or channels != 1 or bits != 16:
        raise BadInput(
            f"the audio has {channels} channels of {bits} bits (format {kind}): "
            "send PCM with one channel of 16 bits"
        )
    return int(rate)


def _checked(rate: int) -> int:
    if rate not in RATES:
        raise BadInput(
            f"the audio has {rate} samples a second: send {RATES.start} to {RATES.stop - 1}"
        )
    return rate
