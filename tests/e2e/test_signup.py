"""Sign-up by answering an e-mail, in a deployed world: from the invitation to the customer."""

import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from operations import mailbox, stack
from operations.commands.signup import TEMPLATE, store_template
from operations.watching import follow
from tests.e2e.conftest import DeployedWorld
from tests.hostile_mail import DOMAIN, TOKEN, hostile_mail
from tests.hostile_mail.senders import VICTIM

pytestmark = pytest.mark.e2e
PATIENCE_S = 60
HOSTILE = hostile_mail()


def cpf() -> str:
    """A CPF of its own for each run: nine digits and the two that check them."""
    digits = [int(digit) for digit in f"{uuid.uuid4().int % 10**9:09d}"]
    for length in (9, 10):
        weighed = sum(
            digit * weight
            for digit, weight in zip(digits[:length], range(length + 1, 1, -1), strict=True)
        )
        digits.append(-weighed % 11 % 10 if weighed % 11 > 1 else 0)
    return "".join(map(str, digits))


def filled_in(document: str) -> str:
    """The form as people fill it in."""
    return (
        f"Nome: Ana Souza\r\nCPF ou CNPJ: {document}\r\nTelefone: (81) 99999-1234\r\n"
        "Endereço: Rua da Aurora, 10, Boa Vista, Recife\r\nCEP: 50050-000\r\nPlano: Fibra 500\r\n"
    )


def answer(invitation: Any, body: str, *, vouched: bool = True) -> bytes:
    """A person's answer as it is delivered, written to where the invitation asks for it."""
    (sender,) = invitation["to"]
    verdict = "pass" if vouched else "fail"
    domain = sender.rpartition("@")[2]
    message_id = f"<{invitation['message_id']}@email.amazonses.com>"
    return (
        f"Authentication-Results: {mailbox.TRUSTED}; spf={verdict} smtp.mailfrom={domain};"
        f" dkim={verdict} header.d={domain}; dmarc={verdict} header.from={domain}\r\n"
        f"From: Ana Souza <{sender}>\r\nTo: {invitation['reply_to'][0]}\r\n"
        f"Subject: Re: {invitation['subject']}\r\nMessage-ID: <{uuid.uuid4()}@{domain}>\r\n"
        f"In-Reply-To: {message_id}\r\n"
        f"References: {dict(invitation['headers'])['References']} {message_id}\r\n"
        "Date: Sun, 22 Nov 2026 12:00:00 -0300\r\nMIME-Version: 1.0\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}"
    ).encode()


class Signup:
    """What staff and a person do, and what can be seen of it."""

    def __init__(self, world: DeployedWorld) -> None:
        self.world = world
        self.email = f"ana-{uuid.uuid4().hex[:10]}@example.com"

    def invite(self, *others: str) -> Any:
        """Invite the person, and other addresses; returns the batch when its mails have left."""
        store_template(self.world.api)
        people = [{"email": self.email, "name": "Ana Souza"}]
        people += [{"email": each, "name": "Outra Pessoa"} for each in others]
        batch = self.world.api.post("/v1/invitations", {"people": people})
        eventually(lambda: self.launched(batch))
        last = list(follow(self.world.api, batch["campaign_id"], patience_s=90))[-1]
        assert sum(last.counts.values()) == last.counts["sent"] + last.counts["delivered"]
        assert sum(last.counts.values()) == len(people)
        return batch

    def launched(self, batch: Any) -> bool:
        """Whether central took the campaign up."""
        found = self.world.http.get(f"/v1/campaigns/{batch['campaign_id']}")
        return found.status_code == httpx.codes.OK and found.json()["status"] != "draft"

    def mails(self) -> list[Any]:
        """The mails that SES accepted for the person, in order."""
        return self.mails_to(self.email)

    def mails_to(self, address: str) -> list[Any]:
        """The mails that SES accepted for an address, in order."""
        messages = f"{self.world.simulator_url}/_sim/messages"
        newest = httpx.get(messages, params={"limit": 200}, trust_env=False).json()["messages"]
        found = [each["message_id"] for each in reversed(newest) if address in each["to"]]
        return [httpx.get(f"{messages}/{each}", trust_env=False).json() for each in found]

    def check(self) -> dict[str, int]:
        """Let the schedule's function look into the mailbox now."""
        return dict(eventually(self._looked))

    def _looked(self) -> dict[str, int] | None:
        answer = self.world.client("lambda").invoke(FunctionName=checking_function(self.world))
        assert "FunctionError" not in answer, answer["Payload"].read()
        tally: dict[str, int] = json.loads(answer["Payload"].read())
        return None if tally.get("busy") else tally

    def state(self, batch: Any) -> str:
        """How far the person is."""
        return self.states(batch)[self.email]

    def states(self, batch: Any) -> dict[str, str]:
        """How far everybody is, by address."""
        people = self.world.api.get(f"/v1/invitations/{batch['id']}/people")["items"]
        return {each["email"]: each["state"] for each in people}


def eventually(holds: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """What `holds` answers as soon as it answers with something."""
    deadline = time.monotonic() + patience_s
    while not (found := holds()):
        assert time.monotonic() < deadline, "nothing came of it in time"
        time.sleep(0.2)
    return found


def checking_function(world: DeployedWorld) -> str:
    """The name of the function that looks into the mailbox."""
    return stack.functions(world.client("cloudformation"))["SignupSchedule"]


@pytest.fixture(scope="module")
def undisturbed(world: DeployedWorld) -> Iterator[None]:
    """The function that looks into the mailbox wakes only when a test wakes it.

    The rules lose their targets: LocalStack goes on firing a rule on a schedule that is disabled.
    """
    events, functions = world.client("events"), world.client("lambda")
    function = functions.get_function_configuration(FunctionName=checking_function(world))
    names = events.list_rule_names_by_target(TargetArn=function["FunctionArn"])["RuleNames"]
    assert names
    targets = {name: events.list_targets_by_rule(Rule=name)["Targets"] for name in names}
    for name, theirs in targets.items():
        events.remove_targets(Rule=name, Ids=[target["Id"] for target in theirs])
    yield
    for name, theirs in targets.items():
        events.put_targets(Rule=name, Targets=theirs)


@pytest.fixture
def signup(world: DeployedWorld, undisturbed: None) -> Signup:
    if world.local.emulator.ses_host != "127.0.0.1":
        pytest.skip("functions in containers do not reach the mailbox on the loopback interface")
    return Signup(world)


def test_who_answers_the_invitation_becomes_a_customer_is_told_and_counted(
    signup: Signup, world: DeployedWorld
) -> None:
    today = time.strftime("%Y-%m")
    before = world.api.get("/v1/reports/summary", month=today)["new_customers"]
    batch, document = signup.invite(), cpf()
    (invitation,) = signup.mails()
    assert re.fullmatch(r"cadastro\+[a-z2-7]{50}@operadora\.example", invitation["reply_to"][0])
    world.local.drop(answer(invitation, filled_in(document)))

    assert signup.check()["registered"] == 1
    eventually(lambda: signup.state(batch) == "registered")
    (one,) = world.api.get(f"/v1/invitations/{batch['id']}/people")["items"]
    customer = world.api.get(f"/v1/customers/{one['customer_id']}")
    assert (customer["document"], customer["email"]) == (document, signup.email)
    assert (customer["plan"], customer["postcode"]) == ("Fibra 500", "50050000")

    _, welcome = eventually(lambda: len(found := signup.mails()) == 2 and found)
    assert one["customer_id"] in welcome["text"]
    assert dict(welcome["headers"])["Auto-Submitted"] == "auto-replied"
    after = world.api.get("/v1/reports/summary", month=today)["new_customers"]
    assert after == before + 1
    assert signup.check().get("registered", 0) == 0


def test_what_is_missing_is_asked_for_and_the_second_answer_completes_the_first(
    signup: Signup, world: DeployedWorld
) -> None:
    batch, document = signup.invite(), cpf()
    (invitation,) = signup.mails()
    first = filled_in(document).replace("CEP: 50050-000\r\n", "")
    world.local.drop(answer(invitation, first))
    assert signup.check()["asked_again"] == 1
    _, asked = eventually(lambda: len(found := signup.mails()) == 2 and found)
    assert "CEP" in asked["text"]
    world.local.drop(answer(asked, "CEP: 50050-000\r\n"))
    assert signup.check()["registered"] == 1
    eventually(lambda: signup.state(batch) == "registered")


def test_an_answer_nobody_vouches_for_counts_when_the_person_confirms_by_link(
    signup: Signup, world: DeployedWorld
) -> None:
    batch = signup.invite()
    (invitation,) = signup.mails()
    world.local.drop(answer(invitation, filled_in(cpf()), vouched=False))
    assert signup.check()["awaits_confirmation"] == 1
    assert signup.state(batch) == "awaits_confirmation"
    _, asked = eventually(lambda: len(found := signup.mails()) == 2 and found)
    (link,) = re.findall(r"https?://\S+/s/[a-z2-7]+", asked["text"])
    with httpx.Client(trust_env=False, timeout=60) as browser:
        shown = browser.get(link)
        assert shown.status_code == httpx.codes.OK
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
        assert signup.state(batch) == "awaits_confirmation"
        assert browser.post(link).status_code == httpx.codes.OK
        assert browser.get(link[:-2]).status_code == httpx.codes.NOT_FOUND
    eventually(lambda: signup.state(batch) == "registered")


def test_a_mail_that_answers_nothing_is_put_aside_with_its_reason(
    signup: Signup, world: DeployedWorld
) -> None:
    subject = f"Promoção {uuid.uuid4().hex}"
    world.local.drop(f"From: x@example.com\r\nSubject: {subject}\r\n\r\nCompre!\r\n".encode())
    assert signup.check()["review"] == 1
    found = world.api.get("/v1/mailbox/review")["items"]
    (aside,) = [each for each in found if each["subject"] == subject]
    assert aside["reason"]
    assert any(subject.encode()[:5] in mail for mail in world.local.mails_in("Review"))


def test_mail_by_way_of_ses_and_the_bucket_does_the_same(
    signup: Signup, world: DeployedWorld
) -> None:
    batch = signup.invite()
    (invitation,) = signup.mails()
    mail = answer(invitation, filled_in(cpf())).replace(mailbox.TRUSTED.encode(), b"amazonses.com")
    world.client("s3").put_object(
        Bucket=world.outputs["Files"], Key=f"inbound/{uuid.uuid4().hex}", Body=mail
    )
    eventually(lambda: signup.state(batch) == "registered")
    world.local.drop(mail)
    assert signup.check()["registered"] == 1  # recognised: what became of it is told again
    assert len(eventually(lambda: len(found := signup.mails()) == 2 and found)) == 2


def test_a_template_that_is_missing_shows_in_the_batch(world: DeployedWorld) -> None:
    body = {"people": [{"email": "ana@example.com"}], "template_id": "no-such-template"}
    batch = world.api.post("/v1/invitations", body)
    refusal = eventually(lambda: world.api.get(f"/v1/invitations/{batch['id']}")["refusal"])
    assert "no-such-template" in refusal
    assert TEMPLATE not in refusal


def hostile_to(invitation: Any, *, lightest: bool = False) -> list[bytes]:
    """Hostile mails that answer an invitation: all of them, or a light one of each family."""
    address = invitation["reply_to"][0].encode()
    named = {mail.name.partition(":")[0] if lightest else mail.name: mail for mail in HOSTILE}
    raws = (mail.raw() for name, mail in named.items() if not (lightest and "30 MB" in name))
    return [
        raw.replace(b"cadastro+" + TOKEN.encode() + b"@" + DOMAIN.encode(), address) for raw in raws
    ]


@pytest.mark.timeout(600)
def test_two_hundred_hostile_mails_harm_nothing(signup: Signup, world: DeployedWorld) -> None:
    """They carry the token of an invitation to whom the forged ones claim to come from."""
    batch, document = signup.invite(VICTIM), cpf()
    (invitation,), (theirs,) = signup.mails(), signup.mails_to(VICTIM)[-1:]
    sent_before = world_mails(world)
    honest = answer(invitation, filled_in(document)).replace(
        mailbox.TRUSTED.encode(), b"amazonses.com"
    )
    s3, bucket, run = world.client("s3"), world.outputs["Files"], uuid.uuid4().hex
    mails = [*hostile_to(theirs), honest]
    assert len(mails) > 200
    for number, raw in enumerate(mails):
        s3.put_object(Bucket=bucket, Key=f"inbound/{run}/{number}", Body=raw)

    eventually(lambda: signup.state(batch) == "registered", patience_s=240)
    eventually(lambda: waiting(world, "InboundQueue") == 0, patience_s=240)
    eventually(lambda: len(signup.mails()) == 2)
    for raw in (dropped := hostile_to(theirs, lightest=True)):
        world.local.drop(raw)
    tally = signup.check()
    assert tally.get("trouble", 0) == 0
    assert sum(tally.values()) - tally["swept"] >= len(dropped)
    assert signup.states(batch)[VICTIM] != "registered"
    eventually(lambda: waiting(world, "LetterQueue") == 0)
    asked = len(signup.mails_to(VICTIM)) - 1
    assert asked <= 4
    assert world_mails(world) == sent_before + 1 + asked
    for queue in ("SignupQueueDead", "LetterQueueDead", "InboundQueueDead", "CentralQueueDead"):
        assert waiting(world, queue) == 0, queue


def world_mails(world: DeployedWorld) -> int:
    """How many mails SES accepted in this world."""
    summary = httpx.get(f"{world.simulator_url}/_sim/ledger/summary", trust_env=False).json()
    return int(summary["accepted"])


def waiting(world: DeployedWorld, queue: str) -> int:
    """How many messages are in a queue, or in somebody's hands."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = world.client("sqs").get_queue_attributes(
        QueueUrl=world.outputs[f"{queue}Url"], AttributeNames=names
    )
    return sum(int(answer["Attributes"][name]) for name in names)
