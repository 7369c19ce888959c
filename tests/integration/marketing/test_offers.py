"""From chats that ended to campaigns that central launches."""

from datetime import timedelta
from typing import Any

import pytest

from marketing import collaborators
from recado.contracts import CampaignRefused
from recado.conversation import HandoffRequested, Packet, TicketClosed
from recado.errors import Retryable
from recado.model import Language
from tests.factories import AT
from tests.integration.marketing.conftest import SPEED, World, slow


def test_two_complaints_of_slowness_lead_to_one_campaign_that_central_launches(
    world: World,
) -> None:
    world.rules(SPEED)
    world.hear(world.ended(slow()))
    assert world.round(minutes=5)["asked"] == 0
    world.hear(world.ended(slow()))
    assert world.round(minutes=5) == {"decided": 1, "moved": 0, "settled": 0, "asked": 1}
    facts = world.facts()
    (asked,) = facts["CampaignAsked"]
    (scheduled,) = facts["OfferScheduled"]
    assert (asked["lane"], asked["by"], asked["template_id"]) == (
        "marketing",
        "marketing",
        "speed-upgrade",
    )
    assert (scheduled["group"], scheduled["campaign_id"]) == ("offered", asked["campaign_id"])
    (row,) = world.audience(asked["audience"]["file"])
    assert (row["id"], row["email"], row["plan"]) == ("C-1", "ana@example.com", "Fibra 300")
    assert world.central_launches(asked)["status"] == "launched"


def test_facts_that_come_twice_or_out_of_order_enrol_once(world: World) -> None:
    world.rules(SPEED)
    first, second = world.ended(slow()), world.ended(slow())
    world.hear(second, first, second)
    world.round(minutes=5)
    assert len(world.facts()["CampaignAsked"]) == 1
    world.hear(first, second)
    world.round(minutes=5)
    world.hear(world.ended(slow()), second)
    world.round(days=1)
    assert world.facts() == {}


def test_a_round_that_was_cut_off_anywhere_is_made_good_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.rules(SPEED)
    world.hear(world.ended(slow()), world.ended(slow()))

    def crash(*_: Any) -> None:
        raise Retryable("the bus is down")

    with monkeypatch.context() as broken:
        broken.setattr(collaborators.asking()._audiences, "put", crash)
        with pytest.raises(Retryable, match="1 things made trouble"):
            world.round(minutes=5)
    assert list(world.facts()) == ["OfferScheduled"]
    with monkeypatch.context() as broken:
        broken.setattr(collaborators.outgoing(), "_tell", crash)
        with pytest.raises(Retryable, match="1 things made trouble"):
            world.round(minutes=20)
    assert world.facts() == {}
    for _ in range(2):
        world.round(minutes=5)
    assert [each["template_id"] for each in world.facts()["CampaignAsked"]] == ["speed-upgrade"]


def test_who_is_overdue_gets_none_is_told_why_and_gets_it_once_paid(world: World) -> None:
    world.rules(SPEED)
    bill = {"id": "F-1", "amount": "99.90", "issued_on": "2026-09-01", "due_on": "2026-10-01"}
    world.ok("POST", "/v1/customers/C-1/invoices", bill)
    world.hear(world.ended(slow()), world.ended(slow()))
    world.round(minutes=5)
    assert world.facts() == {}
    explained = world.ok("GET", "/v1/marketing/customers/C-1")["decisions"][0]
    (finding,) = explained["decision"]["findings"]
    assert (len(finding["counted"]), finding["stopped_by"]) == (2, ["overdue"])
    assert "has an overdue invoice" in explained["words"]["en"][0]
    assert "tem fatura em atraso" in explained["words"]["pt-BR"][0]
    world.ok("POST", "/v1/customers/C-1/invoices/F-1/payment", {"paid_on": "2026-10-15"})
    world.round(days=1, minutes=5)
    assert len(world.facts()["CampaignAsked"]) == 1


def ticket(customer: str | None) -> tuple[HandoffRequested, TicketClosed]:
    """A technical request of chat 9, as chat and desk tell it."""
    handover = {"conversation_id": "cnv_9", "handover": 1, "number": 1, "at": AT}
    packet = Packet(
        kind="technical",
        reason="asked",
        language=Language.PORTUGUESE,
        intent="connection",
        confidence=1,
        customer_id=customer,
        transcript=(),
    )
    took = {"waited": timedelta(0), "handled": timedelta(0)}
    closed = TicketClosed(**handover, kind="technical", attendant_id="a", outcome="solved", **took)
    return HandoffRequested(**handover, packet=packet), closed


def test_an_open_technical_ticket_stops_an_offer_until_it_is_closed(world: World) -> None:
    world.rules(SPEED)
    requested, closed = ticket("C-1")
    world.hear(requested, world.ended(slow()), world.ended(slow()))
    world.round(minutes=5)
    known = world.ok("GET", "/v1/marketing/customers/C-1")
    assert [each["kind"] for each in known["open_tickets"]] == ["technical"]
    assert world.facts() == {}
    world.hear(closed, requested, source="recado.desk")
    world.round(minutes=5)
    assert len(world.facts()["CampaignAsked"]) == 1


def test_a_ticket_is_known_in_whatever_order_it_is_told_and_by_whom_it_turns_out_to_be(
    world: World,
) -> None:
    requested, closed = ticket(None)
    ended = world.ended(slow()).model_copy(update={"conversation_id": "cnv_9", "handovers": 1})
    world.hear(ended, requested)
    open_tickets = world.ok("GET", "/v1/marketing/customers/C-1")["open_tickets"]
    assert [each["id"] for each in open_tickets] == [requested.ticket_id]
    world.hear(closed, requested)
    assert world.ok("GET", "/v1/marketing/customers/C-1")["open_tickets"] == []


def test_a_suppressed_address_is_not_enrolled_and_the_decision_says_so(world: World) -> None:
    world.rules(SPEED)
    world.suppress("ana@example.com")
    world.hear(world.ended(slow()), world.ended(slow()))
    world.round(minutes=5)
    assert world.facts() == {}
    explained = world.ok("GET", "/v1/marketing/customers/C-1")["decisions"][0]
    assert explained["decision"]["findings"][0]["stopped_by"] == ["no_consent"]


def test_who_is_held_out_gets_no_mail_and_is_compared_in_the_end(world: World) -> None:
    for number in range(2, 12):
        new = {"id": f"C-{number}", "name": "Ana Souza", "document": "52998224725"}
        world.ok("POST", "/v1/customers", new | {"email": f"c{number}@example.com"})
    world.rules(SPEED | {"hold_out": 50})
    for number in range(2, 12):
        one = f"C-{number}"
        world.hear(world.ended(slow(), customer=one), world.ended(slow(), customer=one))
    world.round(minutes=5)
    facts = world.facts()
    groups = {fact["customer_id"]: fact["group"] for fact in facts["OfferScheduled"]}
    assert len(groups) == 10
    assert set(groups.values()) == {"offered", "hold_out"}
    (asked,) = facts["CampaignAsked"]
    offered = {one for one, group in groups.items() if group == "offered"}
    assert {row["id"] for row in world.audience(asked["audience"]["file"])} == offered

    world.change(min(offered), plan="Fibra 1 Giga")
    assert world.round(days=31)["settled"] == 10
    settled = world.facts()["OfferSettled"]
    assert sorted(fact["converted"] for fact in settled) == [False] * 9 + [True]
    (result,) = world.ok("GET", "/v1/marketing/results")["rules"]
    assert (result["offered"], result["held_out"]) == (len(offered), 10 - len(offered))
    assert result["uplift"]["verdict"] == "not enough yet"
    assert result["uplift"]["offered"] == {"settled": len(offered), "converted": 1}
    assert result["uplift"]["difference"] is None
    assert world.round(minutes=5)["settled"] == 0


def test_what_central_refuses_is_no_offer_and_may_be_made_again(world: World) -> None:
    world.rules(SPEED | {"template_id": "nothing"})
    world.hear(world.ended(slow()), world.ended(slow()))
    world.round(minutes=5)
    (asked,) = world.facts()["CampaignAsked"]
    refusal = CampaignRefused(
        campaign_id=asked["campaign_id"], by="marketing", reason="there is no template nothing"
    )
    world.hear(refusal, refusal, source="recado.central")
    (offer,) = world.ok("GET", "/v1/marketing/offers", rule="speed-upgrade")["items"]
    assert offer["refused"] == "there is no template nothing"
    world.rules(SPEED)
    world.hear(world.ended(slow()))
    world.round(minutes=5)
    assert [each["template_id"] for each in world.facts()["CampaignAsked"]] == ["speed-upgrade"]


def test_a_chat_of_somebody_unknown_leaves_nothing(world: World) -> None:
    world.rules(SPEED)
    world.hear(world.ended(slow(), customer=None), world.ended(slow(), customer=None))
    assert world.round(minutes=5)["decided"] == 0
