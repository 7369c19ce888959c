"""What staff and customers do with the API, as Locust users; `loadtests.traffic` runs this file.

The token comes in `RECADO_TOKEN`, where chat speaks WebSocket in `RECADO_SOCKET`. Names group the
requests of a report; a path's ids are left out.
"""

import json
import os
import random
import time
from itertools import count
from typing import Any

from locust import FastHttpUser, between, constant, task
from websocket import WebSocketException, create_connection

CPF = "529.982.247-25"
SAYINGS = (
    "oi",
    "quero a segunda via da fatura",
    "minha internet esta muito lenta",
    "sem conexao desde ontem",
    "quais planos voces tem?",
    "I want to change my plan",
    "is there an outage in my area?",
    "how do I pay my bill",
    "quero cancelar",
    "qual a capital da franca",
)
"""What customers say to the bot; none asks for a person at once."""
_MESSAGES = 6
"""A conversation's length."""
_PATIENCE_S = 60.0
_TOKEN = os.environ["RECADO_TOKEN"]
_RUN = os.environ["RECADO_RUN"]
_numbers = count(1)


class Quiet(FastHttpUser):
    """The least an answer can cost: the health route asks for no token and reads nothing."""

    wait_time = constant(0.05)
    network_timeout = connection_timeout = 60.0

    @task
    def health(self) -> None:
        """Ask whether the API answers."""
        self.client.get("/v1/health", name="health")


class Staff(FastHttpUser):
    """Somebody at a desk: mostly looking, now and then entering something."""

    wait_time = between(1, 3)
    network_timeout = connection_timeout = 60.0
    default_headers = {"Authorization": f"Bearer {_TOKEN}"}  # noqa: RUF012, as Locust has it

    def on_start(self) -> None:
        """Get to know some customers."""
        self.cursor: str | None = None
        self.customers: list[str] = []
        self.browse_customers()

    @task(4)
    def browse_customers(self) -> None:
        """Turn to the next page of the list, or to the first after the last."""
        page = self._read("/v1/customers", "customers", limit="50", cursor=self.cursor)
        self.cursor = page.get("cursor")
        self.customers = [customer["id"] for customer in page.get("items", [])] or self.customers

    @task(3)
    def look_at_the_overdue(self) -> None:
        """List customers with something overdue."""
        self._read("/v1/customers", "customers overdue", segment="overdue", limit="20")

    @task(4)
    def look_at_a_customer(self) -> None:
        """Open a customer and their invoices."""
        if self.customers:
            customer = random.choice(self.customers)  # noqa: S311
            self._read(f"/v1/customers/{customer}", "customer")
            self._read(f"/v1/customers/{customer}/invoices", "invoices")

    @task(4)
    def follow_the_newest_campaign(self) -> None:
        """Look how far the newest campaign is."""
        page = self._read("/v1/campaigns", "campaigns", limit="5")
        if page.get("items"):
            self._read(f"/v1/campaigns/{page['items'][0]['id']}", "campaign status")

    @task(2)
    def read_the_report(self) -> None:
        """Open this month's report."""
        self._read("/v1/reports/summary", "report")

    @task(1)
    def register_a_customer(self) -> None:
        """Register a customer, send an invoice and note its payment."""
        number = f"LOAD-{_RUN}-{next(_numbers)}"
        person = {
            "id": number,
            "name": "Ana Souza",
            "document": CPF,
            "email": f"{number.lower()}@example.com",
        }
        self.client.post("/v1/customers", json=person, name="register")
        bill = {"id": "F-1", "amount": "99.90", "issued_on": "2026-09-01", "due_on": "2026-09-10"}
        self.client.post(f"/v1/customers/{number}/invoices", json=bill, name="bill")
        paid = {"paid_on": "2026-09-09"}
        self.client.post(f"/v1/customers/{number}/invoices/F-1/payment", json=paid, name="pay")

    @task(2)
    def ask_for_health(self) -> None:
        """The yardstick under the same load."""
        self.client.get("/v1/health", name="health")

    def _read(self, path: str, name: str, **query: str | None) -> dict[str, Any]:
        """The answer's JSON; nothing when it failed, which Locust counts."""
        asked = "&".join(f"{key}={value}" for key, value in query.items() if value)
        answer = self.client.get(f"{path}?{asked}" if asked else path, name=name)
        read: dict[str, Any] = answer.json() if answer.status_code == 200 else {}
        return read


class Customer(FastHttpUser):
    """Somebody in a chat with the bot: writes, reads the answer, thinks."""

    wait_time = between(1, 3)
    network_timeout = connection_timeout = 60.0

    def on_start(self) -> None:
        """Open the chat."""
        self.begin()

    def begin(self) -> None:
        """Begin a conversation."""
        body = {"language": "pt-BR"}
        answer = self.client.post("/v1/chat/conversations", json=body, name="begin")
        begun = answer.json() if answer.status_code == 201 else {}
        self.path = f"/v1/chat/conversations/{begun.get('id')}"
        self.headers = {"Authorization": f"Bearer {begun.get('key')}"}
        self.said = self.heard = 0

    @task(8)
    def say(self) -> None:
        """Write to the bot; silence is a failure, unless it has handed over to a person."""
        self.said += 1
        message = {
            "client_message_id": f"m{self.said}",
            "number": self.said,
            "text": random.choice(SAYINGS),  # noqa: S311
        }
        with self.client.post(
            f"{self.path}/messages",
            json=message,
            headers=self.headers,
            name="say",
            catch_response=True,
        ) as answer:
            lines = answer.json()["lines"] if answer.status_code == 201 else []
            self.heard = lines[-1]["sequence"] if lines else self.heard
            if not lines and self.owner() in {"bot", ""}:
                answer.failure(f"the bot said nothing: {answer.status_code}")
        if self.said == _MESSAGES or not lines:
            self.client.post(f"{self.path}/end", headers=self.headers, name="end")
            self.begin()

    @task(2)
    def read(self) -> None:
        """Read what is new, as a page does that was away."""
        self.owner()

    def owner(self) -> str:
        """Who has the conversation; nothing when that could not be read."""
        path = f"{self.path}/messages?after={self.heard}"
        answer = self.client.get(path, headers=self.headers, name="read")
        return str(answer.json()["state"]["owner"]) if answer.status_code == 200 else ""

    @task(2)
    def ask_for_health(self) -> None:
        """The yardstick under the same load."""
        self.client.get("/v1/health", name="health")


class Talker(FastHttpUser):
    """A customer on a WebSocket: writes, and the answer comes by itself."""

    wait_time = between(1, 3)
    network_timeout = connection_timeout = _PATIENCE_S

    def on_start(self) -> None:
        """Begin a conversation and open a connection to it."""
        body = {"language": "pt-BR"}
        begun = self.client.post("/v1/chat/conversations", json=body, name="begin").json()
        self.socket = create_connection(os.environ["RECADO_SOCKET"], timeout=_PATIENCE_S)
        self._frame("open", conversation=begun["id"], key=begun["key"])
        self._hear("customer", "bot", "")
        self.said = 0

    def on_stop(self) -> None:
        """Go."""
        self.socket.close()

    @task
    def say(self) -> None:
        """Write; measured until the bot's words are there."""
        self.said += 1
        trouble: Exception | None = None
        begun = time.perf_counter()
        try:
            self._frame(
                "say",
                client_message_id=f"m{self.said}",
                text=random.choice(SAYINGS),  # noqa: S311
            )
            self._hear("bot")
        except (WebSocketException, OSError, ValueError) as error:
            trouble = error
        took = (time.perf_counter() - begun) * 1000
        self.environment.events.request.fire(
            request_type="WS",
            name="say on a socket",
            response_time=took,
            response_length=0,
            exception=trouble,
        )
        if trouble or self.said == _MESSAGES:
            self.on_stop()
            self.on_start()

    def _frame(self, action: str, **values: str) -> None:
        self.socket.send(json.dumps({"action": action, **values}))

    def _hear(self, *speakers: str) -> None:
        """Wait for lines whose last is of one of these; a refused frame raises ValueError.

        Once a person has been asked for, the bot is silent, and any line will do.
        """
        while True:
            frame = json.loads(self.socket.recv())
            if frame["type"] == "refused":
                raise ValueError(frame["message"])
            if frame["type"] == "lines":
                last = frame["lines"][-1]["speaker"] if frame["lines"] else ""
                if last in speakers or frame["owner"] != "bot":
                    return
