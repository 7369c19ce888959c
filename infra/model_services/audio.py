"""WAV files in and out: PCM of 16 bits, any usual rate, resampled where an engine needs another.

Source of the form: Microsoft, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF
WAVE).
"""

import io
import wave
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr

from assistant.domain.ports import BadInput

Samples = npt.NDArray[np.int16]
SLOWEST_HZ, FASTEST_HZ = 8_000, 48_000
LONGEST_S = 300
PIECE = 16 * 1024
"""Bytes of audio in a piece of a stream: a third of a second at 22 kHz."""


@dataclass(frozen=True)
class Sound:
    """Samples of one channel, `rate` of them a second."""

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / self.rate

    def at(self, rate: int) -> "Sound":
        """The same sound at another rate."""
        if rate == self.rate:
            return self
        return Sound(soxr.resample(self.samples, self.rate, rate).astype(np.int16), rate)

    def wav(self) -> bytes:
        """As a WAV file."""
        file = io.BytesIO()
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(self.rate)
            writer.writeframes(self.samples.astype("<i2").tobytes())
        return file.getvalue()


def read_wav(audio: bytes) -> Sound:
    """The sound of a WAV file; of several channels the mean.

    A size in the header that is larger than the file, as of a recording that is still going on, is
    taken as "to the end".

    Raises:
        BadInput: it is no such file, or too slow, fast or long to be speech; the message says what.
    """
    try:
        with wave.open(io.BytesIO(audio), "rb") as reader:
            channels, width, rate = (
                reader.getnchannels(),
                reader.getsampwidth(),
                reader.getframerate(),
            )
            frames = reader.readframes(min(reader.getnframes(), len(audio)))
    except (wave.Error, EOFError, RuntimeError) as error:
        raise BadInput(
            f"the audio is no WAV file with PCM: {str(error) or 'it ends too early'}"
        ) from None
    _check_form(channels, width, rate)
    whole = len(frames) - len(frames) % (2 * channels)
    samples = np.frombuffer(frames[:whole], dtype="<i2")
    if channels > 1:
        samples = samples.reshape(-1, channels).mean(axis=1).astype(np.int16)
    sound = Sound(samples, rate)
    if not len(samples):
        raise BadInput("the audio has no samples")
    if sound.seconds > LONGEST_S:
        raise BadInput(f"the audio has {sound.seconds:.0f} s; at most {LONGEST_S} are taken")
    return sound


def _check_form(channels: int, width: int, rate: int) -> None:
    if width != 2:
        raise BadInput(f"the audio has {8 * width} bits a sample; it has to have 16")
    if channels not in (1, 2):
        raise BadInput(f"the audio has {channels} channels; it may have one or two")
    if not SLOWEST_HZ <= rate <= FASTEST_HZ:
        raise BadInput(
            f"the audio has {rate} samples a second; it has to have {SLOWEST_HZ} to {FASTEST_HZ}"
        )


def pieces_of(wav: bytes) -> list[bytes]:
    """A WAV file in the pieces it is streamed in."""
    return [wav[start : start + PIECE] for start in range(0, len(wav), PIECE)]


def silence(samples: int) -> Samples:
    """So many samples of nothing."""
    return np.zeros(samples, dtype=np.int16)
