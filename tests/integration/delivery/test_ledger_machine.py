"""The ledger under everything at once: workers that die, throttles, clocks that differ, events in
any order, staff who cancel and retry, messages that are hopeless.

Hypothesis plays workers, SES, DynamoDB, staff and time against the real ledger and inbox on moto.
After every step: whom SES took is of the audience, the states add up to the audience, the counters
equal the items, every dead letter has a reason, and nobody was written to twice without a decision.
"""

import contextlib
from collections import Counter
from collections.abc import Iterator
from itertools import count

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from campaigns.orders import cancelled, settled
from recado import table
from recado.errors import Rejected, Retryable
from recado.inbox import LAST_DELIVERY, Inbox
from recado.ledger.chunk import Chunk, Stage, reset
from recado.ledger.states import Outcome, State, positions
from recado.ledger.store import Abandoned, Claimed, Ledger, LostClaim
from recado.model import Lane
from tests.factories import context, sqs_event
from tests.integration.conftest import Suite

from .trouble import dynamodb_throttles

PEOPLE = 2
LEASE = 100
SKEW = 300_000
ANSWERS = st.lists(
    st.sampled_from(["accept", "throttle", "reject", "lose"]), min_size=PEOPLE, max_size=PEOPLE
)
_campaigns = count()
_ledger: list[tuple[Ledger, str]] = []


@pytest.fixture(autouse=True)
def ledger(suite: Suite) -> Iterator[None]:
    """The real ledger and a dead-letter queue, for machines that Hypothesis makes itself."""
    outputs = suite.outputs
    _ledger.append((Ledger(outputs["CampaignsTable"], table.client()), outputs["PlanQueueDeadUrl"]))
    yield
    _ledger.pop()


class Sending(RuleBasedStateMachine):
    """One chunk, many workers."""

    lane = Lane.MARKETING

    def __init__(self) -> None:
        super().__init__()
        self.ledger, self.dead_letters = _ledger[-1]
        self.sqs = boto3.client("sqs")
        self.inbox = Inbox(self.dead_letters, lambda: self.sqs)
        self.put_aside = 0
        self.found_aside = 0
        self.campaign = f"cmp_{self.lane}_{next(_campaigns)}"
        ids = tuple(f"C-{number}" for number in range(PEOPLE))
        fresh = Chunk(self.campaign, 0, ids, "P" * PEOPLE, page=0, start=0)
        table.transact(self.ledger.planned([fresh]))
        self.now = SKEW * 2
        self.claimed: dict[str, Chunk] = {}
        self.begun: dict[str, Chunk] = {}
        self.answered: dict[str, tuple[Chunk, dict[int, Outcome]]] = {}
        self.audience = ids
        self.accepted: Counter[int] = Counter()
        self.settlements = 0
        self.claims = 0
        self.tokens = count()

    @property
    def chunk(self) -> Chunk:
        found = self.ledger.get(self.campaign, 0)
        assert found is not None
        return found

    @rule(milliseconds=st.sampled_from([1, LEASE // 2, 2 * LEASE]))
    def time_passes(self, milliseconds: int) -> None:
        self.now += milliseconds

    @rule(skew=st.sampled_from([0, 0, SKEW, -SKEW]))
    def a_message_is_delivered(self, skew: int) -> None:
        token = f"worker-{next(self.tokens)}"
        self._claim(token, skew)

    @rule()
    def a_message_is_delivered_while_dynamodb_throttles(self) -> None:
        before = self.chunk
        with dynamodb_throttles("UpdateItem", "lease_until"), pytest.raises(ClientError):
            self._claim(f"worker-{next(self.tokens)}", skew=0)
        assert self.chunk == before

    def _claim(self, token: str, skew: int) -> None:
        claim = self.ledger.claim(self.campaign, 0, token, self.now + skew, LEASE)
        if isinstance(claim, Claimed):
            self.claims += 1
            self.claimed[token] = claim.chunk
        elif isinstance(claim, Abandoned):
            unknown = Outcome(State.UNKNOWN, "gone")
            self.ledger.record(claim.chunk, dict.fromkeys(claim.chunk.pending, unknown))

    @precondition(lambda self: self.claimed)
    @rule(data=st.data(), verdicts=ANSWERS, at_once=st.booleans())
    def a_worker_begins(self, data: st.DataObject, verdicts: list[str], at_once: bool) -> None:  # noqa: FBT001
        token = data.draw(st.sampled_from(sorted(self.claimed)))
        chunk = self.claimed.pop(token)
        try:
            self.begun[token] = self.ledger.begin(chunk, self.now, LEASE)
        except LostClaim:
            return
        if at_once:
            self._call_ses(token, verdicts)

    @precondition(lambda self: self.claimed)
    @rule(data=st.data())
    def a_worker_gives_its_chunk_back(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.claimed)))
        chunk = self.claimed.pop(token)
        try:
            self.ledger.give_back(chunk)
        except LostClaim:
            return

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), verdicts=ANSWERS)
    def ses_is_called(self, data: st.DataObject, verdicts: list[str]) -> None:
        self._call_ses(data.draw(st.sampled_from(sorted(self.begun))), verdicts)

    def _call_ses(self, token: str, verdicts: list[str]) -> None:
        chunk = self.begun.pop(token)
        outcomes: dict[int, Outcome] = {}
        for position in chunk.pending:
            match verdicts[position]:
                case "accept":
                    self.accepted[position] += 1
                    outcomes[position] = Outcome(State.SENT)
                case "lose":
                    self.accepted[position] += 1
                    outcomes[position] = Outcome(State.UNKNOWN, "lost")
                case "reject":
                    outcomes[position] = Outcome(State.FAILED, "rejected")
        self.answered[token] = (chunk, outcomes)

    @precondition(lambda self: self.answered)
    @rule(data=st.data())
    def a_worker_records(self, data: st.DataObject) -> None:
        token = data.draw(st.sampled_from(sorted(self.answered)))
        self.ledger.record(*self.answered.pop(token))

    @precondition(lambda self: self.answered)
    @rule(data=st.data())
    def dynamodb_throttles_a_record(self, data: st.DataObject) -> None:
        chunk, outcomes = self.answered[data.draw(st.sampled_from(sorted(self.answered)))]
        if not outcomes:
            return
        before = self.chunk
        with dynamodb_throttles("TransactWriteItems", ":states"), contextlib.suppress(ClientError):
            self.ledger.record(chunk, outcomes)
        assert self.chunk == before

    @precondition(lambda self: self.answered)
    @rule(data=st.data())
    def the_answer_to_a_record_is_lost_and_it_is_recorded_again(self, data: st.DataObject) -> None:
        chunk, outcomes = self.answered.pop(data.draw(st.sampled_from(sorted(self.answered))))
        self.ledger.record(chunk, outcomes)
        once = self.chunk
        self.ledger.record(chunk, outcomes)
        assert self.chunk == once

    @precondition(lambda self: self.claimed or self.begun or self.answered)
    @rule(data=st.data())
    def a_worker_dies(self, data: st.DataObject) -> None:
        alive: list[dict[str, object]] = [self.claimed, self.begun, self.answered]  # type: ignore[list-item]
        workers = data.draw(st.sampled_from([group for group in alive if group]))
        workers.pop(data.draw(st.sampled_from(sorted(workers))))

    @precondition(lambda self: self.accepted)
    @rule(data=st.data(), state=st.sampled_from([State.SENT, State.DELIVERED, State.BOUNCED]))
    def ses_reports(self, data: st.DataObject, state: State) -> None:
        position = data.draw(st.sampled_from(sorted(self.accepted)))
        self.ledger.record(self.chunk, {position: Outcome(state)}, release=False)

    @rule()
    def the_lane_decides_what_stayed_unknown(self) -> None:
        chunk = self.chunk
        if chunk.stage is Stage.UNSETTLED and not (self.begun or self.answered):
            self.settlements += len(positions(chunk.states, State.UNKNOWN))
            self.ledger.change(chunk, lambda latest: settled(latest, self.lane))

    @rule()
    def staff_cancel(self) -> None:
        self.ledger.change(self.chunk, cancelled)

    @rule()
    def staff_retry_the_failed(self) -> None:
        chunk = self.chunk
        if chunk.stage is Stage.DONE and not (self.begun or self.answered):
            failed = positions(chunk.states, State.FAILED)
            self.ledger.change(chunk, lambda latest: reset(latest, failed, State.PENDING))

    @rule(
        error=st.sampled_from([Rejected("no campaign"), Retryable("busy"), LookupError("")]),
        received=st.sampled_from([1, LAST_DELIVERY]),
    )
    def a_message_fails(self, error: Exception, received: int) -> None:
        def fail(body: str) -> None:
            raise error

        event = sqs_event("poison")
        event["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(received)
        given_back = self.inbox.read(event, fail, context())["batchItemFailures"]
        self.put_aside += not given_back
        assert bool(given_back) == (received < LAST_DELIVERY and not isinstance(error, Rejected))

    @invariant()
    def every_dead_letter_has_a_reason(self) -> None:
        if self.found_aside == self.put_aside:
            return
        letters = self.sqs.receive_message(
            QueueUrl=self.dead_letters, MessageAttributeNames=["All"], MaxNumberOfMessages=10
        ).get("Messages", [])
        for letter in letters:
            assert letter["MessageAttributes"]["reason"]["StringValue"].strip()
            self.sqs.delete_message(
                QueueUrl=self.dead_letters, ReceiptHandle=letter["ReceiptHandle"]
            )
        self.found_aside += len(letters)
        assert self.found_aside == self.put_aside

    @invariant()
    def whom_ses_took_is_of_the_audience(self) -> None:
        assert {self.audience[place] for place in self.accepted} <= set(self.chunk.recipient_ids)
        assert self.chunk.recipient_ids == self.audience

    @invariant()
    def no_attempt_is_charged_for_being_told_to_wait(self) -> None:
        assert 0 <= self.chunk.attempt <= self.claims

    @invariant()
    def the_counters_equal_a_recount(self) -> None:
        counted = self.ledger.counts(self.campaign)
        total = counted.pop("total")
        recount = Counter(State(letter).counter for letter in self.chunk.states)
        assert total == PEOPLE == sum(recount.values())
        assert {name: number for name, number in counted.items() if number} == recount

    @invariant()
    def nobody_is_written_to_twice_without_a_decision(self) -> None:
        repeats = sum(number - 1 for number in self.accepted.values())
        allowed = 0 if self.lane.at_most_once else self.settlements
        assert repeats <= allowed

    @invariant()
    def whoever_ses_took_is_pending_only_while_a_worker_may_still_say_so(self) -> None:
        chunk = self.chunk
        if self.lane.at_most_once and chunk.stage is not Stage.SENDING:
            assert not set(chunk.pending) & set(self.accepted)


class SendingBills(Sending):
    """The same, where an unknown mail is sent again."""

    lane = Lane.BILLING


_enough = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
TestMarketing = Sending.TestCase
TestMarketing.settings = _enough
TestBilling = SendingBills.TestCase
TestBilling.settings = _enough
