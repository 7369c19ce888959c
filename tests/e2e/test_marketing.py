"""A chat that complains of slowness leads to the offer's e-mail, and nothing leads to two.

The customer is identified by the code that came by mail. Nobody waits for the schedule: its
function is invoked, as the clock would. Nor does anybody wait for a journey's days: its last step
is moved back in marketing's table.
"""

import json
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from marketing.domain.customers import Offer
from marketing.store.offers import OfferStore
from operations import journey, stack, uploads
from operations.errors import ApiRefused
from operations.watching import follow
from recado.outgoing import Outgoing
from tests.e2e.conftest import DeployedWorld
from tests.factories import CPF

pytestmark = pytest.mark.e2e

T = TypeVar("T")
PATIENCE_S = 60.0
TEMPLATE, FOLLOW_UP = "speed-upgrade", "better-plan"
SUBJECTS = {
    TEMPLATE: "Ana, uma conexão mais rápida para você",
    FOLLOW_UP: "Ana, um plano que cabe no seu bolso",
}
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
    "journey": [
        {"do": "wait", "days": 5},
        {
            "do": "branch",
            "on": "clicked",
            "yes": [
                {"do": "send", "template_id": FOLLOW_UP},
                {"do": "wait", "days": 3},
                {"do": "send", "template_id": TEMPLATE},
            ],
            "no": [{"do": "send", "template_id": TEMPLATE}],
        },
    ],
}
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
QUICK_S = 10
"""Who follows a link sooner after the mail was sent is taken for a machine."""


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


def arrived(world: DeployedWorld, campaign_id: str) -> None:
    """Wait until an offer's campaign has sent its one mail."""
    waited_for(lambda: _campaign(world, campaign_id))
    standing = list(follow(world.api, campaign_id, patience_s=90))[-1]
    assert standing.status == "completed"
    assert world.ledger(campaign_id)["accepted"] == 1


def offered(world: DeployedWorld, who: dict[str, Any]) -> list[str]:
    """The subjects of a customer's mails from offers, the first first."""
    subjects = [each["subject"] for each in reversed(mails(world, who["email"]))]
    return [subject for subject in subjects if subject in SUBJECTS.values()]


def follow_the_link(world: DeployedWorld, who: dict[str, Any]) -> None:
    """The customer follows the link of the latest offer's mail, as soon as a person would."""
    mail = next(m for m in mails(world, who["email"]) if m["subject"] in SUBJECTS.values())
    (link,) = re.findall(r'href="([^"]*/c/[^"]*)"', mail["html"])
    time.sleep(QUICK_S)
    led = httpx.get(link, headers=BROWSER, trust_env=False, timeout=60)
    assert led.headers["Location"] == "https://operadora.example/ofertas/velocidade"


def change_plan(world: DeployedWorld, who: dict[str, Any], plan: str, file: Path) -> None:
    """The billing system's next file says that the customer has another plan."""
    columns = ("id", "name", "document", "email")
    row = ",".join(str(who[name]) for name in columns)
    file.write_text(f"{','.join(columns)},plan\n{row},{plan}\n", "utf-8")
    begun = uploads.start_import(world.api, "customers", file)
    *_, done = uploads.follow_import(world.api, begun)
    assert done["accepted"] == 1, done


def days_pass(world: DeployedWorld, who: dict[str, Any], days: int) -> None:
    """Move the customer's journey back by days, as if it had come to its step so long ago."""
    name, dynamodb = world.outputs["MarketingTable"], world.client("dynamodb")
    store = OfferStore(name, dynamodb, Outgoing(name, dynamodb, Unheard()))
    now = datetime.now(UTC)
    listed = next(
        each
        for each in store.journeys(now + timedelta(days=days + 1))
        if each.customer_id == who["id"]
    )
    before = store.get(who["id"], listed.offer_id)
    store.move(before, _earlier(before, timedelta(days=days)), listed, now)


def _earlier(offer: Offer, by: timedelta) -> Offer:
    assert offer.journey
    since = {"since": offer.journey.since - by}
    return offer.model_copy(update={"journey": offer.journey.model_copy(update=since)})


class Unheard:
    """A bus for a store that tells nothing here."""

    def publish_raw(self, detail_type: str, detail: str) -> None:
        raise AssertionError(f"{detail_type} is told: {detail}")


@pytest.fixture(scope="module")
def rules(world: DeployedWorld) -> None:
    """Staff put the offers' templates and their rule."""
    for template in (TEMPLATE, FOLLOW_UP):
        journey.put_template(world.api, template)
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
    arrived(world, campaign_id)
    (mail,) = (each for each in mails(world, ana["email"]) if "conexão" in each["subject"])
    assert mail["subject"] == SUBJECTS[TEMPLATE]
    assert "Fibra 300" in mail["html"]

    _tell_again(world, ana, found["chats"])
    wake(world)
    wake(world)
    assert [each["id"] for each in offers(world, ana)] == [offer["id"]]
    assert offered(world, ana) == [SUBJECTS[TEMPLATE]]
    assert world.ledger(campaign_id)["accepted"] == 1


@pytest.mark.usefixtures("rules")
def test_the_journey_goes_on_by_the_link_that_was_followed_and_stops_when_the_plan_changed(
    world: DeployedWorld, tmp_path: Path
) -> None:
    ana = customer(world)
    for chats in (1, 2):
        complain(world, ana)
        known(world, ana, chats)
    wake(world)
    arrived(world, offers(world, ana)[0]["mails"][0]["campaign_id"])
    follow_the_link(world, ana)
    wake(world)
    assert offered(world, ana) == [SUBJECTS[TEMPLATE]]

    days_pass(world, ana, days=5)
    wake(world)
    arrived(world, offers(world, ana)[0]["mails"][1]["campaign_id"])
    assert offered(world, ana) == [SUBJECTS[TEMPLATE], SUBJECTS[FOLLOW_UP]]

    change_plan(world, ana, "Fibra 500", tmp_path / "customers.csv")
    days_pass(world, ana, days=3)
    wake(world)
    (offer,) = offers(world, ana)
    assert offer["journey"]["stopped"] == "converted"
    assert len(offer["mails"]) == len(offered(world, ana)) == 2


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
