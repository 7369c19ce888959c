"""The SESv2 wire: routes, replies, errors, and what breaks on the way."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from ses_simulator.chance import Chance
from ses_simulator.delivery import PostOffice, Result
from ses_simulator.desk import Call, Desk
from ses_simulator.errors import ApiError
from ses_simulator.faults import CallFault
from ses_simulator.ledger import Batch, CallRecord, Ledger
from ses_simulator.operations import OPERATIONS, Operation
from ses_simulator.submission import Submission, send_bulk_email, send_email
from ses_simulator.wire import JsonObject, read_json

MAX_REQUEST_BYTES = 128 * 1024 * 1024
ANY_METHOD = "*"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Reader = Callable[[JsonObject], Submission]

REFUSED_BEFORE = {
    "throttle": (
        "throttled",
        ApiError("TooManyRequestsException", "Maximum sending rate exceeded."),
    ),
    "error_before": (
        "error_before",
        ApiError("InternalServiceErrorException", "Simulated failure."),
    ),
}
"""Faults that refuse a call before anything is accepted: the call's outcome and the error."""


@dataclass(frozen=True, slots=True)
class SesServer:
    """Speaks SESv2 for the parts that do the work.

    ``waiting`` holds the port of each client whose call was accepted and is being broken, by the
    call's id: during a ``hang_after`` it tells which process to kill.
    """

    office: PostOffice
    desk: Desk
    chance: Chance
    ledger: Ledger
    waiting: dict[int, int] = field(default_factory=dict)

    def routes(self) -> list[web.RouteDef]:
        """Every SESv2 route, and a last one that names what is not supported."""
        managing = [
            web.route(method, path, self._managing(name, operation))
            for name, method, path, operation in OPERATIONS
        ]
        return [
            web.post("/v2/email/outbound-emails", self._sending("SendEmail", send_email)),
            web.post(
                "/v2/email/outbound-bulk-emails", self._sending("SendBulkEmail", send_bulk_email)
            ),
            *managing,
        ]

    def _sending(self, operation: str, read: Reader) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            try:
                submission = read(read_json(body))
            except ApiError as error:
                self._record(operation, 0, "invalid", error.message)
                raise
            return await self._send(request, submission)

        return handle

    async def _send(self, request: web.Request, submission: Submission) -> web.StreamResponse:
        fault = self.chance.of_call(submission.operation)
        seconds = self.chance.latency_seconds(submission.recipients())
        if seconds:
            await asyncio.sleep(seconds)
        if fault is not None and fault.kind in REFUSED_BEFORE:
            outcome, error = REFUSED_BEFORE[fault.kind]
            self._record(submission.operation, len(submission.entries), outcome)
            raise error
        results = self.office.accept(submission, fault)
        if fault is not None and fault.kind in BROKEN_AFTER:
            with self._kept_waiting(request):
                await BROKEN_AFTER[fault.kind](request, fault)
        return json_reply(REPLIES[submission.operation](results))

    @contextmanager
    def _kept_waiting(self, request: web.Request) -> Iterator[None]:
        call_id = self.ledger.next_call - 1
        peer = request.get_extra_info("peername")
        self.waiting[call_id] = peer[1] if peer else 0
        try:
            yield
        finally:
            del self.waiting[call_id]

    def _managing(self, name: str, operation: Operation) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            call = Call(request.match_info, request.query, read_json(await request.read()))
            try:
                reply = operation(self.desk, call)
            except ApiError as error:
                self._record(name, 0, "refused", f"{error.code}: {error.message}")
                raise
            self._record(name, 0, "ok")
            return json_reply(reply)

        return handle

    def _record(self, operation: str, entries: int, outcome: str, detail: str = "") -> None:
        now_ms = self.desk.now_ms()
        self.ledger.record(Batch(CallRecord(operation, entries, 0, now_ms, outcome, detail)))


def json_reply(value: Any, status: int = 200) -> web.Response:
    """A JSON reply with the request id header every AWS reply has."""
    return web.json_response(value, status=status, headers={"x-amzn-RequestId": str(uuid.uuid4())})


async def unknown_route(request: web.Request) -> web.StreamResponse:
    """404 for what the simulator does not speak, naming what it does."""
    spoken = ", ".join(["SendEmail", "SendBulkEmail", *(name for name, *_ in OPERATIONS)])
    raise ApiError(
        "UnknownOperationException",
        f"{request.method} {request.path} is not supported by the SES simulator."
        f" Supported operations: {spoken}. Control API: /_sim/health. Inbox: /",
    )


@web.middleware
async def errors_as_ses_names_them(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn :class:`ApiError` into the reply from which botocore builds its exception."""
    try:
        return await handler(request)
    except ApiError as error:
        reply = json_reply({"message": error.message}, status=error.http_status)
        reply.headers["x-amzn-ErrorType"] = error.code
        return reply


def _single_reply(results: list[Result]) -> JsonObject:
    refusal = results[0].refusal
    if refusal is not None:
        raise refusal.as_error()
    return {"MessageId": results[0].message_id}


def _bulk_reply(results: list[Result]) -> JsonObject:
    return {"BulkEmailEntryResults": [result.as_bulk_entry() for result in results]}


REPLIES: dict[str, Callable[[list[Result]], JsonObject]] = {
    "SendEmail": _single_reply,
    "SendBulkEmail": _bulk_reply,
}


async def _answer_500(request: web.Request, fault: CallFault) -> None:
    raise ApiError("InternalServiceErrorException", "Simulated failure after accepting.")


async def _close_silently(request: web.Request, fault: CallFault) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _hang(request: web.Request, fault: CallFault) -> None:
    await asyncio.sleep(fault.seconds)


BROKEN_AFTER: dict[str, Callable[[web.Request, CallFault], Awaitable[None]]] = {
    "error_after": _answer_500,
    "drop_after": _close_silently,
    "hang_after": _hang,
}
"""Faults that break a call after its mail was accepted."""
