"""Maestro: speech becomes text, text an answer, the answer speech, each stage within its time.

A stage that fails ends no turn: without ears the customer is asked to write, without an answer to
try again later, and without a voice the answer stays text. What happens is told as it happens.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from assistant.domain import phrases, wording
from assistant.domain.ports import ModelFault, Overloaded, SpeechToText, TextToSpeech
from assistant.domain.sentences import Splitting
from assistant.domain.stages import PATIENCE, Deadline, Patience, Stage
from assistant.domain.turns import Asked, Happening, Heard, Sentence, Spoken, Tell, Trouble, Turn
from assistant.domain.wav import Sound, Unwrapping, parse

AHEAD = 16
"""Sentences that may be written before they are spoken."""
LONGEST_ANSWER = 2_000
"""Characters of an answer; what is longer is cut, as chat's lines are no longer either."""


class Answers(Protocol):
    """Who answers the customer's words (`assistant.answering`)."""

    async def reply(
        self, asked: Asked, text: str, turn: Turn, deadline: Deadline
    ) -> AsyncIterator[str]:
        """The answer in pieces; the turn learns its conversation, language and depth.

        Raises:
            ModelFault: nobody answers.
            RecadoError: the conversation is not there, or does not take this.
        """
        ...


@dataclass
class Gate:
    """How many turns go on at once, and how many may wait for a place."""

    at_once: int
    waiting: int
    _free: asyncio.Semaphore = field(init=False)
    _queued: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.at_once)

    @asynccontextmanager
    async def place(self, patience: float) -> AsyncIterator[None]:
        """A place for one turn.

        Raises:
            Overloaded: too many wait already, or none became free in time.
        """
        if self._free.locked() and self._queued >= self.waiting:
            raise Overloaded("too many people are talking to the assistant: try again in a moment")
        self._queued += 1
        try:
            async with asyncio.timeout(patience):
                await self._free.acquire()
        except TimeoutError as error:
            raise Overloaded(
                "the assistant had no time in a while: try again in a moment"
            ) from error
        finally:
            self._queued -= 1
        try:
            yield
        finally:
            self._free.release()


@dataclass(frozen=True)
class Maestro:
    """Makes the stages work together."""

    ears: SpeechToText
    answers: Answers
    voice: TextToSpeech
    gate: Gate
    patience: Patience = PATIENCE

    async def perform(self, asked: Asked, tell: Tell, left: float | None = None) -> Turn:
        """Take a turn within `left` seconds, or the patience of a turn.

        Raises:
            BadInput, TooLarge: the audio is no speech that is taken.
            Overloaded: there is no place.
            RecadoError: the conversation is not there, or does not take this.
        """
        if asked.audio:
            parse(asked.audio)
        deadline = Deadline(self.patience, left)
        turn = Turn(asked.language, asked.conversation, spent=deadline.spent)
        async with self.gate.place(self.patience.silence):
            await _Performance(self, asked, tell, turn, deadline).play()
        return turn


@dataclass
class _Performance:
    maestro: Maestro
    asked: Asked
    tell: Tell
    turn: Turn
    deadline: Deadline
    mute: bool = False

    async def play(self) -> None:
        text = await self._heard()
        if text is None:
            return
        try:
            pieces = await self.maestro.answers.reply(self.asked, text, self.turn, self.deadline)
        except ModelFault as fault:
            await self._in_trouble(Stage.CHAT, fault)
            pieces = _one(phrases.FAILED[Stage.CHAT][self.turn.language])
        await self._speak(pieces)

    async def _heard(self) -> str | None:
        """The customer's words; None where there are none, which has been said then."""
        if not self.asked.audio:
            return self.asked.text
        language = self.asked.language
        try:
            transcript = await self.deadline.kept(
                Stage.STT,
                lambda left: self.maestro.ears.transcribe(self.asked.audio, language, left),
            )
        except ModelFault as fault:
            await self._in_trouble(Stage.STT, fault)
            await self._speak(_one(phrases.FAILED[Stage.STT][language]))
            return None
        self.turn.transcript = transcript.text.strip()
        await self.tell(Heard(self.turn.transcript))
        if not self.turn.transcript:
            await self._speak(_one(phrases.NOTHING_HEARD[language]))
            return None
        return self.turn.transcript

    async def _speak(self, pieces: AsyncIterator[str]) -> None:
        """Speak each sentence as soon as it is written, while the next ones are."""
        waiting: asyncio.Queue[str | None] = asyncio.Queue(AHEAD)
        writer = asyncio.create_task(self._write(pieces, waiting))
        try:
            while (sentence := await waiting.get()) is not None:
                self.turn.sentences.append(sentence)
                await self.tell(Sentence(sentence))
                if self.asked.aloud and not self.mute:
                    await self._say(sentence)
            await writer
        finally:
            await _stopped(writer)

    async def _write(self, pieces: AsyncIterator[str], waiting: asyncio.Queue[str | None]) -> None:
        splitting, room = Splitting(), LONGEST_ANSWER
        try:
            async for piece in pieces:
                for sentence in splitting.feed(piece[:room]):
                    await waiting.put(sentence)
                room -= len(piece[:room])
            for sentence in splitting.rest():
                await waiting.put(sentence)
        finally:
            await waiting.put(None)

    async def _say(self, sentence: str) -> None:
        language, unwrapping = self.turn.language, Unwrapping()
        text = wording.said(sentence, language)
        try:
            async for piece in self.deadline.pieces(
                Stage.TTS, lambda left: self.maestro.voice.speak(text, language, left)
            ):
                if samples := unwrapping.feed(piece):
                    self.deadline.note("first_audio")
                    await self.tell(Spoken(Sound(unwrapping.rate, samples)))
            unwrapping.end()
        except ModelFault as fault:
            self.mute = True
            await self._in_trouble(Stage.TTS, fault)

    async def _in_trouble(self, stage: Stage, fault: ModelFault) -> None:
        trouble = Trouble(stage, type(fault).__name__, str(fault))
        self.turn.troubles.append(trouble)
        await self.tell(trouble)


Performing = Callable[[Tell], Awaitable[Turn]]

FRAME_S = 0.04
LEAD_S = 0.1
"""Speech is sent as it is played, this much ahead: who interrupts hears no more than that."""


async def live(
    perform: Performing, filler: Callable[[], Sound], silence: float = PATIENCE.silence
) -> AsyncGenerator[Happening]:
    """What happens in a turn, at the pace at which it is played.

    Nobody waits in silence for longer than `silence` seconds: the filler is spoken then. Closing
    the iterator stops the turn and its speech (barge-in).
    """
    out: asyncio.Queue[Happening | None] = asyncio.Queue()
    task = asyncio.ensure_future(perform(out.put))
    task.add_done_callback(lambda _: out.put_nowait(None))
    playing = _Playing()
    try:
        while (happening := await _next(out, playing.until + silence, filler)) is not None:
            if not isinstance(happening, Spoken):
                yield happening
                continue
            for frame in _frames(happening.sound):
                await playing.room()
                yield Spoken(frame, happening.filler)
                playing.add(frame)
        await task
    finally:
        await _stopped(task)


class _Playing:
    """When what has been sent will have been played."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.until = self._loop.time()

    async def room(self) -> None:
        """Wait until no more than `LEAD_S` is ahead."""
        ahead = self.until - self._loop.time() - LEAD_S
        if ahead > 0:
            await asyncio.sleep(ahead)

    def add(self, sound: Sound) -> None:
        self.until = max(self.until, self._loop.time()) + sound.seconds


async def _next(
    out: asyncio.Queue[Happening | None], silent_at: float, filler: Callable[[], Sound]
) -> Happening | None:
    try:
        async with asyncio.timeout_at(silent_at):
            return await out.get()
    except TimeoutError:
        return Spoken(filler(), filler=True)


def _frames(sound: Sound) -> list[Sound]:
    size = int(sound.rate * FRAME_S) * 2
    return [
        Sound(sound.rate, sound.samples[at : at + size])
        for at in range(0, len(sound.samples), size)
    ]


async def _one(text: str) -> AsyncIterator[str]:
    yield text


async def _stopped(task: "asyncio.Future[Any]") -> None:
    """Cancel what still runs; what it raised was told, or belongs to nobody who listens."""
    task.cancel()
    await asyncio.wait({task})
