"""The Lambda Runtime API of one runtime process, as `awslambdaric` asks for it.

Three things its native client insists on: headers and body leave in one write (or every answer
waits 40 ms for Nagle), posts may be chunked, and every answer has a Content-Type.
"""

import json
import sys
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread
from typing import Any

HOST = "127.0.0.1"
LARGEST_RESPONSE = 6 * 1024 * 1024 + 100
"""Bytes a function may answer with; AWS's limit."""

_ROOT = "/2018-06-01/runtime"
_PIECE = 1024 * 1024


@dataclass(frozen=True)
class Invocation:
    """What the runtime is told of one invocation; `deadline_ms` is epoch milliseconds."""

    request_id: str
    function_arn: str
    deadline_ms: int
    trace_id: str
    payload: bytes


@dataclass(frozen=True)
class Ready:
    """The runtime has imported the handler, or is done with an invocation, and asks for one."""


@dataclass(frozen=True)
class InitFailed:
    """The handler could not be imported; `payload` is the JSON that says why."""

    payload: bytes


@dataclass(frozen=True)
class Answered:
    """The handler returned (`payload` is its JSON) or raised (`is_error`)."""

    request_id: str
    payload: bytes
    is_error: bool


@dataclass(frozen=True)
class Ended:
    """The process is gone; a negative status is the signal that ended it."""

    status: int


Event = Ready | InitFailed | Answered | Ended


class RuntimeApi:
    """One server for one runtime process; `events` tells what the process did, in order."""

    def __init__(self) -> None:
        self.events: SimpleQueue[Event] = SimpleQueue()
        self._waiting: SimpleQueue[Invocation | None] = SimpleQueue()
        self._server = _Server((HOST, 0), self)
        self._thread = Thread(
            target=self._server.serve_forever, args=(0.2,), name="lambda-runtime-api", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """As `AWS_LAMBDA_RUNTIME_API` gives it: host and port."""
        return f"{HOST}:{self._server.server_port}"

    def hand_over(self, invocation: Invocation) -> None:
        """Give the runtime its next invocation, when it asks for one."""
        self._waiting.put(invocation)

    def next(self) -> Invocation | None:
        """Wait for an invocation; `None` when the server closes."""
        self.events.put(Ready())
        return self._waiting.get()

    def close(self) -> None:
        """Stop serving; a runtime that still waits for work gets none."""
        self._waiting.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], api: RuntimeApi) -> None:
        self.api = api
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A runtime that dies hangs up: `Ended` tells of it. Anything else is printed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """The next invocation, as soon as there is one."""
        if self.path != f"{_ROOT}/invocation/next":
            self._say(HTTPStatus.NOT_FOUND, "UnknownPath")
            return
        invocation = self.server.api.next()
        if invocation is None:
            self.close_connection = True
            return
        self._answer(
            HTTPStatus.OK,
            invocation.payload,
            {
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
                "Lambda-Runtime-Trace-Id": invocation.trace_id,
            },
        )

    def do_POST(self) -> None:
        """What became of an invocation, or of the import."""
        body, size = self._body()
        parts = self.path.removeprefix(_ROOT).strip("/").split("/")
        match parts:
            case ["init", "error"]:
                self.server.api.events.put(InitFailed(body))
            case ["invocation", request_id, "response"] if size > LARGEST_RESPONSE:
                # The caller gets the error; told of a 413, the runtime itself would end.
                self.server.api.events.put(Answered(request_id, _too_large(size), is_error=True))
            case ["invocation", request_id, "response"]:
                self.server.api.events.put(Answered(request_id, body, is_error=False))
            case ["invocation", request_id, "error"]:
                self.server.api.events.put(Answered(request_id, body, is_error=True))
            case _:
                self._say(HTTPStatus.NOT_FOUND, "UnknownPath")
                return
        self._answer(HTTPStatus.ACCEPTED, b'{"status":"OK"}', {})

    def _say(self, status: HTTPStatus, error: str) -> None:
        body = json.dumps({"errorType": error, "errorMessage": f"{status.phrase}: {self.path}"})
        self._answer(status, body.encode(), {})

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> tuple[bytes, int]:
        """What was posted, cut off a little after the limit, and its whole size in bytes."""
        body = _Limited()
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline().split(b";")[0], 16):
                self._read(size, body)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
        else:
            self._read(int(self.headers.get("Content-Length") or 0), body)
        return bytes(body.kept), body.size

    def _read(self, size: int, body: "_Limited") -> None:
        while size:
            piece = self.rfile.read(min(size, _PIECE))
            if not piece:
                raise ConnectionError("the runtime hung up in the middle of a post")
            size -= len(piece)
            body.add(piece)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Requests of the runtime are no news."""


class _Limited:
    """Bytes as they come in: counted, but kept only up to the limit."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        if len(self.kept) <= LARGEST_RESPONSE:
            self.kept += piece


def _too_large(size: int) -> bytes:
    problem = {
        "errorType": "Function.ResponseSizeTooLarge",
        "errorMessage": f"Response payload size ({size} bytes) exceeded maximum allowed payload"
        f" size ({LARGEST_RESPONSE} bytes).",
    }
    return json.dumps(problem).encode()
