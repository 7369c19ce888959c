"""The question of the tiny models' part, spoken by eSpeak NG once before the experiment."""

import asyncio

from loadtests.lab.generating import Spoken
from loadtests.lab.turns import LANGUAGE
from model_services import catalogue
from model_services.options import Options
from operations.errors import Trouble
from recado.settings import Misconfigured

QUESTION = "what is the balance of my account"
FACTS = (
    "Your balance is 141 dollars and 20 cents.",
    "Your next invoice is due on December 10.",
)


def prepared() -> Spoken:
    """The question as a WAV file, and what the answer may be made from.

    Raises:
        Trouble: eSpeak NG is not installed.
    """
    try:
        voice = catalogue.engine("tts", "espeak-ng", Options())
    except Misconfigured as missing:
        raise Trouble(
            str(missing), "or leave the part out: PARTS=emulated,echo,cached", code=2
        ) from missing
    return Spoken(asyncio.run(_spoken(voice)), FACTS)


async def _spoken(voice: object) -> bytes:
    pieces = voice.speak(QUESTION, LANGUAGE, 30.0)  # type: ignore[attr-defined]
    return b"".join([piece async for piece in pieces])
