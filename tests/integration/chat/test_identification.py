"""Who is writing, from the claim to the data, through queue and mail."""

import re

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from recado.model import Customer, OpenInvoice
from tests.factories import CPF, TODAY, customer
from tests.integration.chat.conftest import Chat, World
from tests.unit.chat.world import INVOICE


@pytest.fixture
def customers() -> list[Customer]:
    return [customer(open_invoices={"F-7": OpenInvoice(due_on=TODAY, amount="129.90")})]


def mails() -> list[tuple[str, str]]:
    """Who was written to, and what."""
    sent = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
    return [(message.destinations["ToAddresses"][0], message.body) for message in sent]


def test_from_a_claim_to_the_customers_data(world: World, chat: Chat) -> None:
    chat.say(INVOICE, "m1")
    chat.say("ana@example.com", "m2")
    assert mails() == []
    world.pump.run("mailer")
    ((address, text),) = mails()
    assert address == "ana@example.com"
    found = re.search(r"\b\d{6}\b", text)
    assert found
    (shown,) = chat.say(found.group(), "m3")["lines"]
    assert "F-7" in shown["text"]


def test_an_unknown_claim_reads_the_same_and_gets_no_mail(world: World) -> None:
    known, unknown = world.begin(), world.begin()
    for chat, claim in ((known, CPF), (unknown, "nobody@example.com")):
        chat.say(INVOICE, "m1")
        chat.say(claim, "m2")
        chat.say("000 000", "m3")
    assert known.lines("bot") == unknown.lines("bot")
    world.pump.run("mailer")
    assert [address for address, _ in mails()] == ["ana@example.com"]
    assert world.pump.delivered == 2
    assert world.dead_letters("CodeQueueDeadUrl") == []


def test_codes_are_limited_for_a_customer_over_all_conversations(world: World) -> None:
    for _ in range(7):
        chat = world.begin()
        chat.say(INVOICE, "m1")
        chat.say("ana@example.com", "m2")
    world.pump.run("mailer")
    assert len(mails()) == 5


def test_no_code_is_in_a_log(world: World, chat: Chat, capsys: pytest.CaptureFixture[str]) -> None:
    chat.say(INVOICE, "m1")
    chat.say("ana@example.com", "m2")
    queue = boto3.client("sqs").receive_message(QueueUrl=world.suite.outputs["CodeQueueUrl"])
    found = re.search(r'"code":"(\d{6})"', queue["Messages"][0]["Body"])
    assert found
    chat.say(found[1], "m3")
    printed = capsys.readouterr()
    assert found[1] not in printed.out + printed.err
    assert "ana@example.com" not in printed.out + printed.err
