"""The send rate that all workers share."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from recado.model import Lane
from sender.bucket import Full, RateBucket, Slot
from sender.domain.rate import HORIZON_MS, Quota
from tests.integration.conftest import Suite

HORIZON = 5_000


class Account:
    """SES's GetAccount, counting how often it is asked."""

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self.asked = 0

    def __call__(self) -> Quota:
        self.asked += 1
        return Quota(per_second=self.per_second, left_today=1_000_000)


@pytest.fixture
def bucket(suite: Suite) -> Callable[[Account], RateBucket]:
    """A worker's view of the shared bucket."""
    table = suite.outputs["CampaignsTable"]
    return lambda account: RateBucket(table, boto3.client("dynamodb"), account)


def test_slots_of_two_workers_follow_each_other(bucket: Callable[[Account], RateBucket]) -> None:
    account = Account(per_second=100)
    one, other = bucket(account), bucket(account)
    waits = [worker.reserve(50, 1_000, HORIZON) for worker in (one, other, one)]
    assert waits == [Slot(wait_ms=0), Slot(wait_ms=515), Slot(wait_ms=1030)]


def test_a_slot_beyond_the_horizon_is_not_taken(bucket: Callable[[Account], RateBucket]) -> None:
    worker = bucket(Account(per_second=10))
    while isinstance(full := worker.reserve(10, 1_000, HORIZON), Slot):
        pass
    assert isinstance(full, Full)
    assert 0 < full.retry_ms <= 1_100
    assert worker.reserve(10, 1_000 + full.retry_ms + 1, HORIZON) != full


def test_idle_time_is_not_saved_up(bucket: Callable[[Account], RateBucket]) -> None:
    worker = bucket(Account(per_second=100))
    worker.reserve(50, 1_000, HORIZON)
    assert worker.reserve(50, 60_000, HORIZON) == Slot(wait_ms=0)
    assert worker.reserve(50, 60_000, HORIZON) == Slot(wait_ms=515)


def test_all_workers_together_ask_for_the_quota_once_a_minute(
    bucket: Callable[[Account], RateBucket],
) -> None:
    account = Account(per_second=100)
    for worker in [bucket(account) for _ in range(5)]:
        worker.quota(100_000)
    assert account.asked == 1
    bucket(account).quota(161_000)
    assert account.asked == 2


def test_a_throttle_makes_everyone_wait_and_the_quota_is_asked_anew(
    bucket: Callable[[Account], RateBucket],
) -> None:
    account = Account(per_second=100)
    worker = bucket(account)
    worker.reserve(1, 100_000, HORIZON)
    worker.slow_down(110_000)
    assert worker.reserve(1, 110_000, HORIZON) == Slot(wait_ms=100)
    assert account.asked == 2


def test_throttles_in_a_row_leave_more_and_more_free(
    bucket: Callable[[Account], RateBucket],
) -> None:
    worker = bucket(Account(per_second=100))
    waits = []
    for second in (110, 112, 114, 116, 118, 120, 140):
        worker.slow_down(second * 1_000)
        waits.append(worker.reserve(1, second * 1_000, HORIZON))
    assert waits == [Slot(wait_ms=each) for each in (100, 200, 400, 800, 1_600, 1_600, 100)]


def test_when_the_quota_falls_what_was_sent_ages_until_it_fits_and_everybody_slows_down(
    bucket: Callable[[Account], RateBucket],
) -> None:
    account = Account(per_second=100)
    one, other = bucket(account), bucket(account)
    for worker in (one, other):
        worker.reserve(2, 100_000, HORIZON)
    account.per_second = 50
    one.slow_down(110_000)
    assert one.quota(110_050).per_second == 50
    assert one.reserve(1, 110_100, HORIZON) == Slot(wait_ms=450)
    other.reserve(1, 110_120, HORIZON)
    assert other.quota(110_130).per_second == 50


def test_of_workers_that_start_together_one_asks_for_the_quota_and_all_learn_it(
    bucket: Callable[[Account], RateBucket],
) -> None:
    account = Account(per_second=100)
    workers = [bucket(account) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        quotas = list(pool.map(lambda worker: worker.quota(100_000), workers))
    assert {quota.per_second for quota in quotas} == {100}
    assert account.asked == 1


def test_a_worker_that_died_while_asking_holds_the_others_up_for_two_seconds_only(
    bucket: Callable[[Account], RateBucket],
) -> None:
    def dies() -> Quota:
        raise SystemExit

    with pytest.raises(SystemExit):
        bucket(dies).quota(100_000)  # type: ignore[arg-type]
    assert bucket(Account(per_second=100)).quota(100_100).per_second == 100


def test_a_worker_that_knows_the_bucket_is_full_asks_nobody(
    bucket: Callable[[Account], RateBucket], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = bucket(Account(per_second=10))
    while isinstance(worker.reserve(10, 1_000, HORIZON), Slot):
        pass
    monkeypatch.setattr(worker, "_write", None)
    assert isinstance(worker.reserve(10, 1_000, HORIZON), Full)


def test_a_bill_finds_a_slot_within_two_seconds_however_much_marketing_waits(
    bucket: Callable[[Account], RateBucket],
) -> None:
    marketing, billing = (bucket(Account(per_second=50)) for _ in range(2))
    while isinstance(marketing.reserve(50, 1_000, HORIZON_MS[Lane.MARKETING]), Slot):
        pass
    slot = billing.reserve(50, 1_000, HORIZON_MS[Lane.BILLING])
    assert isinstance(slot, Slot)
    assert slot.wait_ms <= 2_200
