"""What follows an offer's mail, by what the campaign machine knows of its reader."""

from typing import Any

import pytest

from recado import table
from recado.ledger.chunk import Chunk
from recado.ledger.engagement import EngagementBook
from recado.ledger.reach import Kind
from recado.ledger.store import Ledger
from recado.links import Reference
from tests.factories import AT
from tests.integration.marketing.conftest import SPEED, World, slow

JOURNEY = [
    {"do": "wait", "days": 5},
    {
        "do": "branch",
        "on": "opened",
        "yes": [{"do": "send", "template_id": "opened"}],
        "no": [{"do": "send", "template_id": "not-opened"}],
    },
]


@pytest.fixture
def campaign(world: World) -> str:
    """The campaign of Ana's offer, which went out."""
    world.rules(SPEED | {"journey": JOURNEY})
    world.hear(world.ended(slow()), world.ended(slow()))
    world.round(minutes=5)
    (asked,) = world.facts()["CampaignAsked"]
    chunk = Chunk(asked["campaign_id"], 0, ("C-9", "C-1"), "DD", page=0, start=0)
    name = world.suite.outputs["CampaignsTable"]
    table.transact(Ledger(name, table.client()).planned([chunk]))
    return str(asked["campaign_id"])


def did(world: World, campaign: str, kind: Kind, position: int = 1) -> None:
    """The sender counts that a recipient did something."""
    who = Reference(
        campaign_id=campaign, chunk=0, position=position, sent_at=int(AT.timestamp()), variant=""
    )
    EngagementBook(world.suite.outputs["CampaignsTable"], table.client()).note(who, kind)


def sent(world: World) -> list[str]:
    return [each["template_id"] for each in world.facts().get("CampaignAsked", [])]


def offer(world: World) -> Any:
    (found,) = world.ok("GET", "/v1/marketing/customers/C-1")["offers"]
    return found


@pytest.mark.parametrize(
    ("kind", "position", "expected"),
    [
        (Kind.OPEN, 1, "opened"),
        (Kind.CLICK, 1, "opened"),
        (Kind.MACHINE_OPEN, 1, "not-opened"),
        (Kind.OPEN, 0, "not-opened"),
    ],
)
def test_the_next_mail_goes_by_what_this_person_did(
    world: World, campaign: str, kind: Kind, position: int, expected: str
) -> None:
    did(world, campaign, kind, position)
    world.round(days=4)
    assert sent(world) == []
    world.round(days=1)
    assert sent(world) == [expected]
    world.round(minutes=5)
    world.round(days=10)
    assert sent(world) == []
    assert offer(world)["journey"]["stopped"] == "over"


@pytest.mark.parametrize("wanted", [True, False])
def test_who_opted_out_or_has_what_was_offered_gets_nothing_more(
    world: World, campaign: str, *, wanted: bool
) -> None:
    if wanted:
        world.change("C-1", plan="Fibra 600")
    else:
        world.suppress("ana@example.com")
    world.round(days=6)
    assert sent(world) == []
    assert offer(world)["journey"]["stopped"] == ("converted" if wanted else "opted_out")


def test_a_mail_is_put_off_while_the_customer_owes(world: World, campaign: str) -> None:
    bill = {"id": "F-1", "amount": "99.90", "issued_on": "2026-09-01", "due_on": "2026-10-01"}
    world.ok("POST", "/v1/customers/C-1/invoices", bill)
    world.round(days=5)
    assert sent(world) == []
    world.ok("POST", "/v1/customers/C-1/invoices/F-1/payment", {"paid_on": "2026-10-20"})
    world.round(days=1)
    assert sent(world) == ["not-opened"]


def test_staff_list_offers_and_rules_by_version_and_every_mistake_is_named(
    world: World, campaign: str
) -> None:
    listed = world.ok("GET", "/v1/marketing/offers", rule="speed-upgrade")
    assert [each["mails"][0]["campaign_id"] for each in listed["items"]] == [campaign]
    assert not world.ok("GET", "/v1/marketing/rules/1")["rules"][0]["enabled"]
    newest = world.ok("GET", "/v1/marketing/rules")
    assert newest["version"] == 2
    assert world.call("PUT", "/v1/marketing/rules", newest | {"version": 1})[0] == 409
    broken = [rule | {"hold_out": 90, "priority": -1} for rule in newest["rules"]]
    status, problem = world.call("PUT", "/v1/marketing/rules", newest | {"rules": broken})
    assert (status, problem["field"]) == (422, "rules.0.priority")
    assert "rules.0.hold_out" in problem["message"]
    assert world.call("GET", "/v1/marketing/rules/9")[0] == 404
    assert world.call("GET", "/v1/marketing/customers/nobody")[0] == 404
