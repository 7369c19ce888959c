"""Maestro as a server of its own: whole turns over HTTP, and live ones over a WebSocket.

    python -m assistant.server --port 7100

It takes the same settings as the function does, and CHAT_URL has to be one of them: without it, the
process says so and ends with status 2. On SIGTERM it takes no new turn, lets those that go on end,
and closes.
"""

import argparse
import asyncio
import math
from array import array
from collections.abc import Awaitable, Callable
from functools import cache
from http import HTTPStatus

from aiohttp import WSMsgType, web
from pydantic import ValidationError

from assistant import collaborators
from assistant.domain import phrases
from assistant.domain.ports import ModelFault, TextToSpeech
from assistant.domain.stages import PATIENCE
from assistant.domain.wav import Sound, parse
from assistant.line import Fill, Line
from assistant.requests import MAX_AUDIO, STATUSES, NewTurn, view
from assistant.taking import Taking
from recado import clock, frames, settings
from recado.errors import RecadoError, Rejected, Retryable
from recado.model import Language
from recado.observability import logger
from recado.openapi import STATUS, Problem

MAX_BODY = MAX_AUDIO * 4 // 3 + frames.MAX_BYTES
GRACE_S = 20.0
"""How long turns that go on may take when the server is stopped."""
HEARTBEAT_S = 20.0
_TONE_HZ, _TONE_RATE, _TONE_S, _TONE_LOUD = 440, 16_000, 0.4, 2_000


class Fillers:
    """What is heard instead of silence: a phrase, spoken once and kept; a tone until then."""

    def __init__(self, voice: TextToSpeech) -> None:
        self._voice = voice
        self._spoken: dict[Language, Sound] = {}
        self._asked: dict[Language, asyncio.Task[None]] = {}

    def __call__(self, language: Language) -> Sound:
        """What can be heard at once; asks for the phrase of the language if it is not there."""
        if language in self._spoken:
            return self._spoken[language]
        if language not in self._asked:
            self._asked[language] = asyncio.create_task(self._ask(language))
        return tone()

    async def _ask(self, language: Language) -> None:
        try:
            self._spoken[language] = await self._speak(language)
        except (ModelFault, TimeoutError) as fault:
            logger.warning("no voice for a filler", error=type(fault).__name__)
        finally:
            del self._asked[language]

    async def _speak(self, language: Language) -> Sound:
        async with asyncio.timeout(PATIENCE.silence):
            pieces = self._voice.speak(phrases.FILLER[language], language, PATIENCE.silence)
            return parse(b"".join([piece async for piece in pieces]))


@cache
def tone() -> Sound:
    """A soft tone."""
    step = 2 * math.pi * _TONE_HZ / _TONE_RATE
    waves = (math.sin(step * at) for at in range(int(_TONE_RATE * _TONE_S)))
    return Sound(_TONE_RATE, array("h", (int(_TONE_LOUD * wave) for wave in waves)).tobytes())


class Server:
    """The routes, and who is on the line."""

    def __init__(self, taking: Taking, fill: Fill) -> None:
        self._taking = taking
        self._fill = fill
        self._lines: dict[web.WebSocketResponse, Line] = {}
        self._turns: set[asyncio.Task[web.Response]] = set()
        self._closing = False

    def app(self) -> web.Application:
        """The application."""
        app = web.Application(client_max_size=MAX_BODY, middlewares=[_problems])
        app.router.add_post("/v1/assist", self.assist)
        app.router.add_get("/v1/assist/live", self.live)
        app.router.add_get("/v1/health", self.health)
        app.on_shutdown.append(self.stop)
        return app

    async def assist(self, request: web.Request) -> web.Response:
        """A whole turn, as the function answers it."""
        self._refuse_when_closing()
        turn = asyncio.create_task(self._whole(_new_turn(await request.read())))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        return await turn

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        """A customer on the line."""
        self._refuse_when_closing()
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MAX_AUDIO)
        await socket.prepare(request)
        line = Line(socket, self._taking.perform, self._fill, lambda: clock.now())
        self._lines[socket] = line
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await line.frame(message.data)
                elif message.type is WSMsgType.BINARY:
                    await line.samples(message.data)
        finally:
            del self._lines[socket]
            await line.stop()
        return socket

    async def health(self, request: web.Request) -> web.Response:  # noqa: ARG002
        """Whether new turns are taken, and how many people are on the line."""
        status = HTTPStatus.SERVICE_UNAVAILABLE if self._closing else HTTPStatus.OK
        return web.json_response(
            {"closing": self._closing, "lines": len(self._lines)}, status=status
        )

    async def stop(self, app: web.Application) -> None:  # noqa: ARG002
        """Take no more turns, let those that go on end, and hang up."""
        self._closing = True
        going_on = [asyncio.ensure_future(line.finished()) for line in self._lines.values()]
        waited = {*going_on, *self._turns}
        if waited:
            await asyncio.wait(waited, timeout=GRACE_S)
        for socket in list(self._lines):
            await socket.close(code=1001, message=b"the server is being stopped")

    async def _whole(self, new: NewTurn) -> web.Response:
        asked = new.asked(lambda: clock.now())
        turn, speech = await self._taking.whole(asked, PATIENCE.turn)
        return web.json_response(text=view(turn, speech).model_dump_json())

    def _refuse_when_closing(self) -> None:
        if self._closing:
            raise Retryable("this server is being stopped: connect again")


@web.middleware
async def _problems(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Every refusal in the suite's one shape."""
    try:
        return await handler(request)
    except RecadoError as error:
        statuses = STATUS | STATUSES
        status = next(statuses[kind] for kind in type(error).__mro__ if kind in statuses)
        return _problem(status, type(error).__name__, str(error))
    except web.HTTPRequestEntityTooLarge:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return _problem(status, "TooLarge", f"the body has more than {MAX_BODY} bytes")
    except web.HTTPException as error:
        return _problem(error.status, "NotFound", f"{error.reason}: {request.path}")


def _problem(status: int, error: str, message: str) -> web.Response:
    body = Problem(error=error, message=message).model_dump_json()
    return web.Response(status=status, text=body, content_type="application/json")


def _new_turn(body: bytes) -> NewTurn:
    try:
        return NewTurn.model_validate_json(body)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"]))
        raise Rejected(f"{place or 'the body'}: {fault['msg']}", field=place) from error


def run(host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    chat_url = settings.text("CHAT_URL")

    async def serving() -> web.Application:
        fillers = Fillers(collaborators.models().tts)
        for language in Language:
            fillers(language)
        app = Server(collaborators.taking(chat_url), fillers).app()
        app.on_cleanup.append(hang_up)
        return app

    async def hang_up(app: web.Application) -> None:  # noqa: ARG001
        await collaborators.models().close()
        await collaborators.chat(chat_url).close()

    web.run_app(serving(), host=host, port=port, shutdown_timeout=GRACE_S, access_log=None)


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m assistant.server", description=__doc__)
    options.add_argument("--host", default="127.0.0.1", help="0.0.0.0 for all interfaces")
    options.add_argument("--port", type=int, default=7100)
    given = options.parse_args()
    try:
        run(given.host, given.port)
    except settings.Misconfigured as error:
        options.exit(2, f"{error}\n")
