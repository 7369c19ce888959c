"""Staff pause, resume and cancel at random moments: it stops at once, and nobody is skipped."""

import os
import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from recado import clock
from recado.contracts import Control
from recado.ledger.progress import Status
from recado.model import Lane
from sender import worker
from sender.delivery import Delivery

from .conftest import Operator, person
from .test_limits import tasks

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))
CAMPAIGNS, CYCLES = 10, 10
PEOPLE, CHUNK = 750, 50
STOP_MS = 2_000


@pytest.fixture
def passing(monkeypatch: pytest.MonkeyPatch) -> "Watch":
    """Time that moves only when the test says so."""
    watch = Watch(clock.now())
    monkeypatch.setattr(clock, "now", watch.now)
    return watch


class Watch:
    """The time of every function."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def now(self) -> datetime:
        return self.moment

    def passes(self, milliseconds: int) -> None:
        self.moment += timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize("campaign", range(CAMPAIGNS))
def test_a_hundred_random_cycles_of_pause_resume_and_cancel_stop_in_time_and_skip_nobody(
    operator: Operator, passing: Watch, campaign: int
) -> None:
    seed = SEED + campaign
    print(f"SEED={SEED} (this campaign: {seed})")  # noqa: T201
    chance = random.Random(seed)
    lane = chance.choice([Lane.BILLING, Lane.MARKETING])
    operator.launch([person(number) for number in range(PEOPLE)], lane)
    operator.pump.routes[lane].batch = 1
    for _ in range(CYCLES):
        for _ in range(chance.randint(0, 1)):
            passing.passes(chance.randint(1, 1_500))
            operator.pump.step(lane)
        pause_and_check(operator, passing, chance, lane)
        operator.order(Control.RESUME)
    if chance.random() < 0.5:
        operator.order(Control.CANCEL)
    passing.passes(STOP_MS)
    operator.pump.run()
    accepted, duplicates = operator.accepted
    assert duplicates == 0
    assert sum(operator.counts.values()) == PEOPLE
    assert operator.counts == operator.recount()
    if operator.progress.status is Status.CANCELLED:
        assert operator.counts.get("sent", 0) == accepted
        assert operator.counts.get("cancelled", 0) == PEOPLE - accepted
    else:
        assert operator.progress.status is Status.COMPLETED
        assert operator.counts == {"sent": PEOPLE}
        assert accepted == PEOPLE


def pause_and_check(operator: Operator, passing: Watch, chance: random.Random, lane: Lane) -> None:
    """Pause; what leaves afterwards was begun within two seconds, and that is one chunk at most."""
    operator.order(Control.PAUSE)
    if operator.progress.status is not Status.PAUSED:
        return  # everything was sent before
    passing.passes(chance.randint(0, STOP_MS))
    before = operator.accepted[0]
    operator.pump.deliver(lane, operator.pump.take(lane)[:1])
    assert operator.accepted[0] - before <= CHUNK
    passing.passes(STOP_MS)
    stopped = operator.accepted[0]
    operator.pump.run(lane)
    assert operator.accepted[0] == stopped


def test_a_pause_during_a_chunk_stops_behind_the_call_that_is_under_way(
    operator: Operator, passing: Watch
) -> None:
    operator.ses.change_account(max_send_rate=20)
    operator.launch([person(number) for number in range(CHUNK)])
    calls = 0

    def wait_for_the_slot(_: float) -> None:
        nonlocal calls
        calls += 1
        passing.passes(1_100)
        if calls == 2:
            operator.order(Control.PAUSE)

    (task,) = tasks(operator, Lane.BILLING)
    usual = worker.delivery()
    Delivery(replace(usual._with, sleep=wait_for_the_slot), usual._terms).deliver(
        task, lambda: True
    )
    assert operator.accepted == (2, 0)
    assert operator.counts == {"sent": 2, "pending": CHUNK - 2} == operator.recount()
