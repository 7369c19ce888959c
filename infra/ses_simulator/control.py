"""The control API under ``/_sim``: faults, account, ledger, flush, reset, health."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ses_simulator import audit, mailbox
from ses_simulator.audit import Selection
from ses_simulator.checks import InvalidFaults
from ses_simulator.errors import bad_request
from ses_simulator.faults import Faults
from ses_simulator.resources import Account
from ses_simulator.wire import read_json

if TYPE_CHECKING:
    from ses_simulator.simulator import Simulator

FLUSH_SECONDS = 30.0
NDJSON = "application/x-ndjson"


class Control:
    """HTTP around what :class:`~ses_simulator.simulator.Simulator` offers in Python."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def routes(self) -> list[web.RouteDef]:
        """Every route of the control API."""
        return [
            web.get("/_sim/health", self._health),
            web.get("/_sim/faults", self._get_faults),
            web.put("/_sim/faults", self._put_faults),
            web.get("/_sim/account", self._get_account),
            web.put("/_sim/account", self._put_account),
            web.post("/_sim/flush", self._flush),
            web.post("/_sim/reset", self._reset),
            web.get("/_sim/calls", self._calls),
            web.get("/_sim/calls/waiting", self._waiting),
            web.get("/_sim/events/lost", self._lost_events),
            web.get("/_sim/ledger", self._ledger),
            web.get("/_sim/ledger/summary", self._summary),
            web.get("/_sim/ledger/duplicates", self._duplicates),
        ]

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response(await asyncio.to_thread(self._simulator.health))

    async def _get_faults(self, request: web.Request) -> web.Response:
        return web.json_response(self._simulator.faults.to_json())

    async def _put_faults(self, request: web.Request) -> web.Response:
        try:
            self._simulator.faults = Faults.from_json(read_json(await request.read()))
        except InvalidFaults as error:
            raise bad_request(str(error)) from error
        return web.json_response(self._simulator.faults.to_json())

    async def _get_account(self, request: web.Request) -> web.Response:
        return web.json_response(self._account())

    async def _put_account(self, request: web.Request) -> web.Response:
        changes = read_json(await request.read())
        _check_account(changes, self._account())
        self._simulator.change_account(**changes)
        return web.json_response(self._account())

    async def _flush(self, request: web.Request) -> web.Response:
        seconds = _number(request, "timeout", FLUSH_SECONDS)
        flushed = await asyncio.to_thread(self._simulator.flush, seconds)
        states = await asyncio.to_thread(self._simulator.event_states)
        return web.json_response({"flushed": flushed, "events": states})

    async def _reset(self, request: web.Request) -> web.Response:
        self._simulator.reset()
        return web.json_response({"reset": True})

    async def _calls(self, request: web.Request) -> web.Response:
        after, limit = int(_number(request, "after", 0)), int(_number(request, "limit", 1_000))
        found = await asyncio.to_thread(self._simulator.calls, after, limit)
        return web.json_response({"calls": found, "next": found[-1]["id"] if found else None})

    async def _waiting(self, request: web.Request) -> web.Response:
        return web.json_response({"calls": self._simulator.waiting_calls()})

    async def _lost_events(self, request: web.Request) -> web.Response:
        return await self._asked(request, audit.lost_events)

    async def _ledger(self, request: web.Request) -> web.StreamResponse:
        selection, after = selected(request), int(_number(request, "after", 0))
        if NDJSON in request.headers.get("Accept", "") or "ndjson" in request.query:
            return await self._stream(request, selection, after)
        limit = int(_number(request, "limit", 1_000))
        page = await asyncio.to_thread(
            mailbox.since, self._simulator.ledger, selection, after, limit
        )
        following = page[-1]["cursor"] if len(page) == limit else None
        return web.json_response({"messages": page, "next": following})

    async def _stream(
        self, request: web.Request, selection: Selection, after: int
    ) -> web.StreamResponse:
        reply = web.StreamResponse(headers={"Content-Type": NDJSON})
        await reply.prepare(request)
        while page := await asyncio.to_thread(
            mailbox.since, self._simulator.ledger, selection, after, 1_000
        ):
            await reply.write("".join(json.dumps(row) + "\n" for row in page).encode())
            after = page[-1]["cursor"]
        await reply.write_eof()
        return reply

    async def _summary(self, request: web.Request) -> web.Response:
        return await self._asked(request, audit.summary)

    async def _duplicates(self, request: web.Request) -> web.Response:
        return await self._asked(request, audit.duplicates)

    async def _asked(self, request: web.Request, question: Callable[..., Any]) -> web.Response:
        found = await asyncio.to_thread(question, self._simulator.ledger, selected(request))
        return web.json_response(found)

    def _account(self) -> dict[str, Any]:
        return {
            **asdict(self._simulator.account),
            "max_send_rate": self._simulator.rate.limit,
            "daily_quota": self._simulator.quota.limit,
        }


def selected(request: web.Request) -> Selection:
    """The ``tag=name:value`` of a query string."""
    try:
        return Selection.parse(request.query.get("tag"))
    except ValueError as error:
        raise bad_request(str(error)) from error


def _check_account(changes: dict[str, Any], known: dict[str, Any]) -> None:
    for name, value in changes.items():
        if name not in known:
            raise bad_request(f"{name} is not known; choose from {', '.join(known)}")
        expected = _ACCOUNT_TYPES[name]
        if isinstance(value, bool) != (expected is bool) or not isinstance(value, expected):
            raise bad_request(f"{name} has the wrong type: {value!r}")


_NUMBERS = (int, float)
_ACCOUNT_TYPES: dict[str, Any] = {
    **{field.name: list for field in fields(Account)},
    "sending_enabled": bool,
    "production_access": bool,
    "enforcement_status": str,
    "max_send_rate": _NUMBERS,
    "daily_quota": _NUMBERS,
}


def _number(request: web.Request, name: str, default: float) -> float:
    text = request.query.get(name)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise bad_request(f"{name} must be a number, not {text!r}") from error
    if not 0 <= value <= 1e12:
        raise bad_request(f"{name} must not be negative nor huge, it is {text!r}")
    return value
