"""What a turn is in each scenario: its stages, how long each model is declared to take, how much
travels.

The service times are assumptions, not measurements of a model: a turn written and read, a turn
spoken and read, a turn spoken and heard, on models that answer quickly. What the protocol adds does
not depend on them; the share it has of a turn does, which is why the report draws that share over
the models' time. Sizes follow from formats: PCM of 16 bit mono at 16 kHz is 32,000 bytes a second,
spoken English is about 150 words a minute, a fact of an invoice is a line of about 90 characters.
"""

from dataclasses import dataclass
from enum import StrEnum

AUDIO_BYTES_A_SECOND = 32_000
WAV_HEADER_BYTES = 44


class Stage(StrEnum):
    """A model service a turn calls, in the order of a spoken turn."""

    STT = "stt"
    LLM = "llm"
    TTS = "tts"


@dataclass(frozen=True)
class Call:
    """One stage of a turn: declared time of the model in milliseconds, and payloads in bytes."""

    stage: Stage
    service_ms: float
    sent: int
    received: int


@dataclass(frozen=True)
class Scenario:
    """A turn: calls one after another, each with what the one before gave."""

    name: str
    meaning: str
    calls: tuple[Call, ...]

    @property
    def service_ms(self) -> float:
        """How long the models of a turn take together."""
        return sum(call.service_ms for call in self.calls)

    @property
    def carried(self) -> int:
        """Bytes of payload a turn carries, both ways."""
        return sum(call.sent + call.received for call in self.calls)

    def call(self, stage: Stage) -> Call | None:
        """The turn's call of a stage, if it has one."""
        return next((call for call in self.calls if call.stage is stage), None)


def audio_bytes(seconds: float) -> int:
    """Bytes of so much speech as WAV."""
    return WAV_HEADER_BYTES + round(seconds * AUDIO_BYTES_A_SECOND)


SIMPLE = Scenario(
    "simple",
    "a written question about the balance, a written answer",
    (Call(Stage.LLM, 100, sent=250, received=120),),
)
TRADITIONAL = Scenario(
    "traditional",
    "a spoken question about a bill (2 s), a written answer",
    (
        Call(Stage.STT, 120, sent=audio_bytes(2), received=60),
        Call(Stage.LLM, 250, sent=700, received=400),
    ),
)
COMPLEX = Scenario(
    "complex",
    "a spoken question about a year of bills (2 s), the first spoken sentence (2.5 s)",
    (
        Call(Stage.STT, 120, sent=audio_bytes(2), received=60),
        Call(Stage.LLM, 500, sent=1_500, received=400),
        Call(Stage.TTS, 300, sent=400, received=audio_bytes(2.5)),
    ),
)
SCENARIOS = (SIMPLE, TRADITIONAL, COMPLEX)


def named(name: str) -> Scenario:
    """The scenario of a name."""
    return next(scenario for scenario in SCENARIOS if scenario.name == name)
