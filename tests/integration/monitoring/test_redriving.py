"""Dead letters go back to their queue, and none is lost on the way."""

from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from operations.errors import Trouble
from operations.redriving import queues, redrive
from tests.integration.conftest import Suite, taken


@dataclass
class Here:
    """A world, as far as redriving needs one; `broken` loses the connection while sending."""

    suite: Suite
    broken: bool = False

    def outputs(self) -> dict[str, str]:
        return self.suite.outputs

    def client(self, service: str) -> Any:
        made = boto3.client(service)  # type: ignore[call-overload]
        if self.broken:
            made.send_message = _lost
        return made


def _lost(**request: Any) -> None:
    raise ConnectionError


def dead(suite: Suite, *bodies: str) -> list[str]:
    sqs, url = boto3.client("sqs"), suite.outputs["PlanQueueDeadUrl"]
    return [sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"] for body in bodies]


def test_every_queue_with_dead_letters_is_known(suite: Suite) -> None:
    known = queues(Here(suite))  # type: ignore[arg-type]
    assert {"PlanQueue", "SendBilling", "MonitoringQueue"} <= set(known)
    assert not any(name.endswith("Dead") for name in known)


def test_all_dead_letters_go_back_once(suite: Suite) -> None:
    bodies = [str(number) for number in range(23)]
    dead(suite, *bodies)
    here: Any = Here(suite)
    assert redrive(here, "PlanQueue") == 23
    assert redrive(here, "PlanQueue") == 0
    assert sorted(taken(suite.outputs["PlanQueueUrl"])) == sorted(bodies)


def test_one_dead_letter_goes_back_and_the_others_stay(suite: Suite) -> None:
    _, wanted, _ = dead(suite, "a", "b", "c")
    here: Any = Here(suite)
    assert redrive(here, "PlanQueue", wanted) == 1
    assert list(taken(suite.outputs["PlanQueueUrl"])) == ["b"]
    assert sorted(taken(suite.outputs["PlanQueueDeadUrl"])) == ["a", "c"]


def test_a_letter_that_cannot_be_sent_stays_among_the_dead(suite: Suite) -> None:
    dead(suite, "a")
    with pytest.raises(ConnectionError):
        redrive(Here(suite, broken=True), "PlanQueue")  # type: ignore[arg-type]
    attributes = boto3.client("sqs").get_queue_attributes(
        QueueUrl=suite.outputs["PlanQueueDeadUrl"],
        AttributeNames=["ApproximateNumberOfMessagesNotVisible"],
    )
    assert attributes["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_what_is_not_there_is_named(suite: Suite) -> None:
    here: Any = Here(suite)
    with pytest.raises(Trouble, match="no queue Plan"):
        redrive(here, "Plan")
    with pytest.raises(Trouble, match="no dead letter"):
        redrive(here, "PlanQueue", "another")
