"""One user's turn over the assistant's own clients: what the product sends is what is measured."""

import io
import time
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from random import Random

from assistant.domain.ports import SAMPLE_RATE, Prompt
from assistant.gateway.models import Models
from loadtests.lab.loops import Turn
from loadtests.lab.scenarios import Call, Scenario, Stage

LANGUAGE = "en"
QUESTIONS = 100
"""How many different questions the users of the cached part ask."""
_LINE = "Invoice of one of the last twelve months: an amount, the day it was due, paid or not. "


class WrongAnswer(Exception):
    """An answer that is not what was declared: the turn has failed."""


@cache
def speech(size: int) -> bytes:
    """A WAV file of `size` bytes in all: a tone, which is as long as words."""
    samples = (size - 44) // 2
    with io.BytesIO() as file:
        with wave.open(file, "wb") as writer:
            writer.setnchannels(1)
            writer.setsampwidth(2)
            writer.setframerate(SAMPLE_RATE)
            period = b"".join(
                (8_000 * (1 if step < 20 else -1)).to_bytes(2, "little", signed=True)
                for step in range(40)
            )
            writer.writeframes((period * (samples // 40 + 1))[: samples * 2])
        return file.getvalue()


@cache
def text(size: int) -> str:
    """Text of `size` characters."""
    return (_LINE * (size // len(_LINE) + 1))[:size]


def prompt(size: int, question: str) -> Prompt:
    """A prompt whose texts are `size` bytes together, the question first."""
    facts = text(max(0, size - len(question)))
    lines = tuple(facts[at : at + len(_LINE)] for at in range(0, len(facts), len(_LINE)))
    return Prompt(question=question, language=LANGUAGE, facts=lines)


def declared(models: Models, scenario: Scenario, chance: Random) -> Turn:
    """A turn with payloads of the declared sizes; every answer's size is checked."""
    calls = [(call, _ask(models, call, chance)) for call in scenario.calls]

    async def turn(deadline: float) -> None:
        for call, ask in calls:
            received = await ask(deadline - time.monotonic())
            if received != call.received:
                raise WrongAnswer(f"{call.stage}: {received} bytes, not {call.received}")

    return turn


def _ask(models: Models, call: Call, chance: Random) -> Callable[[float], Awaitable[int]]:
    """A call's request made ready; gives the bytes of its answer."""
    if call.stage is Stage.STT:
        audio = speech(call.sent)

        async def transcribe(left: float) -> int:
            return len((await models.stt.transcribe(audio, LANGUAGE, left)).text)

        return transcribe
    if call.stage is Stage.LLM:
        prompts = [
            prompt(call.sent, f"What do I owe? Question {number:03}.")
            for number in chance.sample(range(QUESTIONS), 3)
        ]

        async def complete(left: float) -> int:
            return len(await _whole_text(models.llm.complete(chance.choice(prompts), left)))

        return complete
    words = text(call.sent)

    async def speak(left: float) -> int:
        return len(await _whole_audio(models.tts.speak(words, LANGUAGE, left)))

    return speak


def spoken(models: Models, question: bytes, facts: tuple[str, ...]) -> Turn:
    """A turn of the real tiny models: what one stage gave is what the next is given."""

    async def turn(deadline: float) -> None:
        heard = await models.stt.transcribe(question, LANGUAGE, deadline - time.monotonic())
        asked = Prompt(question=heard.text, language=LANGUAGE, facts=facts)
        answer = await _whole_text(models.llm.complete(asked, deadline - time.monotonic()))
        audio = await _whole_audio(models.tts.speak(answer, LANGUAGE, deadline - time.monotonic()))
        if not heard.text or not answer or len(audio) < len(question) // 10:
            raise WrongAnswer("a stage gave nothing")

    return turn


async def _whole_text(pieces: AsyncIterator[str]) -> str:
    return "".join([piece async for piece in pieces])


async def _whole_audio(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])
