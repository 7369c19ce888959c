"""What SES does not let through: its rate, its daily quota, a paused account, single entries."""

import random
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import boto3
import pytest

from recado.contracts import ChunkTask, Control
from recado.ledger.progress import Status
from recado.model import Lane
from sender import worker
from sender.bucket import RateBucket
from sender.delivery import Collaborators, Delivery
from sender.domain.answers import BULK_STATUS, Answer, Verdict
from sender.domain.mail import Mail
from sender.domain.rate import Quota
from sender.gateway import Envelope
from ses_simulator.faults import CallFault, Faults

from .conftest import CAMPAIGN, Operator, person
from .trouble import Time, forget_statuses, one_request_at_a_time

PEOPLE: list[object] = [person(number) for number in range(50)]


def busiest_second(sends: Iterable[tuple[int, int]]) -> int:
    """The most recipients in any window of 1,000 ms, of calls as (milliseconds, recipients)."""
    window: deque[tuple[int, int]] = deque()
    busiest = 0
    for moment, recipients in sorted(sends):
        window.append((moment, recipients))
        while window[0][0] <= moment - 1_000:
            window.popleft()
        busiest = max(busiest, sum(number for _, number in window))
    return busiest


def tasks(operator: Operator, lane: Lane) -> list[ChunkTask]:
    """Everything that waits on a lane's queue, for workers that a test calls itself."""
    operator.monkeypatch.setenv("SEND_QUEUE_URL", operator.pump.routes[lane].queue_url)
    found: list[ChunkTask] = []
    while messages := operator.pump.take(lane):
        found += [ChunkTask.model_validate_json(message["Body"]) for message in messages]
    return found


@pytest.mark.parametrize("lane", [Lane.BILLING, Lane.MARKETING])
@pytest.mark.parametrize(
    "throttle",
    [
        CallFault(kind="throttle", next=2),
        CallFault(kind="partial_failure", next=2, status="ACCOUNT_THROTTLED", entries=0.4),
        CallFault(kind="partial_failure", next=2, status="ACCOUNT_THROTTLED", entries=1.0),
    ],
    ids=["TooManyRequests", "part of a call", "a whole call"],
)
def test_a_throttle_slows_down_and_charges_no_attempt(
    operator: Operator, lane: Lane, throttle: CallFault
) -> None:
    operator.ses.faults = Faults(calls=(throttle,))
    operator.launch(PEOPLE, lane)
    bucket = boto3.client("dynamodb").get_item
    place = {"pk": {"S": "BUCKET#ses"}, "sk": {"S": "BUCKET"}}
    operator.pump.step(lane)
    free_at = int(
        bucket(TableName=operator.suite.outputs["CampaignsTable"], Key=place)["Item"]["free_at"][
            "N"
        ]
    )
    first_call = next(c for c in operator.ses.calls() if c["operation"].startswith("Send"))
    assert free_at // 1_000 - first_call["at_ms"] >= 100
    chunk = operator.ledger.get(CAMPAIGN, 0)
    assert chunk is not None
    assert (chunk.attempt, len(chunk.pending)) == (0, operator.counts["pending"])
    for _ in range(3):
        operator.order(Control.PAUSE)
        operator.order(Control.RESUME)
        forget_statuses()
        operator.pump.run()
    chunk = operator.ledger.get(CAMPAIGN, 0)
    assert chunk is not None
    assert chunk.attempt == 1
    assert operator.counts == {"sent": 50} == operator.recount()
    assert operator.accepted == (50, 0)
    assert operator.dead_letters(f"Send{lane.title()}DeadUrl") == []


class NotedTransport:
    """SES that takes everything after a while; notes when each call came."""

    def __init__(self, time: Time, chance: random.Random, sends: list[tuple[int, int]]) -> None:
        self.time = time
        self.chance = chance
        self.sends = sends

    def send(self, envelope: Envelope, mails: Sequence[Mail]) -> list[Answer]:
        self.sends.append((self.time(), len(mails)))
        self.time.sleep(self.chance.uniform(0.02, 0.15))
        return [Answer(Verdict.SENT)] * len(mails)


@pytest.mark.parametrize("rate", [14, 62, 90, 400])
@pytest.mark.parametrize("seed", range(2))
def test_workers_together_never_plan_more_than_the_quota_in_any_second(
    operator: Operator, rate: int, seed: int
) -> None:
    chance, sends = random.Random(seed), list[tuple[int, int]]()
    operator.launch([person(number) for number in range(400)])
    start = 1_000_000
    for task in tasks(operator, Lane.BILLING):
        time = Time(start + chance.randint(0, 300))
        built: Collaborators = worker.delivery()._with
        table = operator.suite.outputs["CampaignsTable"]
        quota = Quota(per_second=rate, left_today=10_000)
        bucket = RateBucket(table, boto3.client("dynamodb"), lambda quota=quota: quota)  # type: ignore[misc]
        alone = replace(
            built,
            bucket=bucket,
            transport=NotedTransport(time, chance, sends),
            now=time,
            sleep=time.sleep,
        )
        Delivery(alone, worker.delivery()._terms).deliver(task, lambda: True)
    assert sum(number for _, number in sends) == operator.counts["sent"]
    assert operator.counts["sent"] >= min(400, 2 * rate)
    assert busiest_second(sends) <= rate


def test_who_wakes_too_late_for_a_slot_waits_behind_those_that_others_took(
    operator: Operator,
) -> None:
    account = Quota(per_second=40, left_today=10_000)
    table, sends = operator.suite.outputs["CampaignsTable"], list[tuple[int, int]]()
    time = Time(1_000_000)
    others, own = (RateBucket(table, boto3.client("dynamodb"), lambda: account) for _ in range(2))

    stalls = iter([0.06])

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        for stall in stalls:
            for _ in range(4):
                others.reserve(1, time(), 1_000)
            time.sleep(stall)

    others.reserve(1, time(), 1_000)
    operator.launch([person(0)])
    (task,) = tasks(operator, Lane.BILLING)
    built = worker.delivery()
    transport = NotedTransport(time, random.Random(1), sends)
    late = replace(built._with, bucket=own, transport=transport, now=time, sleep=sleep)
    Delivery(late, built._terms).deliver(task, lambda: True)
    slot = 1_000 / account.pace
    assert sends == [(pytest.approx(1_000_000 + 6 * slot, abs=1), 1)]


def test_three_workers_at_once_stay_under_the_quota_and_reach_everybody(
    operator: Operator,
) -> None:
    rate = 150
    operator.ses.change_account(max_send_rate=rate)
    one_request_at_a_time(operator.monkeypatch)
    operator.launch([person(number) for number in range(450)])
    built = worker.delivery
    waiting = tasks(operator, Lane.BILLING)
    workers = [built.__wrapped__() for _ in range(3)]

    def work(number: int) -> None:
        for task in waiting[number::3]:
            workers[number].deliver(task, lambda: True)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    operator.order(Control.PAUSE)
    operator.order(Control.RESUME)
    operator.pump.run()
    moments = [(mail["at_ms"], 1) for mail in operator.ses.messages(limit=1_000)]
    assert busiest_second(moments) <= rate
    assert operator.accepted == (450, 0)
    assert operator.counts == {"sent": 450} == operator.recount()
    assert operator.dead_letters("SendBillingDeadUrl") == []


@pytest.mark.parametrize("transport", ["bulk", "single"])
def test_when_ses_pauses_the_account_the_campaign_pauses_and_resumes_to_the_end(
    operator: Operator, transport: str
) -> None:
    operator.monkeypatch.setenv("TRANSPORT", transport)
    operator.launch([person(number) for number in range(120)])
    operator.ses.change_account(sending_enabled=False)
    operator.pump.run()
    assert operator.progress.status is Status.PAUSED
    assert operator.progress.reason.startswith("SES would not go on: ")
    assert operator.accepted == (0, 0)
    operator.ses.change_account(sending_enabled=True)
    forget_statuses()
    operator.pump.run()
    assert operator.accepted == (0, 0)
    operator.order(Control.RESUME)
    forget_statuses()
    operator.pump.run()
    assert operator.accepted == (120, 0)
    assert operator.counts == {"sent": 120} == operator.recount()
    assert operator.dead_letters("SendBillingDeadUrl") == []


def test_at_the_daily_quota_the_campaign_pauses_and_the_next_day_it_resumes_to_the_end(
    operator: Operator,
) -> None:
    operator.ses.change_account(daily_quota=70)
    operator.launch([person(number) for number in range(150)])
    operator.pump.run()
    assert operator.progress.status is Status.PAUSED
    assert "DAILY_QUOTA" in operator.progress.reason
    assert operator.accepted == (70, 0)
    operator.ses.change_account(daily_quota=1_000)
    forget_statuses()
    operator.pump.run()
    assert operator.accepted == (70, 0)
    operator.order(Control.RESUME)
    forget_statuses()
    operator.pump.run()
    assert operator.accepted == (150, 0)
    assert operator.counts == {"sent": 150} == operator.recount()
    assert operator.dead_letters("SendBillingDeadUrl") == []


@pytest.mark.parametrize("status", sorted(set(BULK_STATUS) - {"SUCCESS"}))
def test_every_status_of_a_bulk_entry_is_heeded_for_that_entry_alone(
    operator: Operator, status: str
) -> None:
    some = CallFault(kind="partial_failure", next=1, status=status, entries=0.3)
    operator.ses.faults = Faults(calls=(some,))
    operator.launch(PEOPLE)
    operator.pump.step(Lane.BILLING)
    first = operator.counts
    kept = "failed" if BULK_STATUS[status] is Verdict.FAILED else "pending"
    assert set(first) == {"sent", kept}
    assert first["sent"] + first[kept] == 50
    assert operator.accepted == (first["sent"], 0)
    operator.pump.run("plan")
    paused = BULK_STATUS[status] is Verdict.STOP
    assert (operator.progress.status is Status.PAUSED) == paused
    if kept == "pending":
        operator.order(Control.PAUSE)
        operator.order(Control.RESUME)
        forget_statuses()
        operator.pump.run()
        assert operator.accepted == (50, 0)
        assert operator.counts == {"sent": 50} == operator.recount()


def test_exactly_the_failed_are_retried(operator: Operator) -> None:
    rejected = CallFault(kind="partial_failure", next=1, status="MESSAGE_REJECTED", entries=0.2)
    operator.ses.faults = Faults(calls=(rejected,))
    operator.launch([*PEOPLE[:-1], person(49, email="nobody")])
    operator.pump.run()
    failed = operator.counts["failed"]
    assert operator.progress.status is Status.PARTIAL
    operator.order(Control.RETRY_FAILED)
    operator.pump.run()
    assert failed > 1
    assert operator.counts == {"sent": 49, "failed": 1} == operator.recount()
    assert operator.accepted == (49, 0)
