"""Identification in conversations: what is told, what is sent, and how often."""

from collections.abc import Callable

import pytest

from chat.domain import phrases
from chat.domain.identification import LIFETIME, PER_CONVERSATION, PER_CUSTOMER, TRIES
from recado.conversation import Speaker
from recado.flows import default_document
from recado.model import Language
from tests.factories import CPF, customer
from tests.unit.chat.world import INVOICE, World

PT = Language.PORTUGUESE
PHRASES = default_document().phrases
KNOWN, UNKNOWN = "ana@example.com", "quem@example.com"


@pytest.fixture
def world() -> World:
    return World(customer())


@pytest.fixture
def ask(world: World) -> Callable[[str], str]:
    """Claims to be somebody in a new conversation; returns the conversation."""

    def ask(claim: str) -> str:
        chat = world.begin()
        world.say(chat, INVOICE)
        world.say(chat, claim)
        return chat

    return ask


def last(world: World, chat: str) -> str:
    return world.said(chat, Speaker.BOT)[-1]


def wrong(world: World) -> str:
    return f"{(int(world.codes.mails[-1].code) + 1) % 10**6:06d}"


@pytest.mark.parametrize("claim", [KNOWN, "529.982.247-25", f"meu cpf é {CPF}"])
def test_a_claim_is_proved_with_the_code_that_was_mailed(
    world: World, ask: Callable[[str], str], claim: str
) -> None:
    chat = ask(claim)
    (mail,) = world.codes.mails
    assert (mail.customer_id, mail.conversation_id) == ("C-1", chat)
    world.say(chat, f"o código é {mail.code}")
    assert last(world, chat).startswith("Ana Souza")
    assert world.head(chat).identity.customer_id == "C-1"


def test_known_and_unknown_claims_cannot_be_told_apart(
    world: World, ask: Callable[[str], str]
) -> None:
    known, unknown = ask(KNOWN), ask(UNKNOWN)
    for _ in range(TRIES + 1):
        for chat in (known, unknown):
            world.say(chat, wrong(world))
    assert world.said(known, Speaker.BOT) == world.said(unknown, Speaker.BOT)
    assert [mail.customer_id for mail in world.codes.mails] == ["C-1", None]


def test_an_unknown_claim_writes_and_queues_as_much_as_a_known_one(
    world: World, ask: Callable[[str], str]
) -> None:
    sizes = []
    for claim in (KNOWN, UNKNOWN):
        before = len(world.table.items), len(world.codes.mails)
        ask(claim)
        sizes.append((len(world.table.items) - before[0], len(world.codes.mails) - before[1]))
    assert sizes[0] == sizes[1]


def test_no_code_opens_an_unknown_claim(world: World, ask: Callable[[str], str]) -> None:
    chat = ask(UNKNOWN)
    world.say(chat, world.codes.mails[0].code)
    assert world.head(chat).identity.customer_id is None
    assert last(world, chat) == "Esse código não confere. Tentativas restantes: 4."


def test_a_code_of_one_conversation_opens_no_other(world: World, ask: Callable[[str], str]) -> None:
    ask(KNOWN)
    other = ask(KNOWN)
    world.say(other, world.codes.mails[0].code)
    assert world.head(other).identity.customer_id is None


def test_five_wrong_codes_spend_it(world: World, ask: Callable[[str], str]) -> None:
    chat = ask(KNOWN)
    for _ in range(TRIES):
        world.say(chat, wrong(world))
    world.say(chat, world.codes.mails[0].code)
    assert world.head(chat).identity.customer_id is None
    assert phrases.STALE_CODE[PT] in world.said(chat, Speaker.BOT)


def test_a_code_is_good_for_ten_minutes(world: World, ask: Callable[[str], str]) -> None:
    chat = ask(KNOWN)
    world.later(seconds=LIFETIME.total_seconds())
    world.say(chat, world.codes.mails[0].code)
    assert world.said(chat, Speaker.BOT)[-2:] == [phrases.STALE_CODE[PT], PHRASES.who[PT]]


def test_a_conversation_asks_for_three_codes_and_is_told_so(
    world: World, ask: Callable[[str], str]
) -> None:
    chat = ask(KNOWN)
    for _ in range(PER_CONVERSATION - 1):
        world.say(chat, KNOWN)
    assert last(world, chat) == PHRASES.code_sent[PT]
    world.say(chat, KNOWN)
    assert last(world, chat) == PHRASES.no_more_codes[PT]
    assert len(world.codes.mails) == PER_CONVERSATION


def test_a_customer_gets_five_codes_a_day_by_whatever_claim(
    world: World, ask: Callable[[str], str]
) -> None:
    for claim in [KNOWN, CPF] * PER_CUSTOMER:
        chat = ask(claim)
        assert last(world, chat) == PHRASES.code_sent[PT]
    sent = [mail for mail in world.codes.mails if mail.customer_id]
    assert len(sent) == PER_CUSTOMER
    world.say(chat, world.codes.mails[-1].code)
    assert world.head(chat).identity.customer_id is None
    world.later(days=1)
    ask(KNOWN)
    assert world.codes.mails[-1].customer_id == "C-1"


def test_two_conversations_that_race_do_not_share_the_last_code(
    world: World, ask: Callable[[str], str]
) -> None:
    for _ in range(PER_CUSTOMER - 1):
        ask(KNOWN)
    first, second = world.begin(), world.begin()
    world.say(first, INVOICE)
    world.say(second, INVOICE)
    world.store_only(first, KNOWN)

    def overtake() -> None:
        world.table.on_write = lambda: None
        world.say(second, KNOWN)

    world.table.on_write = overtake
    world.answering.answer(world.head(first), world.at)
    assert len([mail for mail in world.codes.mails if mail.customer_id]) == PER_CUSTOMER


def test_codes_and_claims_are_stored_nowhere_but_in_what_was_written(
    world: World, ask: Callable[[str], str]
) -> None:
    ask(KNOWN)
    code = world.codes.mails[0].code
    outside = {
        key: item for key, item in world.table.items.items() if not key[1].startswith("LINE#")
    }
    assert code not in repr(outside)
    assert KNOWN not in repr(outside)


def test_a_code_that_the_queue_refused_is_queued_by_the_schedule(
    world: World, ask: Callable[[str], str]
) -> None:
    world.codes.down = True
    chat = ask(KNOWN)
    assert last(world, chat) == PHRASES.code_sent[PT]
    world.codes.down = False
    world.later(seconds=20)
    assert world.tending.sweep(world.at) == 1
    world.say(chat, world.codes.mails[0].code)
    assert world.head(chat).identity.customer_id == "C-1"
    assert world.table.of("CODES") == []


def test_two_customers_with_one_mailbox_are_one_person() -> None:
    world = World(customer(), customer(id="C-2", document="11222333000181"))
    chat = world.begin()
    for text in (INVOICE, KNOWN):
        world.say(chat, text)
    assert world.codes.mails[0].customer_id == "C-1"


def test_one_document_with_two_mailboxes_is_nobody() -> None:
    world = World(customer(), customer(id="C-2", email="rui@example.com"))
    chat = world.begin()
    for text in (INVOICE, CPF):
        world.say(chat, text)
    assert world.codes.mails[0].customer_id is None


def test_limits_forget_what_counts_no_more(world: World, ask: Callable[[str], str]) -> None:
    for _ in range(3):
        chat = ask(KNOWN)
        world.later(hours=25)
    asked = [item for (pk, _), item in world.table.items.items() if pk.startswith("ASKED#")]
    assert len(asked) == 2
    assert all(item["state"]["S"].count("2026-10") == 1 for item in asked)
    assert last(world, chat) == PHRASES.code_sent[PT]
