"""From an invitation to a customer."""

import re

import boto3

from recado.directory import Directory
from tests.factories import CPF
from tests.integration.signup.conftest import ANA, FORM, World, reply


def customers(world: World) -> list[str]:
    table = Directory(world.suite.outputs["CentralTable"], boto3.client("dynamodb"))
    return [each.id for each in table.with_document(CPF)]


def test_an_answer_that_the_trusted_hop_vouches_for_makes_a_customer_who_is_told(
    world: World,
) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch)))
    assert world.check()["registered"] == 1
    assert world.state(batch) == "received"
    world.pump.run("central", "signup")
    assert world.counts(batch) == {"registered": 1}
    (customer,) = customers(world)
    (letter,) = world.letters()
    assert customer in letter["text"]
    headers = dict(letter["headers"])
    assert headers["Auto-Submitted"] == "auto-replied"
    assert headers["In-Reply-To"] == "<1@mail.example.com>"
    assert world.mailbox.seen_uids == {1}
