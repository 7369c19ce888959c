"""What the bot does with a message: answer, ask, say what it can do, or hand over.

Two stages of fallback. The first message that is not understood is asked about: which of two
close intents, or simply again. After the second in a row a person takes over.
"""

from dataclasses import dataclass
from enum import StrEnum

from chat.domain.intents import Reading
from chat.domain.text import normalise
from recado.intent import Intent
from recado.model import Frozen

FAILURES = 2
"""Messages in a row that the bot did not understand before it hands over."""

OFF_TOPIC = 3
"""Messages in a row that seemed out of scope before it hands over: somebody who is taken for
off-topic again and again is more likely misread than idle."""


class Thresholds(Frozen):
    """When to do what, measured by cross-validation in training (`bot_training.thresholds`).

    From `answer` on, the likeliest intent was the right one often enough. From `close` on, the
    two likeliest together nearly always held the right one. From `human` on, a person is called
    even where another intent is likelier: to miss that wish costs more than to grant it in vain.
    """

    answer: float
    close: float
    human: float


class Reason(StrEnum):
    """Why a conversation is handed over."""

    ASKED = "asked for a person"
    NOT_UNDERSTOOD = "not understood twice"
    OFF_TOPIC = "off topic again and again"
    FLOW = "the flow ends with a person"


class Standing(Frozen):
    """What the bot remembers of a conversation between two messages."""

    failures: int = 0
    off_topic: int = 0
    asked: tuple[Intent, Intent] | None = None


@dataclass(frozen=True)
class Greet:
    """Greet back; a greeting is no failure."""


@dataclass(frozen=True)
class Answer:
    """Run the intent's flow."""

    intent: Intent
    confidence: float


@dataclass(frozen=True)
class Ask:
    """Ask which of two intents is meant."""

    first: Intent
    second: Intent


@dataclass(frozen=True)
class Rephrase:
    """Ask to say it in other words."""


@dataclass(frozen=True)
class SayScope:
    """Say what the bot is for; a language model may answer instead."""


@dataclass(frozen=True)
class HandOver:
    """Call a person."""

    reason: Reason
    intent: Intent
    confidence: float


Move = Greet | Answer | Ask | Rephrase | SayScope | HandOver

_GREETINGS = frozenset({
    "oi", "ola", "oie", "opa", "alo", "e ai", "eai", "bom dia", "boa tarde", "boa noite",
    "tudo bem",
    "oi bom dia", "oi boa tarde", "oi boa noite", "ola bom dia", "ola boa tarde", "ola boa noite",
    "oi tudo bem", "ola tudo bem", "hi", "hello", "hey", "hi there", "hello there", "good morning",
    "good afternoon", "good evening",
})  # fmt: skip
_COURTESIES = _GREETINGS | {
    "obrigado", "obrigada", "muito obrigado", "muito obrigada", "valeu", "ok", "tchau",
    "thanks", "thank you", "many thanks", "bye", "goodbye",
}  # fmt: skip
_FIRST = {"1", "um", "primeiro", "primeira", "o primeiro", "a primeira", "one", "first"}
_SECOND = {"2", "dois", "segundo", "segunda", "o segundo", "a segunda", "two", "second"}
_NEITHER = {
    "nao",
    "nenhum",
    "nenhuma",
    "nenhum dos dois",
    "nenhuma das duas",
    "no",
    "neither",
    "none",
}


def decide(
    said: str, reading: Reading, standing: Standing, thresholds: Thresholds
) -> tuple[Move, Standing]:
    """What to do about a message, and what to remember of it."""
    if standing.asked and (answered := _answered(said, reading, standing.asked, thresholds)):
        return answered, Standing()
    if wants_a_person(said, reading, thresholds):
        return _hand_over(Reason.ASKED, reading), Standing()
    if _plain(said) in _GREETINGS:
        return Greet(), standing
    if standing.asked and _plain(said) in _NEITHER:
        return _not_understood(reading, standing, thresholds)
    if reading.confidence < thresholds.answer:
        return _not_understood(reading, standing, thresholds)
    if reading.intent is Intent.OUT_OF_SCOPE:
        return _off_topic(reading, standing)
    return Answer(reading.intent, reading.confidence), Standing()


def wants_a_person(said: str, reading: Reading, thresholds: Thresholds) -> bool:
    """Whether a message asks for a person, which goes before anything else, a flow among it.

    Nobody asks for one with a mere greeting or thanks, however little they tell a classifier.
    """
    likely = reading.probability(Intent.HUMAN) >= thresholds.human
    return (reading.intent is Intent.HUMAN or likely) and _plain(said) not in _COURTESIES


def _answered(
    said: str, reading: Reading, asked: tuple[Intent, Intent], thresholds: Thresholds
) -> Move | None:
    """What the reply to "this or that?" settles: a pick, or words that tell the two apart."""
    plain = _plain(said)
    if plain in _FIRST | _SECOND:
        return _settled(asked[plain in _SECOND], 1.0, reading)
    if reading.intent not in asked or wants_a_person(said, reading, thresholds):
        return None
    share = reading.confidence / sum(reading.probability(intent) for intent in asked)
    return _settled(reading.intent, share, reading) if share >= thresholds.answer else None


def _settled(intent: Intent, confidence: float, reading: Reading) -> Move:
    if intent is Intent.HUMAN:
        return _hand_over(Reason.ASKED, reading)
    return SayScope() if intent is Intent.OUT_OF_SCOPE else Answer(intent, confidence)


def _not_understood(
    reading: Reading, standing: Standing, thresholds: Thresholds
) -> tuple[Move, Standing]:
    failures = standing.failures + 1
    if failures >= FAILURES:
        return _hand_over(Reason.NOT_UNDERSTOOD, reading), Standing()
    remembered = standing.model_copy(update={"failures": failures, "asked": None})
    (first, sure), (second, less) = reading.ranking[:2]
    if sure + less < thresholds.close:
        return Rephrase(), remembered
    return Ask(first, second), remembered.model_copy(update={"asked": (first, second)})


def _off_topic(reading: Reading, standing: Standing) -> tuple[Move, Standing]:
    off_topic = standing.off_topic + 1
    if off_topic >= OFF_TOPIC:
        return _hand_over(Reason.OFF_TOPIC, reading), Standing()
    return SayScope(), Standing(failures=standing.failures, off_topic=off_topic)


def _hand_over(reason: Reason, reading: Reading) -> HandOver:
    return HandOver(reason, reading.intent, reading.confidence)


def _plain(said: str) -> str:
    """A short reply without accents and punctuation; a number stays what it is."""
    stripped = said.strip().rstrip(".)!?")
    return stripped if stripped.isdecimal() else normalise(said)
