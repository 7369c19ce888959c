"""One customer on the line: frames over a WebSocket, and speech that stops when it is interrupted.

    customer                                   assistant
    {"action": "open", "conversation": …}    {"type": "opened"}
    {"action": "ask", "text": …}             {"type": "heard", "text": …}
    {"action": "speak"}, WAV in binary       {"type": "sentence", "text": …}
      frames, {"action": "spoken"}           {"type": "speech", "rate": …}, samples in binary frames
    {"action": "stop"}                       {"type": "done", …} or {"type": "stopped"}

Samples are PCM, 16 bits, one channel. A new question is an interruption, too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Annotated, Literal, Protocol

from pydantic import Field, TypeAdapter

from assistant.domain.maestro import live
from assistant.domain.ports import BadInput, TooLarge
from assistant.domain.turns import (
    Asked,
    Conversation,
    Happening,
    Heard,
    Sentence,
    Spoken,
    Tell,
    Trouble,
    Turn,
)
from assistant.domain.wav import Sound
from assistant.requests import MAX_AUDIO, TroubleView, Words, troubles
from assistant.taking import new_id, stages_of
from recado import frames
from recado.clock import Clock
from recado.errors import Conflict, RecadoError
from recado.frames import Refused
from recado.model import Frozen, Identifier, Language


class Open(Frozen):
    """Go on with a conversation, or begin one with the first question."""

    action: Literal["open"]
    conversation: Conversation | None = None
    language: Language = Language.PORTUGUESE


class Ask(Frozen):
    """A question in writing."""

    action: Literal["ask"]
    text: Words
    client_message_id: Identifier | None = None


class Speak(Frozen):
    """Binary frames with a WAV file follow; it interrupts whatever is being said."""

    action: Literal["speak"]
    client_message_id: Identifier | None = None


class Act(Frozen):
    """`spoken`: the WAV file is complete. `stop`: say no more."""

    action: Literal["spoken", "stop"]


Frame = Annotated[Open | Ask | Speak | Act, Field(discriminator="action")]
FRAME: TypeAdapter[Open | Ask | Speak | Act] = TypeAdapter(Frame)


class Told(Frozen):
    """What happens: `opened`, `heard`, `sentence`, `speech` before samples, `stopped`."""

    type: Literal["opened", "heard", "sentence", "speech", "stopped"]
    text: str = ""
    rate: int | None = None
    filler: bool = False


class Failed(TroubleView):
    """A stage that failed; the turn goes on."""

    type: Literal["trouble"] = "trouble"


class Done(Frozen):
    """A turn is over; its conversation is for the next connection."""

    type: Literal["done"] = "done"
    conversation: Conversation | None
    language: Language
    depth: str | None
    stages: dict[str, int]
    troubles: tuple[TroubleView, ...]


class Wire(Protocol):
    """What the customer hears through."""

    async def send_str(self, data: str) -> None: ...

    async def send_bytes(self, data: bytes) -> None: ...


Perform = Callable[[Asked, Tell], Awaitable[Turn]]
Fill = Callable[[Language], Sound]
"""What is heard instead of silence."""


class Line:
    """A customer's connection; one turn at a time."""

    def __init__(self, wire: Wire, perform: Perform, fill: Fill, clock: Clock) -> None:
        self._wire = wire
        self._perform = perform
        self._fill = fill
        self._clock = clock
        self._conversation: Conversation | None = None
        self._language = Language.PORTUGUESE
        self._recording: bytearray | None = None
        self._message_id: Identifier | None = None
        self._turn: asyncio.Task[None] | None = None
        self._announced: tuple[int, bool] | None = None

    @property
    def talking(self) -> bool:
        """Whether a turn is going on."""
        return self._turn is not None and not self._turn.done()

    async def frame(self, text: str) -> None:
        """Carry out what the customer sent."""
        try:
            await self._carry_out(frames.read(text, FRAME))
        except RecadoError as error:
            await self._send(frames.refusal(error))

    async def samples(self, content: bytes) -> None:
        """Take a piece of the customer's speech."""
        try:
            if self._recording is None:
                raise Conflict('nothing is recorded: send {"action": "speak"} first')
            if len(self._recording) + len(content) > MAX_AUDIO:
                self._recording = None
                raise TooLarge(f"the audio has more than {MAX_AUDIO} bytes: speak shorter")
            self._recording += content
        except RecadoError as error:
            await self._send(frames.refusal(error))

    async def stop(self) -> bool:
        """Say no more; returns whether something was being said."""
        was_talking, turn = self.talking, self._turn
        if turn is not None:
            turn.cancel()
            await asyncio.wait({turn})
        self._turn = self._announced = None
        return was_talking

    async def finished(self) -> None:
        """Wait until what is being said is said."""
        if self._turn is not None:
            await asyncio.wait({self._turn})

    async def _carry_out(self, frame: Open | Ask | Speak | Act) -> None:
        match frame:
            case Open():
                self._conversation, self._language = frame.conversation, frame.language
                await self._send(Told(type="opened"))
            case Ask():
                await self._begin(self._asked(frame.client_message_id, text=frame.text))
            case Speak():
                await self._interrupted()
                self._recording, self._message_id = bytearray(), frame.client_message_id
            case Act(action="spoken"):
                await self._begin(self._recorded())
            case Act():
                await self._interrupted()

    def _recorded(self) -> Asked:
        if not self._recording:
            raise BadInput("nothing was recorded: send a WAV file in binary frames first")
        audio, self._recording = bytes(self._recording), None
        return self._asked(self._message_id, audio=audio)

    def _asked(self, message_id: Identifier | None, text: str = "", audio: bytes = b"") -> Asked:
        return Asked(
            message_id=message_id or new_id(self._clock()),
            language=self._language,
            text=text,
            audio=audio,
            conversation=self._conversation,
        )

    async def _interrupted(self) -> None:
        if await self.stop():
            await self._send(Told(type="stopped"))

    async def _begin(self, asked: Asked) -> None:
        await self._interrupted()
        self._turn = asyncio.create_task(self._take(asked))

    async def _take(self, asked: Asked) -> None:
        """Take a turn, and tell it at the pace at which it is played."""
        turns: list[Turn] = []

        async def perform(tell: Tell) -> Turn:
            turns.append(await self._perform(asked, tell))
            return turns[0]

        try:
            filler = partial(self._fill, self._language)
            async with aclosing(live(perform, filler)) as happenings:
                async for happening in happenings:
                    await self._tell(happening)
        except RecadoError as error:
            await self._send(frames.refusal(error, asked.message_id))
            return
        await self._send(self._done(turns[0]))

    def _done(self, turn: Turn) -> Done:
        self._conversation, self._language = turn.conversation, turn.language
        self._announced = None
        return Done(
            conversation=turn.conversation,
            language=turn.language,
            depth=turn.depth.value if turn.depth else None,
            stages=stages_of(turn),
            troubles=troubles(turn),
        )

    async def _tell(self, happening: Happening) -> None:
        match happening:
            case Heard(text):
                await self._send(Told(type="heard", text=text))
            case Sentence(text):
                await self._send(Told(type="sentence", text=text))
            case Trouble(stage, error, message):
                await self._send(Failed(stage=stage, error=error, message=message))
            case Spoken(sound, filler):
                await self._announce(sound.rate, filler=filler)
                await self._wire.send_bytes(sound.samples)

    async def _announce(self, rate: int, *, filler: bool) -> None:
        """Say what the samples are that follow, where they are others than those before."""
        if self._announced != (rate, filler):
            self._announced = (rate, filler)
            await self._send(Told(type="speech", rate=rate, filler=filler))

    async def _send(self, frame: Told | Failed | Done | Refused) -> None:
        await self._wire.send_str(frame.model_dump_json())
