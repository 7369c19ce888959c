"""Sending to SQS: whole batches, and only what was refused again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado import queue
from recado.contracts import CheckCompletion
from recado.errors import Retryable
from recado.queue import MAX_BATCH_BYTES, MAX_ENTRIES, Queue, batches


class FakeSqs:
    """SQS that refuses each message a given number of times before it takes it."""

    def __init__(self, refusals: dict[str, int]) -> None:
        self.refusals = refusals
        self.taken: list[str] = []

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        failed = []
        for entry in request["Entries"]:
            if self.refusals.get(entry["MessageBody"], 0) > 0:
                self.refusals[entry["MessageBody"]] -= 1
                failed.append({"Id": entry["Id"]})
            else:
                self.taken.append(entry["MessageBody"])
        return {"Failed": failed}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue.time, "sleep", lambda _: None)


def messages(number: int) -> list[CheckCompletion]:
    return [CheckCompletion(campaign_id=f"cmp_{each}") for each in range(number)]


@given(st.lists(st.integers(1, 400_000), max_size=30))
def test_batches_keep_every_message_in_order_and_fit_one_call(sizes: list[int]) -> None:
    bodies = ["x" * size for size in sizes]
    cut = list(batches(bodies))
    assert [body for group in cut for body in group] == bodies
    assert all(len(group) <= MAX_ENTRIES for group in cut)
    assert all(sum(map(len, group)) <= MAX_BATCH_BYTES for group in cut)


def test_only_what_was_refused_is_sent_again() -> None:
    sent = messages(25)
    bodies = [message.model_dump_json() for message in sent]
    sqs = FakeSqs({bodies[3]: 1, bodies[12]: 2})
    assert Queue("https://queue", lambda: sqs).send(sent) == 25  # type: ignore[arg-type]
    assert sorted(sqs.taken) == sorted(bodies)


def test_a_queue_that_keeps_refusing_is_an_error_to_try_later() -> None:
    (message,) = messages(1)
    sqs = FakeSqs({message.model_dump_json(): 1_000})
    with pytest.raises(Retryable, match="kept refusing 1 messages"):
        Queue("https://queue", lambda: sqs).send([message])  # type: ignore[arg-type]
