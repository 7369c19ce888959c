"""The schedule may end anywhere: the next rounds bring everybody exactly one offer and one mail."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from marketing import collaborators
from marketing.domain.customers import Situation
from marketing.domain.offers import campaign_of, made
from marketing.domain.scoring import decide
from marketing.store.customers import Decided, Due, Stale
from recado import table
from tests.factories import TODAY, customer
from tests.integration.marketing.conftest import SPEED, World, slow

WRITES = ("TransactWriteItems", "PutItem", "DeleteItem", "PutObject", "PutEvents")


class Crash(BaseException):
    """The process ends here."""


@contextmanager
def ending(at: int, when: str) -> Iterator[None]:
    """End the process at its so-manieth write, before it is made or before its answer is read."""
    seen = count()

    def hook(model: Any, **_: Any) -> None:
        if model.name in WRITES and next(seen) == at:
            raise Crash

    clients = (
        table.client(),
        collaborators.asking()._audiences._s3,
        collaborators.outgoing()._bus._events,  # type: ignore[attr-defined]
    )
    for client in clients:
        client.meta.events.register(f"{when}-call", hook, unique_id="crash")
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister(f"{when}-call", hook, unique_id="crash")


@pytest.mark.filterwarnings("ignore:No application metrics")
@pytest.mark.parametrize("when", ["before", "after"])
def test_wherever_a_round_ends_everybody_has_one_offer_and_one_campaign(
    world: World, when: str
) -> None:
    world.rules(SPEED)
    crashed = 0
    for at in count():
        one = f"C-{at + 10}"
        new = {"id": one, "name": "Ana", "document": "52998224725", "email": f"{one}@example.com"}
        world.ok("POST", "/v1/customers", new)
        world.hear(world.ended(slow(), customer=one), world.ended(slow(), customer=one))
        try:
            with ending(at, when):
                world.round(minutes=5)
        except Crash:
            crashed += 1
        for _ in range(2):
            world.round(minutes=20)
        facts = world.facts()
        asked = {each["campaign_id"]: each["audience"]["file"] for each in facts["CampaignAsked"]}
        people = [row["id"] for file in asked.values() for row in world.audience(file)]
        assert people == [one], f"{when} write {at}"
        assert len({each["offer_id"] for each in facts["OfferScheduled"]}) == 1
        assert len(world.ok("GET", f"/v1/marketing/customers/{one}")["offers"]) == 1
        if crashed == at:
            break
    assert crashed >= 6


def test_of_two_rounds_at_once_the_second_changes_nothing(world: World) -> None:
    world.rules(SPEED)
    world.hear(world.ended(slow()), world.ended(slow()))
    store, document = collaborators.customers(), collaborators.rules().newest()
    ana = customer(plan="Fibra 300")
    known = Situation(file=store.file("C-1"), customer=ana, suppressed=None, today=TODAY)
    decision = decide(known, document, world.now[0])
    rule = document.rules[0]
    for run in ("run_1", "run_2"):
        offer = made(decision, rule, "offered", ana, run, f"ofr_{run}")
        decided = Decided(known.file, Due("C-1", ()), decision, offer=offer)
        if run == "run_1":
            store.decide(decided)
        else:
            with pytest.raises(Stale):
                store.decide(decided)
    asking = [each.campaign_id for each in collaborators.campaigns().to_ask()]
    assert asking == [campaign_of(rule.id, 0, "run_1")]
