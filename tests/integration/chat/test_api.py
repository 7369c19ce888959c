"""The customer's chat over REST."""

from typing import Any

import pytest

from recado import outgoing
from tests.integration.chat.conftest import ROOT, Chat, World
from tests.unit.chat.world import HELLO, PERSON


def test_a_conversation_begins_with_a_key_and_goes_on_with_it(world: World) -> None:
    answer = world.call("POST", ROOT, {"language": "en"})
    assert answer.status == 201
    assert set(answer.body) == {"id", "key", "language"}
    assert answer.body["language"] == "en"
    chat = Chat(world, answer.body["id"], answer.body["key"])
    receipt = chat.say("hello", "m1", 1)
    assert receipt["sequence"] == 1
    assert [line["speaker"] for line in receipt["lines"]] == ["bot"]


def test_a_repeat_gets_the_same_answer(chat: Chat) -> None:
    assert chat.say(HELLO, "m1") == chat.say(HELLO, "m1")
    assert chat.lines("customer") == [HELLO]


def test_reading_goes_on_where_it_stopped(chat: Chat) -> None:
    for number in range(1, 4):
        chat.say(HELLO, f"m{number}", number)
    seen, cursor = [], 0
    while page := chat("GET", "messages", after=str(cursor), limit="2").body:
        if not page["lines"]:
            break
        seen += [line["sequence"] for line in page["lines"]]
        cursor = page["cursor"]
    assert seen == [1, 2, 3, 4, 5, 6]
    assert page["cursor"] == 6
    assert page["state"] == {
        "owner": "bot",
        "attendant": "",
        "language": "pt-BR",
        "customer_id": None,
        "busy": False,
        "offers": [],
        "next_number": 4,
        "ended_at": None,
    }


def test_a_wrong_key_and_an_unknown_conversation_get_the_same_answer(
    world: World, chat: Chat
) -> None:
    answers = [
        Chat(world, *who)(*request)
        for who in ((chat.id, "wrong"), ("cnv_unknown", chat.key), (chat.id, world.begin().key))
        for request in (
            ("GET", "messages"),
            ("POST", "messages", {"client_message_id": "m1", "text": "oi"}),
            ("POST", "messages", {"nonsense": True}),
            ("POST", "choice", {"choice": "bot"}),
            ("POST", "end"),
        )
    ]
    assert {answer.status for answer in answers} == {404}
    assert len({str(answer.body) for answer in answers}) == 1
    assert chat.read()["lines"] == []
    assert chat.read()["state"]["ended_at"] is None


def test_without_a_key_nothing_opens(world: World, chat: Chat) -> None:
    answer = world.call("GET", f"{ROOT}/{chat.id}/messages")
    assert (answer.status, answer.body["error"]) == (401, "Unauthenticated")


def test_a_staff_token_opens_no_conversation(world: World, chat: Chat) -> None:
    token = f"rcd_{'a' * 12}_{'b' * 43}"
    assert world.call("GET", f"{ROOT}/{chat.id}/messages", key=token).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"client_message_id": "m1", "text": ""}, "text"),
        ({"client_message_id": "m1", "text": " \n "}, "text"),
        ({"client_message_id": "m1", "text": "a" * 2_001}, "text"),
        ({"client_message_id": "m1", "text": "a\x00b"}, "text"),
        ({"client_message_id": "m1", "text": "a\x1b[2Jb"}, "text"),
        ({"client_message_id": "m1", "text": "a\u2028b"}, "text"),
        ('{"client_message_id": "m1", "text": "a\\ud800b"}', "text"),
        ({"client_message_id": "m 1", "text": "a"}, "client_message_id"),
        ({"client_message_id": "a" * 65, "text": "a"}, "client_message_id"),
        ({"client_message_id": "m1", "text": "a", "number": 0}, "number"),
        ({"client_message_id": "m1", "text": "a", "number": 50}, "number"),
        ({"text": "a"}, "client_message_id"),
    ],
)
def test_what_nobody_should_send_is_refused_by_name(chat: Chat, body: Any, field: str) -> None:
    answer = chat("POST", "messages", body)
    assert (answer.status, answer.body["field"]) == (422, field)
    assert chat.read()["lines"] == []


def test_a_text_of_several_lines_is_taken(chat: Chat) -> None:
    chat.say("oi\n\ttudo bem?", "m1")
    assert chat.lines("customer") == ["oi\n\ttudo bem?"]


def test_a_number_that_is_taken_is_a_conflict(chat: Chat) -> None:
    chat.say(HELLO, "m1", 1)
    answer = chat("POST", "messages", {"client_message_id": "m2", "text": "a", "number": 1})
    assert (answer.status, answer.body["error"]) == (409, "Conflict")


@pytest.mark.parametrize(
    "body", [{"choice": "call_back"}, {"choice": "call_back", "phone": "x"}, {"choice": "leave"}]
)
def test_a_choice_nobody_offers_is_refused(chat: Chat, body: dict[str, str]) -> None:
    assert chat("POST", "choice", body).status == 422


def test_who_waits_may_go_back_to_the_bot_and_leave(world: World, chat: Chat) -> None:
    chat.say(PERSON, "m1")
    assert chat.read()["state"]["owner"] == "queued"
    answer = chat("POST", "choice", {"choice": "bot"})
    assert (answer.status, answer.body["owner"]) == (200, "bot")
    assert chat("POST", "end").body["ended_at"] is not None
    assert chat("POST", "messages", {"client_message_id": "m2", "text": "oi"}).status == 409
    told = [kind for kind, _ in world.told_to_the_desk()]
    assert told == ["HandoffRequested", "HandoffWithdrawn"]


def test_facts_left_by_a_crash_are_told_by_the_schedule(
    world: World, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as crashed:
        crashed.setattr(outgoing.Outgoing, "publish", lambda *_: None)
        chat.say(PERSON, "m1")
    assert world.told_to_the_desk() == []
    assert world.minute(seconds=20)["swept"] == 1
    assert [kind for kind, _ in world.told_to_the_desk()] == ["HandoffRequested"]
