"""The chat service behind its real triggers, over moto: what customers and the desk see of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import boto3
import pytest

from chat import api as chat_api
from chat import collaborators, events, mailer, schedule
from chat.knowing import Knowing
from recado import clock, settings, table, wire
from recado.bus import Bus
from recado.contracts import Event
from recado.flow_library import FlowLibrary
from recado.model import Customer
from recado.outages import Outages
from tests.factories import AT, TODAY, api_event, context, customer
from tests.integration.conftest import Suite, taken
from tests.integration.pump import Pump, Route
from tests.unit.chat.world import People

ROOT = "/v1/chat/conversations"


class OneAtATime:
    """moto's DynamoDB for several threads: it undoes a refused transaction for all of them."""

    def __init__(self, client: Any, lock: Lock) -> None:
        self._client = client
        self._lock = lock

    def __getattr__(self, name: str) -> Any:
        operation: Callable[..., Any] = getattr(self._client, name)

        def locked(**request: Any) -> Any:
            with self._lock:
                return operation(**request)

        return locked


@dataclass(frozen=True)
class Answer:
    """What the API said."""

    status: int
    body: Any


@dataclass
class Chat:
    """A conversation as its client sees it."""

    world: "World"
    id: str
    key: str

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> Answer:
        return self.world.call(method, f"{ROOT}/{self.id}/{path}", body, self.key, **query)

    def say(self, text: str, name: str, number: int | None = None) -> Any:
        """Say something; returns the receipt."""
        body = {"client_message_id": name, "text": text, "number": number}
        answer = self("POST", "messages", body)
        assert answer.status == 201, answer
        return answer.body

    def read(self) -> Any:
        """Everything, as a page that was just opened reads it."""
        answer = self("GET", "messages", limit="200")
        assert answer.status == 200, answer
        return answer.body

    def lines(self, speaker: str) -> list[str]:
        """What one side wrote."""
        return [line["text"] for line in self.read()["lines"] if line["speaker"] == speaker]


@dataclass
class World:
    """The deployed service."""

    suite: Suite
    pump: Pump
    now: list[datetime] = field(default_factory=lambda: [AT])

    def call(self, method: str, path: str, body: Any = None, key: str = "", **query: str) -> Answer:
        answer = chat_api.handler(api_event(method, path, body, key, query), context())
        text = answer.get("body") or ""
        return Answer(answer["statusCode"], json.loads(text) if text else None)

    def begin(self) -> Chat:
        """A new conversation."""
        body = self.call("POST", ROOT, {}).body
        return Chat(self, body["id"], body["key"])

    def desk_tells(self, *facts: Event) -> None:
        """The desk puts facts on the bus, and chat's queue is read to its end."""
        bus = Bus(settings.text("BUS_NAME"), "recado.desk", boto3.client("events"))
        for fact in facts:
            bus.publish(fact)
        self.pump.run("events")

    def told_to_the_desk(self) -> list[tuple[str, Any]]:
        """What arrived on the desk's queue since last asked."""
        told = map(json.loads, taken(self.suite.outputs["DeskQueueUrl"]))
        return [(envelope["detail-type"], envelope["detail"]) for envelope in told]

    def dead_letters(self, queue: str) -> list[str]:
        """Why messages were put aside."""
        answer = boto3.client("sqs").receive_message(
            QueueUrl=self.suite.outputs[queue],
            MaxNumberOfMessages=10,
            MessageAttributeNames=["reason"],
        )
        return [
            message["MessageAttributes"]["reason"]["StringValue"]
            for message in answer.get("Messages", [])
        ]

    def minute(self, **later: float) -> dict[str, int]:
        """Time goes by, and the schedule wakes."""
        self.now[0] += timedelta(**later)
        return schedule.handler({}, context())


@pytest.fixture
def customers() -> list[Customer]:
    """Who is registered."""
    return [customer()]


@pytest.fixture
def world(suite: Suite, monkeypatch: pytest.MonkeyPatch, customers: list[Customer]) -> World:
    """Chat as it is deployed, at the moment the factories speak of."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "chat")
    monkeypatch.setenv("CONFIGURATION_SET", "recado")
    lock, client = Lock(), table.client()
    monkeypatch.setattr(wire, "client", lambda: OneAtATime(client, lock))
    central = settings.text("CENTRAL_TABLE")
    knowing = Knowing(
        People(*customers),
        FlowLibrary(central, client),
        Outages(central, client),
        settings.text("FROM_ADDRESS"),
        lambda: clock.now(),
        lambda: TODAY,
    )
    monkeypatch.setattr(collaborators, "knowing", lambda: knowing)
    boto3.client("sesv2").create_email_identity(EmailIdentity="operadora.example")
    routes = {
        "events": Route(
            suite.outputs["ChatQueueUrl"],
            events.handler,
            {"DEAD_LETTER_URL": suite.outputs["ChatQueueDeadUrl"]},
            batch=10,
        ),
        "mailer": Route(
            suite.outputs["CodeQueueUrl"],
            mailer.handler,
            {"DEAD_LETTER_URL": suite.outputs["CodeQueueDeadUrl"]},
        ),
    }
    made = World(suite, Pump(routes))
    monkeypatch.setattr(clock, "now", lambda: made.now[0])
    return made


@pytest.fixture
def chat(world: World) -> Chat:
    """A new conversation."""
    return world.begin()
