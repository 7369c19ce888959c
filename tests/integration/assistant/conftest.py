"""The assistant behind its trigger, over moto, with the real chat behind its REST API."""

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from assistant import api, collaborators
from assistant.gateway.models import Models
from chat import api as chat_api
from recado import settings, table
from recado.directory import invoice_key
from recado.model import Invoice
from tests.factories import api_event, context
from tests.integration.chat.conftest import World, customers, world
from tests.unit.assistant.fakes import SPEECH, Ears, Mind, Voice

__all__ = ["customers", "world"]


class _ChatOverHttp(BaseHTTPRequestHandler):
    """Hands requests to chat's handler, as API Gateway does."""

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def do_GET(self) -> None:
        self._answer(None)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""

    def _answer(self, body: str | None) -> None:
        path, _, query = self.path.partition("?")
        asked = dict(pair.split("=") for pair in query.split("&") if pair)
        key = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        asked_of_chat = api_event(self.command, path, body, key, asked)
        answer = chat_api.api.resolve(asked_of_chat, context())
        content = answer["body"].encode()
        self.send_response(answer["statusCode"])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def chat_url(world: World) -> Iterator[str]:
    """Where chat answers."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _ChatOverHttp)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Answer:
    """What the API said."""

    status: int
    body: Any


@dataclass
class Deployed:
    """The assistant as its customers see it."""

    world: World
    ears: Ears = field(default_factory=lambda: Ears(takes=0.0))
    voice: Voice = field(default_factory=lambda: Voice(takes=0.0))
    mind: Mind = field(default_factory=lambda: Mind(takes=0.0))
    conversation: Any = None

    def post(self, remaining_ms: int = 29_000, **turn: Any) -> Answer:
        """Send a turn, in this customer's conversation."""
        body = {"language": "en", "conversation": self.conversation} | turn
        answer = api.handler(api_event("POST", "/v1/assist", body), context(remaining_ms))
        return Answer(answer["statusCode"], json.loads(answer["body"]))

    def turn(self, text: str = "", **more: Any) -> Any:
        """A turn that is answered; by voice unless a text is given."""
        said = {"text": text} if text else {"audio": base64.b64encode(SPEECH).decode()}
        answer = self.post(**(said | more))
        assert answer.status == 200, answer
        self.conversation = answer.body["conversation"]
        return answer.body


@pytest.fixture
def assistant(world: World, chat_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployed]:
    """The assistant with models that take no time."""
    monkeypatch.setenv("CHAT_URL", chat_url)
    monkeypatch.setenv("LLM_URL", "grpc://llm.test:7102")
    made = Deployed(world)
    models = Models(stt=made.ears, llm=made.mind, tts=made.voice)
    monkeypatch.setattr(collaborators, "models", lambda: models)
    yield made
    collaborators.runner().run(collaborators.chat(chat_url).close())
    collaborators.runner().close()


def owed(*invoices: Invoice) -> None:
    """Put invoices where central keeps them."""
    for invoice in invoices:
        values = invoice.model_dump(mode="json") | {"amount": invoice.amount}
        table.client().put_item(
            TableName=settings.text("CENTRAL_TABLE"),
            Item=invoice_key(invoice.customer_id, invoice.id) | table.to_item(values),
        )
