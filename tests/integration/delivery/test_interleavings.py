"""Two workers and one chunk: every order of their steps, with each lease over at once."""

from itertools import combinations

import boto3
import pytest

from recado import table
from recado.ledger.chunk import Chunk
from recado.ledger.states import Outcome, State
from recado.ledger.store import Abandoned, Claimed, Ledger, LostClaim
from tests.integration.conftest import Suite

STEPS = ("claim", "begin", "send", "record")
ORDERS = [
    "".join("A" if place in chosen else "B" for place in range(2 * len(STEPS)))
    for chosen in combinations(range(2 * len(STEPS)), len(STEPS))
]


class Worker:
    """A sender that does one step at a time, whatever the others do meanwhile."""

    def __init__(self, name: str, ledger: Ledger, campaign: str, accepted: list[str]) -> None:
        self.name = name
        self.ledger = ledger
        self.campaign = campaign
        self.accepted = accepted
        self.steps = iter(STEPS)
        self.chunk: Chunk | None = None

    def go_on(self, now: int) -> None:
        """Do the next step, if there still is something to do."""
        step = next(self.steps)
        if step == "claim":
            self._claim(now)
        elif self.chunk is not None:
            getattr(self, f"_{step}")(now)

    def _claim(self, now: int) -> None:
        claim = self.ledger.claim(self.campaign, 0, self.name, now, lease=1)
        if isinstance(claim, Claimed):
            self.chunk = claim.chunk
        elif isinstance(claim, Abandoned):
            self.ledger.record(claim.chunk, {0: Outcome(State.UNKNOWN, "gone")})

    def _begin(self, now: int) -> None:
        assert self.chunk is not None
        try:
            self.chunk = self.ledger.begin(self.chunk, now, lease=1)
        except LostClaim:
            self.chunk = None

    def _send(self, now: int) -> None:
        self.accepted.append(self.name)

    def _record(self, now: int) -> None:
        assert self.chunk is not None
        self.ledger.record(self.chunk, {0: Outcome(State.SENT)})


@pytest.fixture
def ledger(suite: Suite) -> Ledger:
    """The real ledger."""
    return Ledger(suite.outputs["CampaignsTable"], boto3.client("dynamodb"))


def test_no_order_of_two_workers_sends_a_mail_twice_or_loses_it(ledger: Ledger) -> None:
    for order in ORDERS:
        campaign, accepted = f"cmp_{order}", list[str]()
        table.transact(ledger.planned([Chunk(campaign, 0, ("C-1",), "P", page=0, start=0)]))
        workers = {name: Worker(name, ledger, campaign, accepted) for name in "AB"}
        for now, name in enumerate(order):
            workers[name].go_on(now * 1_000)
        chunk = ledger.get(campaign, 0)
        assert chunk is not None
        assert (order, len(accepted), chunk.states) == (order, 1, "S")
        assert ledger.counts(campaign)["sent"] == 1
