"""The inbox: pages for people at ``/``, and the same as JSON under ``/_sim/messages``."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

from ses_simulator import mailbox
from ses_simulator.audit import Selection
from ses_simulator.control import selected
from ses_simulator.errors import not_found
from ses_simulator.ledger import Ledger
from ses_simulator.mailbox import Search
from ses_simulator.outcomes import OUTCOMES

PAGE_SIZE = 50
VIEWS = ("html", "text", "source")
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Mail is shown without scripts, without forms and without fetching anything."""

FEELINGS = {
    "delivered": "good",
    "published": "good",
    "out_of_office": "calm",
    "delay": "calm",
    "pending": "calm",
    "silence": "calm",
    "mixed": "calm",
    "unpublished": "calm",
}
"""The tone of the label of each outcome and event state; anything else went wrong."""


class Inbox:
    """Shows the mail in the ledger."""

    def __init__(self, ledger: Ledger, region: str) -> None:
        self._ledger = ledger
        self._region = region
        self._pages = Environment(
            loader=PackageLoader("ses_simulator", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._pages.filters["feeling"] = lambda name: FEELINGS.get(name, "bad")
        self._pages.filters["pretty"] = lambda value: json.dumps(
            value, indent=2, ensure_ascii=False
        )
        self._style = PackageLoader("ses_simulator", "pages").get_source(self._pages, "style.css")[
            0
        ]

    def routes(self) -> list[web.RouteDef]:
        """Pages, their style sheet and their JSON twins."""
        return [
            web.get("/", self._list_page),
            web.get("/style.css", self._style_sheet),
            web.get("/messages/{id}", self._message_page),
            web.get("/messages/{id}/body", self._body_page),
            web.get("/_sim/messages", self._list_json),
            web.get("/_sim/messages/{id}", self._message_json),
        ]

    async def _list_page(self, request: web.Request) -> web.Response:
        search = _search(request)
        found = await asyncio.to_thread(mailbox.newest, self._ledger, search)
        return self._page(
            "inbox.html",
            messages=found[:PAGE_SIZE],
            older=found[PAGE_SIZE - 1]["cursor"] if len(found) > PAGE_SIZE else None,
            words=search.words,
            tag=request.query.get("tag", "").strip(),
            first_page=not search.before,
            outcomes=sorted(OUTCOMES),
        )

    async def _message_page(self, request: web.Request) -> web.Response:
        message = await self._message(request)
        default = "html" if message["html"] is not None else "text"
        view = request.query.get("view", default)
        return self._page(
            "message.html", message=message, view=view if view in VIEWS else default, views=VIEWS
        )

    async def _body_page(self, request: web.Request) -> web.Response:
        message = await self._message(request)
        return web.Response(
            text=message["html"] or "",
            content_type="text/html",
            headers={"Content-Security-Policy": MAIL_POLICY, "X-Content-Type-Options": "nosniff"},
        )

    async def _list_json(self, request: web.Request) -> web.Response:
        found = await asyncio.to_thread(mailbox.newest, self._ledger, _search(request))
        page = found[:PAGE_SIZE]
        older = page[-1]["cursor"] if len(found) > PAGE_SIZE else None
        return web.json_response({"messages": page, "before": older})

    async def _message_json(self, request: web.Request) -> web.Response:
        return web.json_response(await self._message(request))

    async def _style_sheet(self, request: web.Request) -> web.Response:
        return web.Response(text=self._style, content_type="text/css")

    async def _message(self, request: web.Request) -> dict[str, Any]:
        name = request.match_info["id"]
        found = await asyncio.to_thread(mailbox.one, self._ledger, name, self._region)
        if found is None:
            raise not_found(f"Message {name} does not exist.")
        return found

    def _page(self, name: str, **values: Any) -> web.Response:
        return web.Response(
            text=self._pages.get_template(name).render(values),
            content_type="text/html",
            headers={"Content-Security-Policy": PAGE_POLICY, "Referrer-Policy": "no-referrer"},
        )


def _search(request: web.Request) -> Search:
    before = request.query.get("before", "")
    return Search(
        words=request.query.get("q", "").strip(),
        selection=selected(request) if request.query.get("tag") else Selection(),
        before=int(before) if before.isdecimal() else 0,
        limit=PAGE_SIZE + 1,
    )
