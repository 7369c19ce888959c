"""A chat that complains of slowness leads to the offer's e-mail, and nothing leads to two.

The customer is identified by the code that came by mail. Nobody waits for the schedule: its
function is invoked, as the clock would.
"""

import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest

from operations import journey, stack
from operations.errors import ApiRefused
from operations.watching import follow
from tests.e2e.conftest import DeployedWorld
from tests.factories import CPF

pytestmark = pytest.mark.e2e

T = TypeVar("T")
PATIENCE_S = 60.0
TEMPLATE = "speed-upgrade"
RULE = {
    "id": "slow-twice",
    "name": {"pt-BR": "Lenta duas vezes", "en": "Slow twice"},
    "enabled": True,
    "when": {"intents": ["connection"], "aspect": "slow", "times": 2, "days": 30},
    "template_id": TEMPLATE,
    "priority": 1,
    "cool_down_days": 90,
    "hold_out": 0,
    "goal": {"kind": "plan_changed"},
    "horizon_days": 30,
    "journey": [{"do": "wait", "days": 5}, {"do": "send", "template_id": TEMPLATE}],
}


def customer(world: DeployedWorld, **fields: Any) -> dict[str, Any]:
    """A new customer with an address of their own."""
    name = uuid.uuid4().hex[:8]
    new = {"id": f"C-{name}", "name": "Ana Souza", "document": CPF, "plan": "Fibra 300"}
    return world.api.post("/v1/customers", new | {"email": f"ana-{name}@example.com"} | fields)


def waited_for(look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = look()
        if found is not None:
            return found
        time.sleep(0.25)
    pytest.fail(f"nothing came within {PATIENCE_S:.0f} s")


def mails(world: DeployedWorld, address: str) -> list[dict[str, Any]]:
    """The mails to an address in the simulator's inbox, whole, the newest first."""
    messages = f"{world.simulator_url}/_sim/messages"
    found = httpx.get(messages, params={"q": address}, trust_env=False).json()["messages"]
    whole = (httpx.get(f"{messages}/{each['message_id']}", trust_env=False) for each in found)
    return [answer.json() for answer in whole]


class Chat:
    """A conversation as its customer sees it."""

    def __init__(self, world: DeployedWorld) -> None:
        self._world = world
        begun = world.http.post("/v1/chat/conversations", json={"language": "pt-BR"}).json()
        self.id, self._key = begun["id"], {"Authorization": f"Bearer {begun['key']}"}

    def __call__(self, path: str, body: Any = None) -> Any:
        answer = self._world.http.post(
            f"/v1/chat/conversations/{self.id}/{path}", json=body or {}, headers=self._key
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def say(self, text: str) -> list[str]:
        """Say something; what is answered."""
        said = {"client_message_id": uuid.uuid4().hex, "text": text}
        return [line["text"] for line in self("messages", said)["lines"]]

    def identify(self, address: str) -> None:
        """Ask for something that needs identification, and give the code that is mailed."""
        before = len(mails(self._world, address))
        self.say("quero a segunda via da fatura")
        self.say(address)

        def code() -> str | None:
            found = mails(self._world, address)
            digits = re.search(r"\b\d{6}\b", found[0]["text"]) if len(found) > before else None
            return digits.group() if digits else None

        self.say(waited_for(code))


def complain(world: DeployedWorld, who: dict[str, Any]) -> str:
    """A chat in which a known customer complains of slowness, and leaves."""
    chat = Chat(world)
    chat.identify(who["email"])
    chat.say("minha internet está muito lenta")
    chat("end")
    return chat.id


def known(world: DeployedWorld, who: dict[str, Any], chats: int) -> dict[str, Any]:
    """What marketing knows of a customer, once it has heard of so many chats."""

    def look() -> dict[str, Any] | None:
        try:
            found = world.api.get(f"/v1/marketing/customers/{who['id']}")
        except ApiRefused:
            return None
        return found if len(found["chats"]) == chats else None

    return waited_for(look)


def wake(world: DeployedWorld) -> None:
    """The schedule's function runs once."""
    answer = world.client("lambda").invoke(
        FunctionName=f"{stack.NAME}-MarketingSchedule", Payload=b"{}"
    )
    assert "FunctionError" not in answer, answer["Payload"].read()


def offers(world: DeployedWorld, who: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.api.get(f"/v1/marketing/customers/{who['id']}")["offers"]
    return found


@pytest.fixture(scope="module")
def rules(world: DeployedWorld) -> None:
    """Staff put the offer's template and its rule."""
    journey.put_template(world.api, TEMPLATE)
    version = world.api.get("/v1/marketing/rules")["version"]
    document = {"version": version, "days_between_offers": 0, "rules": [RULE]}
    world.api.put("/v1/marketing/rules", document)


@pytest.mark.usefixtures("rules")
def test_who_complains_of_slowness_twice_gets_the_offer_once_whatever_is_repeated(
    world: DeployedWorld,
) -> None:
    ana = customer(world)
    complain(world, ana)
    known(world, ana, chats=1)
    wake(world)
    assert offers(world, ana) == []
    complain(world, ana)
    found = known(world, ana, chats=2)
    (interest,) = (
        each for each in found["chats"][-1]["interests"] if each["intent"] == "connection"
    )
    assert (interest["product"], interest["aspect"]) == ("internet", "slow")
    assert interest["evidence"][0]["quote"] == "minha internet está muito lenta"
    wake(world)

    (offer,) = offers(world, ana)
    campaign_id = offer["mails"][0]["campaign_id"]
    waited_for(lambda: _campaign(world, campaign_id))
    standing = list(follow(world.api, campaign_id, patience_s=90))[-1]
    assert standing.status == "completed"
    (mail,) = (each for each in mails(world, ana["email"]) if "conexão" in each["subject"])
    assert mail["subject"] == "Ana, uma conexão mais rápida para você"
    assert "Fibra 300" in mail["html"]
    assert world.ledger(campaign_id)["accepted"] == 1

    _tell_again(world, ana, found["chats"])
    wake(world)
    wake(world)
    assert [each["id"] for each in offers(world, ana)] == [offer["id"]]
    again = [each for each in mails(world, ana["email"]) if "conexão" in each["subject"]]
    assert len(again) == world.ledger(campaign_id)["accepted"] == 1


@pytest.mark.usefixtures("rules")
def test_who_is_overdue_gets_none_and_the_explanation_says_why(world: DeployedWorld) -> None:
    bia = customer(world)
    bill = {"id": "F-1", "amount": "99.90", "issued_on": "2026-09-01", "due_on": "2026-09-10"}
    world.api.post(f"/v1/customers/{bia['id']}/invoices", bill)
    for _ in range(2):
        complain(world, bia)
    known(world, bia, chats=2)
    wake(world)
    found = world.api.get(f"/v1/marketing/customers/{bia['id']}")
    explained = found["decisions"][0]
    assert found["offers"] == []
    assert explained["words"]["en"] == [
        "Slow twice: 2 of 2 conversations in 30 days; has an overdue invoice."
    ]
    assert explained["decision"]["findings"][0]["stopped_by"] == ["overdue"]


def _campaign(world: DeployedWorld, campaign_id: str) -> dict[str, Any] | None:
    """A campaign, once central has heard that it is asked for and has launched it."""
    answer = world.http.get(f"/v1/campaigns/{campaign_id}")
    found: dict[str, Any] | None = answer.json() if answer.is_success else None
    return found if found and found["status"] != "draft" else None


def _tell_again(world: DeployedWorld, who: dict[str, Any], chats: list[dict[str, Any]]) -> None:
    """The queue delivers what it has delivered, the other way round; returns when it is read."""
    told = {"customer_id": who["id"], "language": "pt-BR", "intents": [], "handovers": 0}
    sqs, queue = world.client("sqs"), world.outputs["MarketingQueueUrl"]
    for chat in reversed(chats):
        body = {"detail-type": "ChatEnded", "source": "recado.chat", "detail": told | chat}
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(body))

    def read() -> bool | None:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        left = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return True if not any(map(int, left.values())) else None

    waited_for(read)
