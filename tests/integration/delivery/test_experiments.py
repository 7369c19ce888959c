"""Experiments from launch to counts: everybody in one variant, the held-out without mail."""

from collections import Counter

import boto3
import pytest

from recado import clock
from recado.contracts import Control, Experiment, PlanCampaign, Variant, campaign_command
from recado.experiment import is_held_out, variant_of
from recado.ledger.progress import Status
from recado.ledger.states import State, positions
from recado.model import Lane, Language, MailBody, TemplateVersion

from .conftest import CAMPAIGN, Operator, person

PEOPLE = 300
WEIGHTS = {"short": 3, "long": 1}


def template(text: str) -> TemplateVersion:
    body = MailBody(subject=f"{text} {{{{ name }}}}", html=f"<p>{text}</p>", text=text)
    return TemplateVersion(id=f"t-{len(text)}", version=1, bodies={Language.PORTUGUESE: body})


def plan(operator: Operator, rows: list[object], hold_out: int, **texts: str) -> PlanCampaign:
    """A marketing campaign that tries one variant a text."""
    now = clock.now()
    return PlanCampaign(
        campaign_id=CAMPAIGN,
        name="Oferta",
        lane=Lane.MARKETING,
        experiment=Experiment(
            variants=tuple(
                Variant(name=name, weight=WEIGHTS[name], template=template(text))
                for name, text in texts.items()
            ),
            hold_out=hold_out,
        ),
        from_address="Operadora <avisos@operadora.example>",
        audience=operator.upload(rows),
        as_of=now.date(),
        starts_at=now,
        launched_by="ana",
    )


def tagged(operator: Operator) -> dict[str, str]:
    """Which variant SES got for each address, from the tag of the mail."""
    return {mail["to"][0]: mail["tags"]["variant"] for mail in operator.ses.messages()}


def test_everybody_gets_their_variant_and_the_held_out_get_nothing(operator: Operator) -> None:
    rows: list[object] = [person(number) for number in range(PEOPLE)]
    rows[7] = person(7, email="nobody")
    operator.command(plan(operator, rows, 20, short="Oi", long="Bom dia"))
    operator.pump.run()
    ids = {number: f"C-{number}" for number in range(PEOPLE) if number != 7}
    held_out = {number for number, name in ids.items() if is_held_out(20, CAMPAIGN, name)}
    expected = {
        f"c{number}@example.com": variant_of(WEIGHTS, CAMPAIGN, name)
        for number, name in ids.items()
        if number not in held_out
    }
    assert tagged(operator) == expected
    assert {mail["subject"].rpartition(" Cliente")[0] for mail in operator.ses.messages()} == {
        "Oi",
        "Bom dia",
    }
    control = len(held_out)
    assert 30 <= control <= 90
    assert (
        operator.counts
        == {
            "sent": len(expected),
            "control": control,
            "failed": 1,
        }
        == operator.recount()
    )
    assert operator.progress.variants == Counter(expected.values()) == recounted(operator)
    assert sum(operator.progress.variants.values()) + control + 1 == operator.progress.total


def recounted(operator: Operator) -> Counter[str]:
    """The variants of everybody but the held-out and the row that could not be sent."""
    out = {State.CONTROL, State.FAILED}
    return Counter(
        variant_of(WEIGHTS, CAMPAIGN, name)
        for chunk in operator.ledger.chunks(CAMPAIGN)
        for name, letter in zip(chunk.recipient_ids, chunk.states, strict=True)
        if letter not in out
    )


def test_a_retry_gives_the_same_variant_and_leaves_the_held_out_alone(operator: Operator) -> None:
    rows: list[object] = [person(number) for number in range(100)]
    rows[3] = {"id": "C-3", "email": "c3@example.com"}
    command = plan(operator, rows, 10, short="Oi", long="Bom dia")
    operator.command(command, command)
    operator.pump.run()
    before = operator.counts
    sent = tagged(operator)
    operator.order(Control.RETRY_FAILED)
    operator.pump.run()
    assert operator.counts == before == operator.recount()
    assert tagged(operator) == sent
    assert operator.accepted[1] == 0


def test_chunks_in_any_order_and_twice_give_everybody_one_mail_of_their_variant(
    operator: Operator,
) -> None:
    operator.command(plan(operator, [person(n) for n in range(150)], 0, short="Oi", long="Bom dia"))
    operator.pump.run("plan")
    messages = operator.pump.take(Lane.MARKETING)
    operator.pump.deliver(Lane.MARKETING, [*reversed(messages), *messages])
    operator.pump.run()
    assert operator.accepted == (150, 0)
    assert tagged(operator) == {
        f"c{n}@example.com": variant_of(WEIGHTS, CAMPAIGN, f"C-{n}") for n in range(150)
    }


def test_a_campaign_that_writes_to_nobody_ends_completed(operator: Operator) -> None:
    held_out = next(n for n in range(99) if is_held_out(50, CAMPAIGN, f"C-{n}"))
    operator.command(plan(operator, [person(held_out)], 50, short="Oi"))
    operator.pump.run()
    assert operator.counts == {"control": 1}
    assert operator.progress.status is Status.COMPLETED
    assert operator.progress.variants == {}


def test_a_variant_that_cannot_be_compiled_fails_its_own_people_only(operator: Operator) -> None:
    """A template that was stored before the rules were."""
    loop = "{% for a in name %}{% endfor %}"
    operator.command(plan(operator, [person(n) for n in range(50)], 0, short="Oi", long=loop))
    operator.pump.run()
    variants = operator.progress.variants
    assert operator.counts == {"sent": variants["short"], "failed": variants["long"]}
    (chunk,) = operator.ledger.chunks(CAMPAIGN)
    failed = positions(chunk.states, State.FAILED)
    assert all("for is not part of Recado's templates" in chunk.reasons[n] for n in failed)


@pytest.mark.parametrize(
    "change", [{"from_address": "Eve\r\nBcc: x@y.co <a@b.co>"}, {"reply_to": "a\nb"}]
)
def test_a_plan_with_a_line_break_in_a_header_is_put_aside(
    operator: Operator, change: dict[str, str]
) -> None:
    good = operator.plan(operator.upload([person(0)]))
    assert campaign_command.validate_json(good.model_dump_json()) == good
    boto3.client("sqs").send_message(
        QueueUrl=operator.suite.outputs["PlanQueueUrl"],
        MessageBody=good.model_copy(update=change).model_dump_json(),
    )
    operator.pump.run()
    assert operator.ses.summary()["accepted"] == 0
    assert operator.dead_letters("PlanQueueDeadUrl")[0].startswith("ValidationError")
