"""A customer on the line, in virtual time, and a server on the loopback interface."""

import asyncio
import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from aiohttp import WSMsgType
from aiohttp.test_utils import TestClient, TestServer

from assistant.domain.ports import Unreachable
from assistant.domain.turns import Asked, Tell, Turn
from assistant.domain.wav import Sound
from assistant.line import Line
from assistant.requests import MAX_AUDIO
from assistant.server import Fillers, Server, tone
from recado.model import Language
from tests.factories import AT
from tests.unit.assistant.clockwork import now, played
from tests.unit.assistant.fakes import SPEECH, Chat, Stage, Voice

LONG = "This is the first sentence. " + "And this is another one of them. " * 6


@dataclass
class Wire:
    """What the customer hears, and when."""

    frames: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    samples: list[tuple[float, bytes]] = field(default_factory=list)

    async def send_str(self, data: str) -> None:
        self.frames.append((now(), json.loads(data)))

    async def send_bytes(self, data: bytes) -> None:
        self.samples.append((now(), data))

    def kinds(self) -> list[str]:
        """The types of the frames, in order."""
        return [frame["type"] for _, frame in self.frames]

    def last(self, kind: str) -> dict[str, Any]:
        """The latest frame of a type."""
        return [frame for _, frame in self.frames if frame["type"] == kind][-1]


class Telephone:
    """A line with its wire."""

    def __init__(self, stage: Stage) -> None:
        self.wire = Wire()
        fillers = Fillers(stage.voice)
        self.line = Line(self.wire, stage.maestro().perform, fillers, lambda: AT)

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        await self.line.frame(json.dumps(frame))

    async def speak(self) -> None:
        """Record a second of speech, in pieces."""
        await self.say(action="speak")
        for at in range(0, len(SPEECH), 7_001):
            await self.line.samples(SPEECH[at : at + 7_001])
        await self.say(action="spoken")


def test_a_question_by_voice_is_heard_answered_and_spoken() -> None:
    async def story() -> Wire:
        telephone = Telephone(Stage())
        await telephone.say(action="open", language="en")
        await telephone.speak()
        await telephone.line.finished()
        return telephone.wire

    wire = played(story())
    assert wire.kinds()[:4] == ["opened", "heard", "sentence", "speech"]
    assert wire.last("heard")["text"] == "good morning"
    done = wire.last("done")
    assert done["conversation"] == {"id": "cnv_1", "key": "a-key"}
    assert set(done["stages"]) == {"stt", "chat", "tts"}
    assert sum(len(samples) for _, samples in wire.samples) > 16_000


@pytest.mark.parametrize("interruption", [{"action": "stop"}, {"action": "speak"}])
@pytest.mark.parametrize("at", [0.1, 0.9, 3.3])
def test_an_interruption_stops_the_speech_within_two_tenths_of_a_second(
    interruption: dict[str, str], at: float
) -> None:
    async def story() -> tuple[Wire, float]:
        telephone = Telephone(Stage(chat=Chat(lines=(LONG,))))
        await telephone.say(action="ask", text="hello")
        await asyncio.sleep(at)
        await telephone.say(**interruption)
        await asyncio.sleep(20)
        return telephone.wire, max((when for when, _ in telephone.wire.samples), default=0.0)

    wire, last = played(story())
    assert last <= at + 0.2
    assert wire.kinds()[-1] == "stopped"


def test_a_new_question_goes_before_the_old_answer() -> None:
    async def story() -> Wire:
        telephone = Telephone(Stage(chat=Chat(lines=(LONG,))))
        await telephone.say(action="ask", text="hello")
        await asyncio.sleep(2)
        await telephone.say(action="ask", text="hello again")
        await telephone.line.finished()
        return telephone.wire

    assert played(story()).kinds().count("done") == 1


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ("no json", "JSON"),
        ('{"action": "sing"}', "action"),
        ('{"action": "ask", "text": " "}', "empty"),
        ('{"action": "ask", "text": "a\\u0000"}', "control characters"),
        ('{"action": "spoken"}', "nothing was recorded"),
    ],
)
def test_a_frame_that_makes_no_sense_is_refused_and_the_line_stays(
    frame: str, message: str
) -> None:
    async def story() -> Wire:
        telephone = Telephone(Stage())
        await telephone.line.frame(frame)
        await telephone.say(action="ask", text="hello")
        await telephone.line.finished()
        return telephone.wire

    wire = played(story())
    assert message in wire.last("refused")["message"]
    assert wire.kinds()[-1] == "done"


def test_speech_nobody_announced_or_that_never_ends_is_refused() -> None:
    async def story() -> Wire:
        telephone = Telephone(Stage())
        await telephone.line.samples(b"\0\0")
        await telephone.say(action="speak")
        for _ in range(5):
            await telephone.line.samples(bytes(MAX_AUDIO // 4))
        return telephone.wire

    wire = played(story())
    assert [frame["error"] for _, frame in wire.frames] == ["Conflict", "TooLarge"]


def test_a_filler_is_a_tone_until_a_voice_has_spoken_it_once() -> None:
    async def story() -> list[Sound]:
        voice = Voice()
        fillers = Fillers(voice)
        heard = [fillers(Language.ENGLISH), fillers(Language.ENGLISH)]
        await asyncio.sleep(2)
        heard += [fillers(Language.ENGLISH), fillers(Language.ENGLISH)]
        assert len(voice.said) == 1
        return heard

    *early, spoken, again = played(story())
    assert early == [tone(), tone()]
    assert spoken is again
    assert spoken.seconds > 1
    assert tone().loudness > 0.01


def test_without_a_voice_it_stays_a_tone_and_the_voice_is_tried_again() -> None:
    async def story() -> list[Sound]:
        voice = Voice(fault=Unreachable("no voice"))
        fillers = Fillers(voice)
        fillers(Language.ENGLISH)
        await asyncio.sleep(5)
        voice.fault = None
        heard = [fillers(Language.ENGLISH)]
        await asyncio.sleep(5)
        return [*heard, fillers(Language.ENGLISH)]

    silent, spoken = played(story())
    assert silent == tone()
    assert spoken.seconds > 1


def test_a_dead_voice_keeps_nobody_waiting_in_silence() -> None:
    async def story() -> Wire:
        telephone = Telephone(Stage(voice=Voice(takes=1_000)))
        await telephone.say(action="ask", text="hello")
        await telephone.line.finished()
        return telephone.wire

    wire = played(story())
    assert wire.samples[0][0] <= 3
    assert next(at for at, frame in wire.frames if frame["type"] == "sentence") < 1


# ─── over the network ────────────────────────────────────────────────────────────────────────────


class Taken:
    """Turns that are not kept."""

    def __init__(self, stage: Stage) -> None:
        self._maestro = stage.maestro()

    async def perform(self, asked: Asked, tell: Tell, left: float | None = None) -> Turn:
        return await self._maestro.perform(asked, tell, left)

    async def whole(self, asked: Asked, left: float) -> tuple[Turn, bytes]:
        async def tell(happening: Any) -> None:
            return None

        return await self.perform(asked, tell, left), b""


def served(stage: Stage, story: Any) -> Any:
    """What a story comes to that talks to a server."""

    async def serving() -> Any:
        server = Server(Taken(stage), lambda _: tone())  # type: ignore[arg-type]
        async with TestClient(TestServer(server.app())) as client:
            return await story(client, server)

    return asyncio.run(serving())


def quick() -> Stage:
    """A stage that takes hardly any real time."""
    stage = Stage(chat=Chat(lines=("Yes.",), takes=0))
    stage.ears.takes = stage.voice.takes = 0
    return stage


def test_the_server_answers_whole_turns_and_live_ones_and_refuses_what_is_wrong() -> None:
    async def story(client: TestClient[Any, Any], server: Server) -> None:
        answer = await client.post("/v1/assist", json={"text": "hi", "language": "en"})
        assert (answer.status, (await answer.json())["text"]) == (200, "Yes.")
        for body, status in (("{}", 422), ("no", 422), ("x" * 7_000_000, 413)):
            refused = await client.post("/v1/assist", data=BytesIO(body.encode()))
            assert refused.status == status
            assert (await refused.json())["message"]
        assert (await client.get("/v1/nothing")).status == 404
        async with client.ws_connect("/v1/assist/live") as socket:
            await socket.send_json({"action": "ask", "text": "hi"})
            kinds = set()
            while "done" not in kinds:
                message = await socket.receive(timeout=5)
                kinds.add("samples" if message.type is WSMsgType.BINARY else message.json()["type"])
            assert kinds == {"sentence", "speech", "samples", "done"}

    served(quick(), story)


def test_a_server_that_is_stopped_ends_its_turns_takes_no_new_ones_and_hangs_up() -> None:
    async def story(client: TestClient[Any, Any], server: Server) -> None:
        async with client.ws_connect("/v1/assist/live") as socket:
            await socket.send_json({"action": "ask", "text": "hi"})
            first = await socket.receive_json(timeout=5)
            stopping = asyncio.create_task(server.stop(client.app))
            await asyncio.sleep(0)
            refused = await client.post("/v1/assist", json={"text": "hi"})
            assert (refused.status, (await client.get("/v1/health")).status) == (503, 503)
            heard = [first["type"]]
            while (message := await socket.receive(timeout=5)).type is not WSMsgType.CLOSE:
                heard += [message.json()["type"]] if message.type is WSMsgType.TEXT else []
            assert heard[-1] == "done"
            assert message.data == 1001
            await stopping

    served(quick(), story)
