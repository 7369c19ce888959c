"""From an invitation to a customer, or to a reason why not."""

import re

import boto3
import pytest

from recado import clock
from recado.directory import Directory
from recado.model import Lane
from sender.domain.suppression import Reason, Suppression
from sender.store import SuppressionStore
from signup import inbound
from tests.factories import AT, CPF, context, s3_notification, sqs_event
from tests.integration.signup.conftest import ANA, FORM, World, reply

MALLORY = "mallory@evil.example"
FAILED = "spf=fail; dkim=none; dmarc=fail header.from=example.com"


def customers(world: World) -> list[str]:
    table = Directory(world.suite.outputs["CentralTable"], boto3.client("dynamodb"))
    return [each.id for each in table.with_document(CPF)]


def link_in(letter: object) -> str:
    (link,) = re.findall(r"https://\S+/s/[a-z2-7]+", str(letter["text"]))  # type: ignore[index]
    return str(link)


def test_a_vouched_answer_makes_a_customer_who_is_told(world: World) -> None:
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
    told = [each["detail-type"] for each in world.told()]
    assert sorted(told) == [
        *("CampaignAsked", "CampaignRefused", "InvitationsSent"),
        *("RegistrationReceived", "RegistrationSettled", "ReplySettled"),
    ]


def test_the_proof_of_consent_is_told_with_the_registration(world: World) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch)))
    world.check()
    (fact,) = [each for each in world.told() if each["detail-type"] == "RegistrationReceived"]
    consent = fact["detail"]["consent"]
    assert (consent["how"], consent["address"]) == ("verified_reply", ANA)
    assert consent["message"] == "<1@mail.example.com>"
    assert len(consent["message_sha256"]) == 64
    assert "dmarc=pass" in consent["source"]


def test_what_is_missing_is_asked_for_twice_and_then_left_to_people(world: World) -> None:
    batch = world.invite()
    for number in range(1, 4):
        world.mailbox.drop(reply(world.address(batch), {"Nome": "Ana Souza"}, number=number))
    tally = world.check()
    assert (tally["asked_again"], tally["review"]) == (2, 1)
    assert world.state(batch) == "incomplete"
    letters = world.letters()
    assert len(letters) == 2
    assert "CEP" in letters[0]["text"]
    (aside,) = world.ok("GET", "/v1/mailbox/review")["items"]
    assert "after asking twice" in aside["reason"]
    assert len(world.mailbox.review) == 1


def test_an_answer_completes_the_one_before_it(world: World) -> None:
    batch = world.invite()
    rest = {"CEP": FORM["CEP"]}
    first = {label: value for label, value in FORM.items() if label not in rest}
    world.mailbox.drop(reply(world.address(batch), first))
    world.check()
    (asked,) = world.letters()
    world.mailbox.drop(reply(asked["reply_to"][0], rest, number=2))
    assert world.check()["registered"] == 1


def test_an_answer_in_english_is_asked_again_in_english(world: World) -> None:
    batch = world.invite()
    said = {"Name": "Ana Souza", "Phone": "+55 81 99999-1234", "Plan": "Fibra 500"}
    world.mailbox.drop(reply(world.address(batch), said))
    world.check()
    (asked,) = world.letters()
    assert "Answer this message" in asked["text"]


@pytest.mark.parametrize(
    ("sender", "verdict"), [(ANA, FAILED), (MALLORY, "dmarc=pass header.from=evil.example")]
)
def test_an_answer_that_is_not_proved_counts_when_the_invited_person_confirms(
    world: World, sender: str, verdict: str
) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch), sender=sender, verdict=verdict))
    assert world.check()["awaits_confirmation"] == 1
    assert world.letters(MALLORY) == []
    (letter,) = world.letters()
    status, page = world.visit("GET", link_in(letter))
    assert status == 200
    assert "Ana Souza" in page
    assert CPF not in page
    assert world.state(batch) == "awaits_confirmation"
    assert world.visit("POST", link_in(letter))[0] == 200
    assert world.visit("POST", link_in(letter))[0] == 200
    world.pump.run("central", "signup")
    assert world.state(batch) == "registered"
    assert len(customers(world)) == 1


def test_a_link_confirms_only_what_it_was_sent_for(world: World) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch), verdict=FAILED))
    world.check()
    (first,) = world.letters()
    other = FORM | {"Plano": "Fibra 800"}
    world.mailbox.drop(reply(world.address(batch), other, verdict=FAILED, number=2))
    world.check()
    _, second = world.letters()
    assert world.visit("GET", link_in(first))[0] == 410
    assert world.visit("POST", link_in(first))[0] == 410
    assert world.state(batch) == "awaits_confirmation"
    assert world.visit("POST", link_in(second))[0] == 200
    assert world.visit("GET", link_in(second)[:-1])[0] == 404


def test_links_to_confirm_are_sent_twice_at_most(world: World) -> None:
    batch = world.invite()
    for number in range(1, 5):
        said = FORM | {"Nome": f"Ana Souza {'abcd'[number - 1]}"}
        world.mailbox.drop(reply(world.address(batch), said, verdict=FAILED, number=number))
    world.check()
    assert len(world.letters()) == 2


def test_who_is_a_customer_already_is_told_so_and_registered_once(world: World) -> None:
    batch = world.invite(ANA, "outra@example.com")
    second = world.audience(batch)[1]["reply_to"]
    world.mailbox.drop(reply(world.address(batch)))
    world.mailbox.drop(reply(second, sender="outra@example.com", number=2))
    assert world.check()["registered"] == 2
    world.pump.run("central", "signup")
    assert world.counts(batch) == {"already_customer": 1, "registered": 1}
    (letter,) = world.letters("outra@example.com")
    assert "já há um cliente" in letter["text"]
    assert len(customers(world)) == 1


def test_an_automatic_answer_is_never_answered(world: World) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch), headers="Auto-Submitted: auto-replied\r\n"))
    assert world.check()["ignored"] == 1
    assert (world.state(batch), world.letters()) == ("sent", [])


def test_a_mail_without_a_token_of_ours_is_left_to_people_and_not_answered(world: World) -> None:
    batch = world.invite()
    forged = world.address(batch).replace("+a", "+b")
    world.mailbox.drop(reply(forged))
    world.mailbox.drop(reply("cadastro@operadora.example", number=2))
    assert world.check()["review"] == 2
    assert world.letters() == []


def test_an_answer_after_the_invitation_expired_is_left_to_people(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)
    batch = world.invite()
    raw = reply(world.address(batch))
    monkeypatch.setattr(clock, "now", lambda: AT.replace(year=2027))
    assert world.counts(batch) == {"expired": 1}
    world.mailbox.drop(raw)
    assert world.check()["review"] == 1


def test_a_suppressed_address_gets_no_letter(world: World) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch), {"Nome": "Ana Souza"}))
    bounced = Suppression(
        email=ANA,
        reason=Reason.HARD_BOUNCE,
        lanes=frozenset(Lane),
        detail="bounce: Permanent",
        source="ses",
    )
    SuppressionStore.from_env().put(bounced, AT)
    assert world.check()["asked_again"] == 1
    assert world.letters() == []


def test_a_letter_that_is_delivered_twice_is_sent_once(world: World) -> None:
    batch = world.invite()
    world.mailbox.drop(reply(world.address(batch), {"Nome": "Ana Souza"}))
    world.check()
    (message,) = world.pump.take("letters")
    world.pump.deliver("letters", [message])
    world.pump.deliver("letters", [message])
    assert len(world.letters()) == 1


def test_a_mail_by_way_of_ses_and_the_same_by_imap_take_effect_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = world.invite()
    raw = reply(world.address(batch))
    bucket = world.suite.outputs["Files"]
    delivered = b"Received: from a by b\r\n" + raw.replace(
        b"mx.operadora.example", b"amazonses.com"
    )
    boto3.client("s3").put_object(Bucket=bucket, Key="inbound/m1", Body=delivered)
    monkeypatch.setenv("DEAD_LETTER_URL", world.suite.outputs["InboundQueueDeadUrl"])
    event = sqs_event(s3_notification(bucket, "inbound/m1"))
    for _ in range(2):
        assert inbound.handler(event, context()) == {"batchItemFailures": []}
    world.mailbox.drop(raw)
    world.check()
    kinds = [each["detail-type"] for each in world.told()]
    assert kinds.count("RegistrationReceived") == kinds.count("ReplySettled") == 1
    assert world.state(batch) == "received"


def test_an_empty_mail_by_way_of_ses_is_left_to_people(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = world.suite.outputs["Files"]
    boto3.client("s3").put_object(Bucket=bucket, Key="inbound/empty", Body=b"")
    monkeypatch.setenv("DEAD_LETTER_URL", world.suite.outputs["InboundQueueDeadUrl"])
    event = sqs_event(s3_notification(bucket, "inbound/empty"))
    assert inbound.handler(event, context()) == {"batchItemFailures": []}
    assert len(world.ok("GET", "/v1/mailbox/review")["items"]) == 1
