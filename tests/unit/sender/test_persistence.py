"""Recording again while DynamoDB is away."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from recado.errors import NotFound, Retryable
from sender.persistence import PATIENCE_MS, insist

FAILURES = [
    Retryable("others touched the same items"),
    ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "TransactWriteItems"),
    ReadTimeoutError(endpoint_url="https://dynamodb"),
]


class Dynamo:
    """Refuses so many times; a try takes `ms`."""

    def __init__(self, refusals: int, failure: Exception, ms: int = 0) -> None:
        self.refusals = refusals
        self.failure = failure
        self.ms = ms
        self.tries = 0
        self.time = 0
        self.pauses: list[float] = []

    def record(self) -> str:
        self.tries += 1
        self.time += self.ms
        if self.tries <= self.refusals:
            raise self.failure
        return "recorded"

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += round(seconds * 1_000)

    def insist(self) -> str:
        return insist(self.record, lambda: self.time, self.sleep)


@pytest.mark.parametrize("failure", FAILURES)
def test_what_was_refused_is_recorded_again_after_growing_pauses(failure: Exception) -> None:
    dynamo = Dynamo(3, failure)
    assert dynamo.insist() == "recorded"
    assert dynamo.tries == 4
    assert dynamo.pauses == sorted(dynamo.pauses)
    assert len(dynamo.pauses) == 3


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("ms", [0, 300, 3_000])
def test_patience_ends_and_the_failure_is_told(failure: Exception, ms: int) -> None:
    dynamo = Dynamo(1_000, failure, ms)
    with pytest.raises(type(failure)):
        dynamo.insist()
    assert dynamo.tries > 1
    assert dynamo.time - ms <= PATIENCE_MS + ms


def test_a_chunk_that_does_not_exist_is_not_asked_for_twice() -> None:
    dynamo = Dynamo(1, NotFound("no such chunk"))
    with pytest.raises(NotFound):
        dynamo.insist()
    assert dynamo.tries == 1
