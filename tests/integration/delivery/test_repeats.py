"""Messages that come twice, in any order and to three workers at once, with clocks that differ."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from recado import clock
from recado.contracts import ChunkTask, SettleChunk
from recado.errors import Retryable
from recado.model import Lane
from sender import worker
from sender.gateway import BulkTransport, Envelope, SingleTransport

from .conftest import CAMPAIGN, Operator, person
from .test_limits import tasks
from .trouble import forget_statuses, let_leases_end, one_request_at_a_time

SKEW = timedelta(minutes=5)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.MARKETING])
def test_three_workers_that_get_everything_at_once_in_any_order_send_it_once(
    operator: Operator, lane: Lane, seed: int
) -> None:
    one_request_at_a_time(operator.monkeypatch)
    operator.launch([person(number) for number in range(300)], lane)
    waiting, chance = tasks(operator, lane), random.Random(seed)
    together = Barrier(3)
    workers = [worker.delivery.__wrapped__() for _ in range(3)]
    orders = [chance.sample(waiting, len(waiting)) for _ in workers]

    def work(number: int) -> int:
        together.wait()
        return sum(try_to_deliver(workers[number], task) for task in orders[number])

    with ThreadPoolExecutor(3) as pool:
        sent = list(pool.map(work, range(3)))
    assert sum(sent) == 300
    assert operator.accepted == (300, 0)
    assert operator.counts == {"sent": 300} == operator.recount()
    assert {chunk.attempt for chunk in operator.ledger.chunks(CAMPAIGN)} == {1}


def try_to_deliver(deliverer: worker.Delivery, task: ChunkTask) -> int:
    """How many mails of a chunk this worker sent; a chunk in other hands stays with SQS."""
    try:
        return deliverer.deliver(task, lambda: True).get("sent", 0)
    except Retryable:
        return 0


def test_a_message_delivered_three_times_sends_once(operator: Operator) -> None:
    operator.launch([person(number) for number in range(50)])
    (message,) = operator.pump.take(Lane.BILLING)
    for _ in range(3):
        operator.pump.deliver(Lane.BILLING, [message])
    assert operator.accepted == (50, 0)
    assert operator.counts == {"sent": 50}


@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.MARKETING])
@pytest.mark.parametrize("ahead", [SKEW, -SKEW], ids=["ahead", "behind"])
@pytest.mark.parametrize("moment", ["before the call", "after the call"])
def test_a_second_worker_whose_clock_is_five_minutes_off_never_sends_a_chunk_again(
    operator: Operator, lane: Lane, ahead: timedelta, moment: str
) -> None:
    operator.launch([person(number) for number in range(50)], lane)
    (task,) = tasks(operator, lane)
    send, right = BulkTransport.send, clock.now

    def intrude() -> None:
        """The other worker gets the same message while the first is at its call."""
        operator.monkeypatch.setattr(clock, "now", lambda: right() + ahead)
        operator.monkeypatch.setattr(BulkTransport, "send", send)
        try_to_deliver(worker.delivery.__wrapped__(), task)
        operator.monkeypatch.setattr(clock, "now", right)

    def send_with_an_intruder(
        bulk: BulkTransport, envelope: Envelope, mails: list[SingleTransport]
    ) -> object:
        if moment == "before the call":
            intrude()
        answers = send(bulk, envelope, mails)  # type: ignore[arg-type]
        if moment == "after the call":
            intrude()
        return answers

    operator.monkeypatch.setattr(BulkTransport, "send", send_with_an_intruder)
    worker.delivery().deliver(task, lambda: True)
    operator.command(SettleChunk(campaign_id=CAMPAIGN, number=0))
    operator.pump.run()
    assert operator.accepted == (50, 0)
    assert operator.counts == {"sent": 50} == operator.recount()


@pytest.mark.parametrize("ahead", [SKEW, -SKEW], ids=["ahead", "behind"])
def test_a_worker_with_a_skewed_clock_takes_over_what_a_dead_one_left(
    operator: Operator, ahead: timedelta
) -> None:
    operator.launch([person(number) for number in range(50)])
    operator.ledger.claim(CAMPAIGN, 0, "dead", clock.epoch_ms(clock.now()), 60_000)
    let_leases_end(operator)
    right = clock.now
    operator.monkeypatch.setattr(clock, "now", lambda: right() + ahead)
    forget_statuses()
    operator.pump.run()
    chunk = operator.ledger.get(CAMPAIGN, 0)
    assert chunk is not None
    assert chunk.attempt == 2
    assert operator.accepted == (50, 0)
