"""The assistant in a deployed world: speech in, speech out, over each protocol."""

import asyncio
import base64
import json
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from assistant.domain.wav import parse
from assistant.gateway.models import Models
from operations import asking
from tests.e2e.conftest import DeployedWorld
from tests.e2e.model_services_here import PROTOCOLS, Addresses, model_services, speech
from tests.e2e.test_marketing import customer, mails, waited_for

pytestmark = pytest.mark.e2e
QUESTION = "how much do i owe"
AMOUNT = "85.20"
NOBODY = "127.0.0.1:9"


class Caller:
    """A customer who talks to the deployed function."""

    def __init__(self, world: DeployedWorld) -> None:
        self._world = world
        self.conversation: dict[str, str] | None = None
        self._told: dict[str, str] = {}

    def set(self, protocol: str, urls: dict[str, str]) -> None:
        """Let the deployed function speak a protocol with these services; it starts anew then."""
        wanted = urls | {"ASSISTANT_PROTOCOL": protocol}
        if wanted == self._told:
            return
        self._told = wanted
        asking.connect(self._world.world, wanted)

    def post(self, **turn: Any) -> httpx.Response:
        """Send a turn, in this caller's conversation."""
        body = {"language": "en", "conversation": self.conversation} | turn
        return self._world.http.post("/v1/assist", json=body)

    def turn(self, **turn: Any) -> dict[str, Any]:
        """A turn that is answered."""
        answer = self.post(**turn)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        self.conversation = told["conversation"] or self.conversation
        return told

    def speak(self, text: str) -> dict[str, Any]:
        """A turn by voice."""
        return self.turn(audio=base64.b64encode(speech(text)).decode())


@pytest.fixture(scope="module")
def services(world: DeployedWorld) -> Iterator[Addresses]:
    """Model services that the deployed functions reach."""
    if world.local.emulator.ses_host != "127.0.0.1":
        pytest.skip("functions in containers do not reach services on the loopback interface")
    if shutil.which("espeak-ng") is None:
        pytest.skip("espeak-ng is not installed -> apt install espeak-ng")
    with model_services() as addresses:
        yield addresses


@pytest.fixture(scope="module")
def caller(world: DeployedWorld, services: Addresses) -> Caller:
    """Ana, who owes one bill, asked for it by voice and then proved who she is."""
    ana = customer(world, language="en")
    today = datetime.now(UTC).date()
    bill = {
        "id": f"F-{uuid.uuid4().hex[:8]}",
        "amount": AMOUNT,
        "issued_on": (today - timedelta(days=10)).isoformat(),
        "due_on": (today + timedelta(days=10)).isoformat(),
    }
    world.api.post(f"/v1/customers/{ana['id']}/invoices", bill)
    caller = Caller(world)
    caller.set("grpc", services["grpc"])
    begun = world.http.post("/v1/chat/conversations", json={"language": "en"}, headers={}).json()
    caller.conversation = {"id": begun["id"], "key": begun["key"]}
    asked = caller.speak(QUESTION)
    assert (asked["transcript"], asked["troubles"]) == (QUESTION, [])
    assert "For your safety" in asked["text"]
    before = len(mails(world, ana["email"]))
    caller.turn(text=ana["email"], aloud=False)

    def code() -> str | None:
        found = mails(world, ana["email"])
        digits = re.search(r"\b\d{6}\b", found[0]["text"]) if len(found) > before else None
        return digits.group() if digits else None

    told = caller.turn(text=waited_for(code), aloud=False)
    assert f"You owe R${AMOUNT}" in told["text"]
    assert told["depth"] == "simple"
    return caller


def test_the_answer_can_be_understood_by_ears_that_expect_anything(
    caller: Caller, services: Addresses
) -> None:
    caller.set("grpc", services["grpc"])
    audio = base64.b64decode(caller.turn(text=QUESTION)["audio"])

    async def heard() -> str:
        models = Models.over("grpc", services["grpc"])
        try:
            return (await models.stt.transcribe(audio, "en", 20)).text
        finally:
            await models.close()

    words = set(asyncio.run(heard()).split())
    assert words & {"owe", "bill", "due", "eighty", "five", "next"}, words


def test_question_and_answer_stand_in_the_conversation(
    world: DeployedWorld, caller: Caller
) -> None:
    assert caller.conversation is not None
    lines = world.http.get(
        f"/v1/chat/conversations/{caller.conversation['id']}/messages",
        params={"limit": 200},
        headers={"Authorization": f"Bearer {caller.conversation['key']}"},
    ).json()["lines"]
    said = [(line["speaker"], line["text"]) for line in lines]
    at = max(number for number, (_, text) in enumerate(said) if text == QUESTION)
    assert said[at + 1][0] == "bot"
    assert said[at + 1][1].startswith(f"You owe R${AMOUNT}")


def test_what_is_wrong_with_a_turn_is_said_with_what_to_do(
    caller: Caller, services: Addresses
) -> None:
    caller.set("grpc", services["grpc"])
    for turn, status, message in (
        ({"audio": base64.b64encode(b"an mp3 perhaps").decode()}, 422, "send PCM"),
        ({"audio": "&&&"}, 422, "no base64"),
        ({"audio": base64.b64encode(b"\0" * 4_100_000).decode()}, 413, "shorter"),
        ({}, 422, "send one of them"),
        ({"text": "x" * 2_001}, 422, "text"),
    ):
        refused = caller.post(**turn)
        assert refused.status_code == status, refused.text
        assert message in refused.json()["message"]
    stranger = {"id": "cnv_01K00000000000000000000000", "key": "guessed"}
    assert caller.post(text="hi", conversation=stranger).status_code == 404


@pytest.mark.parametrize("protocol", sorted(PROTOCOLS))
def test_speech_goes_in_and_a_correct_answer_comes_out_as_text_and_speech(
    protocol: str, caller: Caller, services: Addresses, record_property: Any
) -> None:
    caller.set(protocol, services[protocol])
    told = caller.speak(QUESTION)
    assert told["transcript"] == QUESTION
    assert f"You owe R${AMOUNT}" in told["text"]
    assert told["troubles"] == []
    sound = parse(base64.b64decode(told["audio"]))
    assert sound.seconds > 2
    assert sound.loudness > 0.02
    assert set(told["stages"]) == {"stt", "chat", "figures", "llm", "tts"}
    record_property("stages", json.dumps(told["stages"]))


def test_dead_services_leave_text_and_say_what_is_wrong(
    caller: Caller, services: Addresses
) -> None:
    dead = {"STT_URL": f"http://{NOBODY}", "TTS_URL": f"http://{NOBODY}"}
    caller.set("rest-raw", services["rest-raw"] | dead)
    told = caller.turn(text=QUESTION)
    assert f"You owe R${AMOUNT}" in told["text"]
    assert told["audio"] == ""
    assert [(each["stage"], each["error"]) for each in told["troubles"]] == [("tts", "Unreachable")]

    began = time.monotonic()
    told = caller.speak(QUESTION)
    assert time.monotonic() - began < 15
    assert "write your question" in told["text"]
    assert [each["stage"] for each in told["troubles"]] == ["stt", "tts"]


def test_turns_are_counted(world: DeployedWorld, caller: Caller) -> None:
    def counted() -> bool | None:
        found = world.api.get("/v1/reports/period")["period"]["assistant"]
        return (found["turns"] >= 4 and found["stages"]["stt"]["turns"] >= 4) or None

    assert waited_for(counted)
