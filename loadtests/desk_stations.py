"""Where an attendant of the race works: at the deployed API, or with the desk's own use cases.

At the table the same use cases that the API has race from threads of this process.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from desk.attending import Attending
from operations.client import Api
from operations.errors import ApiRefused, Trouble
from recado.errors import Conflict, NotFound, RecadoError

T = TypeVar("T")
Ticket = dict[str, Any]
"""Of a ticket at least its `id` and `token`."""


class Refused(Exception):
    """The desk's policy said no."""


class Failed(Exception):
    """No answer, or none that means anything."""


class Station(Protocol):
    """What an attendant can do; everything raises `Refused` or `Failed`."""

    bell: threading.Event
    """Rings when a ticket is theirs, where they can be told."""
    patience: float
    """Seconds after which an attendant without a ticket asks again, on average."""

    def sign_in(self) -> None: ...

    def heartbeat(self) -> None: ...

    def next(self) -> Ticket | None: ...

    def reply(self, ticket: Ticket, message_id: str, text: str) -> None: ...

    def transfer(self, ticket: Ticket, kind: str, note: str) -> None: ...

    def close(self, ticket: Ticket, outcome: str) -> None: ...


class OverHttp:
    """Through the deployed API; nobody is told anything, so they ask often."""

    patience = 1.0

    def __init__(self, api: Api) -> None:
        self._api = api
        self.bell = threading.Event()

    def sign_in(self) -> None:
        self._post("/v1/desk/sign-in")

    def heartbeat(self) -> None:
        self._post("/v1/desk/heartbeat")

    def next(self) -> Ticket | None:
        found: Ticket | None = self._post("/v1/desk/next")["ticket"]
        return found

    def reply(self, ticket: Ticket, message_id: str, text: str) -> None:
        self._on(ticket, "replies", {"message_id": message_id, "text": text})

    def transfer(self, ticket: Ticket, kind: str, note: str) -> None:
        self._on(ticket, "transfer", {"kind": kind, "note": note})

    def close(self, ticket: Ticket, outcome: str) -> None:
        self._on(ticket, "close", {"outcome": outcome})

    def _on(self, ticket: Ticket, action: str, body: Mapping[str, Any]) -> None:
        path = f"/v1/desk/tickets/{ticket['id']}/{action}"
        self._post(path, {"token": ticket["token"], **body})

    def _post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            return self._api.post(path, body)
        except ApiRefused as refusal:
            raise (Refused if refusal.status == 409 else Failed)(str(refusal)) from refusal
        except Trouble as trouble:
            raise Failed(str(trouble)) from trouble


class AtTheTable:
    """With the use cases the API has, in this process; `who` is the id of an API token."""

    patience = 10.0

    def __init__(self, attending: Attending, who: str, bell: threading.Event) -> None:
        self._desk = attending
        self._who = who
        self.bell = bell

    def sign_in(self) -> None:
        _meant(lambda: self._desk.sign_in(self._who))

    def heartbeat(self) -> None:
        _meant(lambda: self._desk.heartbeat(self._who))

    def next(self) -> Ticket | None:
        found = _meant(lambda: self._desk.next_ticket(self._who))
        return {"id": found.id, "token": found.token} if found else None

    def reply(self, ticket: Ticket, message_id: str, text: str) -> None:
        _meant(lambda: self._desk.reply(self._who, ticket["id"], ticket["token"], message_id, text))

    def transfer(self, ticket: Ticket, kind: str, note: str) -> None:
        _meant(lambda: self._desk.transfer(self._who, ticket["id"], ticket["token"], kind, note))

    def close(self, ticket: Ticket, outcome: str) -> None:
        _meant(lambda: self._desk.close(self._who, ticket["id"], ticket["token"], outcome))


def _meant(action: Callable[[], T]) -> T:
    try:
        return action()
    except (Conflict, NotFound) as refusal:
        raise Refused(str(refusal)) from refusal
    except (RecadoError, ClientError, BotoCoreError) as error:
        raise Failed(str(error)) from error
