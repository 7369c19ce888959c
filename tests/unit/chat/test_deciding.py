"""What the bot says and does, message by message."""

import pytest

from chat.domain.handover import Owner
from chat.domain.packing import MAX_TRANSCRIPT_BYTES, fitting
from recado.conversation import HandoffRequested, Line, Packet, Speaker
from recado.flows import default_document
from recado.model import Language, OpenInvoice
from tests.factories import AT, TODAY, customer
from tests.unit.chat.world import HELLO, INVOICE, PERSON, WEATHER, World

PT = Language.PORTUGUESE
PHRASES = default_document().phrases


@pytest.fixture
def world() -> World:
    bill = OpenInvoice(due_on=TODAY, amount="129.90")
    return World(customer(open_invoices={"F-1": bill}))


@pytest.fixture
def chat(world: World) -> str:
    return world.begin()


def answers(world: World, chat: str, text: str) -> list[str]:
    return [line.text for line in world.say(chat, text).lines]


def packet(world: World) -> Packet:
    (requested,) = world.bus.of(HandoffRequested)
    wanted: Packet = requested.packet
    return wanted


def test_a_greeting_is_greeted_by_the_operators_name(world: World, chat: str) -> None:
    assert answers(world, chat, HELLO) == ["Olá! Sou o assistente da Operadora. Como posso ajudar?"]


def test_the_language_follows_the_customer(world: World, chat: str) -> None:
    (said,) = answers(world, chat, "is there an outage in my area?")
    assert said.startswith("No outage is announced")
    assert world.head(chat).language is Language.ENGLISH


def test_data_is_shown_after_identification_and_never_before(world: World, chat: str) -> None:
    assert answers(world, chat, INVOICE) == [PHRASES.who[PT]]
    assert answers(world, chat, "ana@example.com") == [PHRASES.code_sent[PT]]
    assert "F-1" not in "".join(world.said(chat, Speaker.BOT))
    (shown,) = answers(world, chat, world.codes.mails[0].code)
    assert "F-1" in shown
    assert "129,90" in shown


def test_who_is_identified_is_not_asked_again(world: World, chat: str) -> None:
    for text in (INVOICE, "ana@example.com"):
        world.say(chat, text)
    world.say(chat, world.codes.mails[0].code)
    assert "F-1" in answers(world, chat, INVOICE)[0]
    assert world.head(chat).intents == ("invoice_copy", "invoice_copy")


def test_a_flow_asks_keeps_the_replies_and_hands_over(world: World, chat: str) -> None:
    world.say(chat, "minha internet está muito lenta")
    world.say(chat, "continua igual")
    (notice,) = answers(world, chat, "a luz LOS está vermelha")
    assert notice == PHRASES.handing_over[PT]
    wanted = packet(world)
    assert wanted.collected == {"restarted": "continua igual", "lights": "a luz LOS está vermelha"}
    assert (wanted.kind, wanted.intent, wanted.slow_connection) == ("technical", "connection", True)
    assert wanted.reason == "the flow ends with a person"
    assert [line.text for line in wanted.transcript] == [line.text for line in world.lines(chat)]


def test_a_wish_for_a_person_goes_before_the_flow(world: World, chat: str) -> None:
    world.say(chat, "minha internet está muito lenta")
    world.say(chat, PERSON)
    assert world.head(chat).control.owner is Owner.QUEUED
    assert (packet(world).kind, packet(world).reason) == ("technical", "asked for a person")
    assert packet(world).collected == {}


def test_a_wish_for_a_person_goes_before_identification(world: World, chat: str) -> None:
    world.say(chat, INVOICE)
    world.say(chat, PERSON)
    assert world.head(chat).control.owner is Owner.QUEUED
    assert packet(world).customer_id is None


def test_another_wish_ends_identification(world: World, chat: str) -> None:
    world.say(chat, INVOICE)
    (asked,) = answers(world, chat, "minha internet está muito lenta")
    assert "roteador" in asked


def test_what_is_neither_claim_nor_code_is_asked_for_again_and_then_handed_over(
    world: World, chat: str
) -> None:
    world.say(chat, INVOICE)
    assert answers(world, chat, "sim") == [PHRASES.who[PT]]
    assert answers(world, chat, "não") == [PHRASES.handing_over[PT]]
    assert packet(world).reason == "not understood twice"


def test_out_of_scope_is_said_in_the_bots_own_words(world: World, chat: str) -> None:
    assert answers(world, chat, WEATHER) == [PHRASES.scope[PT]]


def test_a_language_model_answers_what_is_out_of_scope_and_nothing_else(
    world: World, chat: str
) -> None:
    world.improvised = "A capital da França é Paris."
    assert answers(world, chat, WEATHER) == ["A capital da França é Paris."]
    assert answers(world, chat, INVOICE) == [PHRASES.who[PT]]


def test_what_was_written_while_the_bot_was_away_is_answered_in_order(
    world: World, chat: str
) -> None:
    for number, text in enumerate((HELLO, WEATHER, INVOICE)):
        world.store_only(chat, text, f"m{number}")
    world.answering.answer(world.head(chat), AT)
    assert world.said(chat, Speaker.BOT)[1:] == [PHRASES.scope[PT], PHRASES.who[PT]]


def test_more_than_the_bot_decides_at_once_is_answered_too(world: World, chat: str) -> None:
    for number in range(25):
        world.store_only(chat, HELLO, f"m{number}")
    world.answering.answer(world.head(chat), AT)
    assert len(world.said(chat, Speaker.BOT)) == 25
    assert not world.head(chat).unanswered


def test_what_follows_a_wish_for_a_person_is_in_the_packet_and_not_answered(
    world: World, chat: str
) -> None:
    for number, text in enumerate((HELLO, PERSON, INVOICE)):
        world.store_only(chat, text, f"m{number}")
    world.answering.answer(world.head(chat), AT)
    assert len(world.said(chat, Speaker.BOT)) == 2
    assert [line.text for line in packet(world).transcript][:3] == [HELLO, PERSON, INVOICE]
    assert world.bus.events == world.bus.of(HandoffRequested)


def test_a_flow_whose_version_is_gone_begins_again(
    world: World, chat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.say(chat, "minha internet está muito lenta")
    newer = default_document().model_copy(update={"version": 2})
    monkeypatch.setattr(
        world.knowing, "document", lambda version=None: newer if version in {None, 2} else None
    )
    (asked,) = answers(world, chat, "continua igual")
    assert "luzes" in asked
    progress = world.head(chat).progress
    assert progress is not None
    assert progress.version == 2


def test_a_flow_that_cannot_be_said_ends_with_a_person(
    world: World, chat: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.knowing, "public", lambda _: {"operator": "Operadora"})
    assert answers(world, chat, "caiu a internet do bairro todo?") == [PHRASES.handing_over[PT]]
    assert packet(world).intent == "outage"


def test_a_customer_who_was_removed_is_nobody(world: World, chat: str) -> None:
    for text in (INVOICE, "ana@example.com"):
        world.say(chat, text)
    world.say(chat, world.codes.mails[0].code)
    world.people.customers.clear()
    assert answers(world, chat, INVOICE) == [PHRASES.who[PT]]


def test_a_packet_has_the_latest_lines_that_fit() -> None:
    lines = [
        Line(sequence=number, speaker=Speaker.CUSTOMER, text="é" * 2_000, at=AT)
        for number in range(1, 100)
    ]
    kept = fitting(lines)
    assert len(kept) == MAX_TRANSCRIPT_BYTES // 4_000
    assert kept[-1].sequence == 99
    assert [line.sequence for line in kept] == sorted(line.sequence for line in kept)
