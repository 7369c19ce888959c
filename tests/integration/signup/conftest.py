"""Signup and central in one process: their handlers on moto, letters to the SES simulator."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from central import events as central_events
from recado import bus
from recado.auth import Role, Tokens, issue
from ses_simulator.simulator import Settings, Simulator
from signup import api as signup_api
from signup import collaborators, events, gateway, mailer, pages, schedule
from signup.gateway import Access, Disconnected
from tests.factories import AT, CPF, api_event, context
from tests.integration.conftest import Suite, forget_collaborators
from tests.integration.pump import Pump, Route

ANA = "ana@example.com"
ACCESS = Access(
    host="127.0.0.1",
    security="none",
    username="cadastro",
    password="senha",
    trusted="mx.operadora.example",
)
FORM = {
    "Nome": "Ana Souza",
    "CPF ou CNPJ": "529.982.247-25",
    "Telefone": "(81) 99999-1234",
    "Endereço": "Rua da Aurora, 10, Boa Vista, Recife",
    "CEP": "50050-000",
    "Plano": "Fibra 500",
}


@dataclass
class Mailbox:
    """A mailbox in memory, for what a real server does not do on demand."""

    uidvalidity: int = 7
    mails: dict[int, bytes] = field(default_factory=dict)
    review: list[bytes] = field(default_factory=list)
    seen_uids: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    read: list[int] = field(default_factory=list)

    def drop(self, raw: bytes) -> int:
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = raw
        return uid

    @contextmanager
    def opened(self, access: Access) -> Iterator["Mailbox"]:
        yield self

    def uids(self, after: int) -> list[int]:
        return sorted(uid for uid in self.mails if uid > after)

    def size(self, uid: int) -> int | None:
        return len(self.mails[uid]) if uid in self.mails else None

    def head(self, uid: int) -> bytes | None:
        return self.mails[uid].partition(b"\r\n\r\n")[0]

    def mail(self, uid: int) -> bytes | None:
        self.read.append(uid)
        if uid in self.broken:
            raise Disconnected("the connection is gone")
        return self.mails.get(uid)

    def seen(self, uid: int) -> None:
        self.seen_uids.add(uid)

    def put_aside(self, uid: int) -> None:
        self.review.append(self.mails.pop(uid))


def reply(
    to: str,
    answers: dict[str, str] | None = None,
    *,
    sender: str = ANA,
    verdict: str = "spf=pass; dkim=pass; dmarc=pass header.from=example.com",
    number: int = 1,
    headers: str = "",
) -> bytes:
    """A person's answer to an invitation, as the trusted hop delivered it."""
    said = FORM if answers is None else answers
    body = "".join(f"{label}: {value}\r\n" for label, value in said.items())
    return (
        f"Authentication-Results: mx.operadora.example; {verdict}\r\n"
        f"From: Ana Souza <{sender}>\r\nTo: {to}\r\nSubject: Re: Seu cadastro\r\n"
        f"Message-ID: <{number}@mail.example.com>\r\nDate: Thu, 15 Oct 2026 12:00:00 +0000\r\n"
        f"{headers}MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}"
    ).encode()


@dataclass
class World:
    """What staff, people and the clock do, and what can be seen of it."""

    suite: Suite
    ses: Simulator
    pump: Pump
    mailbox: Mailbox
    token: str
    told: Callable[[], list[Any]]

    def call(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The staff's API: the status and the answer."""
        event = api_event(method, path, body, self.token, query or None)
        answer = signup_api.handler(event, context())
        return answer["statusCode"], json.loads(answer["body"])

    def ok(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        status, answer = self.call(method, path, body, **query)
        assert status < 300, answer
        return answer

    def invite(self, *emails: str, **more: Any) -> Any:
        """Invite people; the batch as the API answers."""
        people = [{"email": each, "name": "Ana Souza"} for each in emails or (ANA,)]
        return self.ok("POST", "/v1/invitations", {"people": people, **more})

    def audience(self, batch: Any) -> list[dict[str, Any]]:
        """The rows that the campaign machine is given."""
        key = f"audiences/{batch['campaign_id']}/invitations.ndjson"
        body = boto3.client("s3").get_object(Bucket=self.suite.outputs["Files"], Key=key)["Body"]
        return [json.loads(line) for line in body.read().splitlines()]

    def address(self, batch: Any) -> str:
        """Where the first person's answer goes."""
        return str(self.audience(batch)[0]["reply_to"])

    def check(self, remaining_ms: int = 60_000) -> dict[str, int]:
        """What the schedule does every two minutes."""
        return schedule.handler({}, context(remaining_ms))

    def person(self, batch: Any) -> Any:
        """How far the first invitation is."""
        return self.ok("GET", f"/v1/invitations/{batch['id']}/people")["items"][0]

    def state(self, batch: Any) -> str:
        return str(self.person(batch)["state"])

    def counts(self, batch: Any) -> dict[str, int]:
        counts: dict[str, int] = self.ok("GET", f"/v1/invitations/{batch['id']}")["counts"]
        return counts

    def letters(self, to: str = ANA) -> list[Any]:
        """Letters that SES accepted for an address, in order."""
        self.pump.run("letters")
        found = [self.ses.message(each["message_id"]) for each in self.ses.messages(limit=500)]
        return [each for each in found if each and to in str(each)]

    def visit(self, method: str, link: str) -> tuple[int, str]:
        """Open a confirmation link."""
        path = "/s/" + link.rpartition("/s/")[2]
        answer = pages.handler(api_event(method, path), context())
        return answer["statusCode"], answer["body"]


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def world(
    suite: Suite,
    told: Callable[[], list[Any]],
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """A deployed signup with a mailbox."""
    outputs = suite.outputs
    monkeypatch.setattr(gateway, "access_from_env", lambda: ACCESS)
    opened: Callable[[Access], AbstractContextManager[Any]] = mailbox.opened
    monkeypatch.setattr(gateway, "opened", opened)
    with Simulator(Settings(max_send_rate=5_000)) as ses:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", ses.url)
        monkeypatch.setenv("CONFIGURATION_SET", "recado")
        client = boto3.client("sesv2")
        client.create_configuration_set(ConfigurationSetName="recado")
        forget_collaborators()
        text, record = issue("Bia", Role.ADMIN, AT)
        Tokens(outputs["CentralTable"], boto3.client("dynamodb")).put(record)
        routes = {
            "central": _route(outputs, "CentralQueue", central_events.handler, "central"),
            "signup": _route(outputs, "SignupQueue", events.handler, "signup"),
            "letters": _route(outputs, "LetterQueue", mailer.handler, "signup"),
        }
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "signup")
        yield World(suite, ses, Pump(routes), mailbox, text, told)
        client.close()


def _route(outputs: dict[str, str], queue: str, handler: Any, service: str) -> Route:
    def as_service(event: dict[str, Any], context: Any) -> Any:
        """In Lambda each service has an environment of its own: here the bus must be told."""
        bus.bus.cache_clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("POWERTOOLS_SERVICE_NAME", service)
            answer = handler(event, context)
        bus.bus.cache_clear()
        return answer

    dead = {"DEAD_LETTER_URL": outputs[f"{queue}DeadUrl"]}
    return Route(outputs[f"{queue}Url"], as_service, dead, batch=5)


__all__ = ["CPF", "collaborators"]
