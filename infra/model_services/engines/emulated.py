"""A model that is not there: declared times and sizes, for the experiment (docs/lab.md).

| setting | default | is |
|---|---|---|
| `EMULATED_MS` | 100 | mean milliseconds of work a request |
| `EMULATED_SPREAD` | constant | `constant`, `exponential` or `lognormal:0.5` (its sigma) |
| `EMULATED_WORK` | sleep | `sleep` waits as if for a GPU, `spin` keeps a CPU busy |
| `EMULATED_BYTES` | 1000 | bytes of the answer |
| `EMULATED_PIECES` | 1 | pieces of a streamed answer; each has its share of the work |
| `EMULATED_SEED` | 1 | the same seed gives the same row of times |
"""

import asyncio
import math
import random
import time
from collections.abc import AsyncGenerator, Callable
from itertools import pairwise

from assistant.domain.ports import MAX_BYTES, Prompt, TooLate, Transcript
from model_services.audio import Sound, silence
from model_services.options import Options
from model_services.workers import Stopped, Workers
from recado.settings import Misconfigured

RATE = 16_000
_LOOK_S = 0.005
Times = Callable[[random.Random], float]
"""Draws a service time in seconds."""


class Emulated:
    """Takes its time and gives so many bytes."""

    def __init__(self, times: Times, size: int, pieces: int, workers: Workers | None) -> None:
        self._times = times
        self._text = ("word " * (size // 5 + 1))[:size]
        self._audio = silent_wav(size)
        self._pieces = pieces
        self._workers = workers
        self._chance = random.Random(1)  # noqa: S311

    def seed(self, seed: int) -> None:
        """Begin the row of service times anew."""
        self._chance.seed(seed)

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """So much text."""
        await self._work(self._times(self._chance))
        return Transcript(text=self._text, language=language)

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """So much text in so many pieces."""
        share = self._times(self._chance) / self._pieces
        for start, end in _cuts(len(self._text), self._pieces):
            await self._work(share)
            yield self._text[start:end]

    async def speak(self, text: str, language: str, timeout: float) -> AsyncGenerator[bytes]:
        """So much silence in so many pieces."""
        share = self._times(self._chance) / self._pieces
        for start, end in _cuts(len(self._audio), self._pieces):
            await self._work(share)
            yield self._audio[start:end]

    async def _work(self, seconds: float) -> None:
        if self._workers is None:
            await asyncio.sleep(seconds)
        else:
            await self._workers.run(lambda stopped: _spin(seconds, stopped))


def silent_wav(size: int) -> bytes:
    """A WAV file of about so many bytes: it has a header, and whole samples."""
    return Sound(silence(max(1, (size - 44) // 2)), RATE).wav()


def _spin(seconds: float, stopped: Stopped) -> None:
    """Keep the thread's CPU busy: seconds of its own time, not of the clock."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        if stopped():
            raise TooLate("nobody waits for the answer any more")
        look = min(end, time.thread_time() + _LOOK_S)
        while time.thread_time() < look:
            pass


def _cuts(size: int, pieces: int) -> list[tuple[int, int]]:
    return list(pairwise(size * number // pieces for number in range(pieces + 1)))


def service_times(mean: float, spread: str) -> Times:
    """A distribution of service times with so many seconds in the mean.

    Raises:
        Misconfigured: `spread` is none of those above.
    """
    if mean <= 0 or spread == "constant":
        return lambda _: mean
    if spread == "exponential":
        return lambda chance: chance.expovariate(1 / mean)
    name, _, text = spread.partition(":")
    try:
        sigma = float(text)
    except ValueError:
        sigma = -1.0
    if name != "lognormal" or not 0 < sigma < math.inf:
        raise Misconfigured(
            f"the setting EMULATED_SPREAD is {spread!r}: it has to be constant, exponential or"
            " lognormal:0.5"
        )
    # The mean of a lognormal is exp(mu + sigma^2 / 2).
    mu = math.log(mean) - sigma * sigma / 2
    return lambda chance: chance.lognormvariate(mu, sigma)


def engine(options: Options) -> Emulated:
    """One with the settings above.

    Raises:
        Misconfigured: one of them is wrong.
    """
    work = options.text("EMULATED_WORK", "sleep")
    if work not in {"sleep", "spin"}:
        raise Misconfigured(f"the setting EMULATED_WORK is {work!r}: it has to be sleep or spin")
    size = int(options.number("EMULATED_BYTES", 1_000))
    if size > MAX_BYTES:
        raise Misconfigured(f"the setting EMULATED_BYTES is {size}: at most {MAX_BYTES}")
    made = Emulated(
        service_times(
            options.number("EMULATED_MS", 100) / 1000, options.text("EMULATED_SPREAD", "constant")
        ),
        size,
        max(1, int(options.number("EMULATED_PIECES", 1))),
        Workers(options.pool) if work == "spin" else None,
    )
    made.seed(int(options.number("EMULATED_SEED", 1)))
    return made
