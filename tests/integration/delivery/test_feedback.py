"""What SES reports comes twice, late, in any order or never: the states converge all the same."""

import json
import random

import pytest

from recado.errors import Retryable
from recado.ledger.states import Outcome, State
from recado.ledger.store import Ledger
from sender.domain.feedback import report
from ses_simulator.faults import Faults, RecipientFault
from tests.factories import s3_notification

from .conftest import Operator, person, ses_event

PEOPLE: list[object] = [person(number) for number in range(50)]
TOPIC = "arn:aws:sns:us-east-1:000000000000:feedback"


def reported(operator: Operator) -> list[dict[str, object]]:
    """Every event the simulator wrote about the mail it took."""
    found: list[dict[str, object]] = []
    for mail in operator.ses.messages():
        whole = operator.ses.message(mail["message_id"])
        assert whole is not None
        found += [event["record"] for event in whole["events"]]
    return found


def expected(heard: list[dict[str, object]], people: int) -> dict[str, int]:
    """A recount from the events alone: the strongest for each recipient, SENT without any."""
    states = dict.fromkeys(range(people), Outcome(State.SENT))
    for event in heard:
        told = report(event)
        assert told is not None
        place = told.chunk * 50 + told.position
        if told.outcome.outweighs(states[place]):
            states[place] = told.outcome
    counted: dict[str, int] = {}
    for outcome in states.values():
        counted[outcome.state.counter] = counted.get(outcome.state.counter, 0) + 1
    return counted


@pytest.mark.parametrize("seed", range(3))
def test_events_twice_in_any_order_and_with_losses_lead_to_the_states_of_a_recount(
    operator: Operator, seed: int
) -> None:
    operator.ses_reports("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", topic=TOPIC)
    operator.ses.faults = Faults(
        recipients=(
            RecipientFault("c1?@example.com", "bounce"),
            RecipientFault("c2?@example.com", "complaint"),
            RecipientFault("c3?@example.com", "reject"),
        )
    )
    operator.launch([person(number) for number in range(120)])
    operator.pump.run()
    chance = random.Random(seed)
    events = reported(operator)
    heard = [event for event in events if chance.random() > 0.2]
    heard += chance.sample(heard, len(heard) // 2)
    chance.shuffle(heard)
    for start in range(0, len(heard), 10):
        batch = heard[start : start + 10]
        in_a_file = "\n".join(map(json.dumps, batch))
        answer = operator.hear_file(in_a_file) if start % 20 else operator.listen(*batch)
        assert answer == {"batchItemFailures": []}
    assert len(heard) > 120
    assert operator.counts == expected(heard, 120) == operator.recount()
    assert {"sent", "delivered", "bounced", "complained"} <= set(operator.counts)
    assert operator.accepted == (120, 0)


def test_events_before_the_sender_has_recorded_lead_to_the_same_states(operator: Operator) -> None:
    operator.launch(PEOPLE)
    operator.hear("Delivery", [1, 2, 2])
    operator.hear("Send", [1, 2, 3])
    operator.pump.run()
    operator.hear("Delivery", [4, 4])
    operator.hear("Send", [4])
    assert operator.counts == {"delivered": 3, "sent": 47} == operator.recount()


def test_one_file_tells_what_became_of_many_mails(operator: Operator) -> None:
    operator.launch([person(number) for number in range(120)])
    operator.pump.run()
    places = [(number // 50, number % 50) for number in range(120)]
    told = [ses_event("Delivery", position, chunk) for chunk, position in places]
    answer = operator.hear_file("".join(map(json.dumps, told)))
    assert answer == {"batchItemFailures": []}
    assert operator.counts == {"delivered": 120} == operator.recount()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ('{"eventType": "Deliv', "Rejected: no SES event at character"),
        (json.dumps(ses_event("Bounce", 3)), "Rejected: not an SES event: KeyError 'bounce'"),
    ],
)
def test_of_a_broken_file_what_can_be_read_counts_and_the_file_is_put_aside(
    operator: Operator, broken: str, said: str
) -> None:
    operator.launch(PEOPLE)
    operator.pump.run()
    around = [json.dumps(ses_event("Delivery", position)) for position in (1, 2)]
    answer = operator.hear_file(around[0] + broken + around[1])
    assert answer == {"batchItemFailures": []}
    assert operator.counts["delivered"] == (2 if "KeyError" in said else 1)
    (reason,) = operator.dead_letters("FeedbackQueueDeadUrl")
    assert reason.startswith(said)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            s3_notification("files", "mail-events/never-written"),
            "mail-events/never-written is gone",
        ),
        ({"Records": [{"eventSource": "aws:sqs"}]}, "neither SES nor S3 writes so"),
        ([1], "not an SES event"),
    ],
)
def test_a_message_that_leads_nowhere_is_put_aside_with_the_reason(
    operator: Operator, message: object, said: str
) -> None:
    operator.launch(PEOPLE)
    operator.pump.run()
    answer = operator.listen(message, ses_event("Delivery", 7))
    assert answer == {"batchItemFailures": []}
    assert operator.counts == {"delivered": 1, "sent": 49}
    (reason,) = operator.dead_letters("FeedbackQueueDeadUrl")
    assert said in reason


def test_a_file_whose_events_the_ledger_would_not_take_comes_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.launch(PEOPLE)
    operator.pump.run()
    told = json.dumps(ses_event("Delivery", 1))
    with monkeypatch.context() as trouble:
        trouble.setattr(Ledger, "record", refuse)
        assert operator.hear_file(told) == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
    assert operator.counts == {"sent": 50}
    assert operator.hear_file(told) == {"batchItemFailures": []}
    assert operator.counts == {"delivered": 1, "sent": 49}


def refuse(*_: object, **__: object) -> None:
    """DynamoDB throttles."""
    raise Retryable("the table is busy")


def test_a_bounced_address_is_never_sent_twice(operator: Operator) -> None:
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": "General",
        "bouncedRecipients": [{"emailAddress": "c3@example.com"}],
    }
    operator.launch(PEOPLE)
    operator.hear("Bounce", [3], chunk=99, bounce=bounce)
    operator.pump.run()
    assert operator.counts == {"sent": 49, "suppressed": 1}
    assert "c3@example.com" not in {
        address for mail in operator.ses.messages() for address in mail["to"]
    }
