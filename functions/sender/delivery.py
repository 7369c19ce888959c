"""The use case of a sender: deliver one chunk.

    permission -> claim -> compose -> take a slot -> begin -> send -> record

Nothing leaves before `begin` and everything that may have left is on record after it, so whatever
happens to this process in between, the ledger knows what is certain and what is unknown.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from recado.contracts import ChunkTask, Control, ControlCampaign, PlanCampaign, SettleChunk
from recado.errors import Retryable
from recado.ledger.chunk import Chunk
from recado.ledger.progress import ProgressBoard, Status
from recado.ledger.states import Outcome, State
from recado.ledger.store import Abandoned, Busy, Claimed, Finished, Ledger, LostClaim
from recado.model import Lane
from recado.queue import Outbox
from sender.bucket import RateBucket, Slot
from sender.composing import Composer
from sender.domain.answers import Answer, Verdict
from sender.domain.mail import Composed, Mail, groups
from sender.domain.rate import HORIZON_MS, LATE_MS, PATIENCE_MS
from sender.ending import announce_end
from sender.gateway import Envelope, Transport
from sender.permission import Permission
from sender.persistence import insist


@dataclass(frozen=True)
class Terms:
    """How long a claim lasts, and how long an unknown outcome waits for SES's events."""

    lease_ms: int
    unknown_seconds: int
    configuration_set: str


@dataclass(frozen=True)
class Collaborators:
    """What a delivery works with."""

    permission: Permission
    ledger: Ledger
    board: ProgressBoard
    plan: Callable[[str], PlanCampaign]
    composer: Composer
    bucket: RateBucket
    transport: Transport
    own_queue: Outbox
    commands: Outbox
    now: Callable[[], int]
    sleep: Callable[[float], None] = time.sleep


class Delivery:
    """Delivers chunks; one for the life of a process."""

    def __init__(self, collaborators: Collaborators, terms: Terms) -> None:
        self._with = collaborators
        self._terms = terms

    def deliver(self, task: ChunkTask, may_go_on: Callable[[], bool]) -> Mapping[str, int]:
        """Deliver a chunk as far as it goes now; returns how many went which way.

        What is left when `may_go_on` says no goes back to the queue.

        Raises:
            Retryable: another worker holds the chunk, or it is not in the ledger yet.
        """
        if self._with.permission.must_wait(task):
            return {}
        claim = self._with.ledger.claim(
            task.campaign_id,
            task.number,
            secrets.token_hex(8),
            self._with.now(),
            self._terms.lease_ms,
        )
        match claim:
            case Finished():
                return {}
            case Busy():
                raise Retryable(f"chunk {task.number} of {task.campaign_id} is in other hands")
            case Abandoned(chunk):
                return self._declare_unknown(chunk)
            case Claimed(chunk):
                return self._send_claimed(task, chunk, may_go_on)

    def _send_claimed(
        self, task: ChunkTask, chunk: Chunk, may_go_on: Callable[[], bool]
    ) -> Mapping[str, int]:
        if self._with.permission.status(task.campaign_id) is Status.CANCELLED:
            cancelled = Outcome(State.CANCELLED, "the campaign was cancelled")
            return self._record(chunk, dict.fromkeys(chunk.pending, cancelled))
        composed = self._with.composer.compose(task, chunk.pending, self._with.now())
        if not composed.mails:
            return self._record(chunk, composed.outcomes)
        try:
            return self._send(task, chunk, composed, may_go_on)
        except LostClaim:
            return {"lost": 1}

    def _send(
        self, task: ChunkTask, chunk: Chunk, composed: Composed, may_go_on: Callable[[], bool]
    ) -> Mapping[str, int]:
        quota = self._with.bucket.quota(self._with.now())
        outcomes = dict(composed.outcomes)
        begun: Chunk | None = None
        wait_seconds = 0
        for call in groups(composed.mails, quota.call_size):
            wait_seconds = self._await_slot(task.lane, len(call), may_go_on)
            running = self._with.permission.status(task.campaign_id) is Status.RUNNING
            if wait_seconds or not running or not may_go_on():
                break
            begun = begun or self._with.ledger.begin(chunk, self._with.now(), self._terms.lease_ms)
            answers = self._with.transport.send(self._envelope(task.campaign_id), call)
            outcomes |= _outcomes(call, answers)
            wait_seconds = self._heed(task.campaign_id, answers)
            if wait_seconds:
                break
        if begun is None:
            self._with.ledger.give_back(chunk)
            self.put_back(task, wait_seconds)
            return {"waiting": len(composed.mails)}
        return self._record(begun, outcomes, task=task, wait_seconds=wait_seconds)

    def _await_slot(self, lane: Lane, recipients: int, may_go_on: Callable[[], bool]) -> int:
        """Wait for room in SES's rate; returns 0, or the seconds to come back in.

        Who wakes too late for a slot takes another, once: late calls and those on time would
        share a second.
        """
        give_up_at = self._with.now() + PATIENCE_MS
        missed = False
        while True:
            now = self._with.now()
            slot = self._with.bucket.reserve(recipients, now, HORIZON_MS[lane])
            if isinstance(slot, Slot):
                if self._is_there(now + slot.wait_ms) or missed:
                    return 0
                missed = True
            elif now + slot.retry_ms > give_up_at or not may_go_on():
                return max(1, slot.retry_ms // 1000)
            else:
                self._with.sleep(slot.retry_ms / 1000)

    def _is_there(self, slot_begins: int) -> bool:
        """Sleep until a slot begins; whether that was in time."""
        wait_ms = slot_begins - self._with.now()
        if wait_ms > 0:
            self._with.sleep(wait_ms / 1000)
        return self._with.now() - slot_begins <= LATE_MS

    def _heed(self, campaign_id: str, answers: list[Answer]) -> int:
        """Slow down or stop when SES says so; returns the seconds to come back in, or 0."""
        verdicts = {answer.verdict: answer.reason for answer in answers}
        if Verdict.STOP in verdicts:
            order = ControlCampaign(
                campaign_id=campaign_id,
                action=Control.PAUSE,
                by="sender",
                reason=f"SES would not go on: {verdicts[Verdict.STOP]}",
            )
            self._with.commands.send([order])
            return 60
        if Verdict.TRY_AGAIN in verdicts:
            self._with.bucket.slow_down(self._with.now())
            return 1
        return 0

    def _record(
        self,
        chunk: Chunk,
        outcomes: Mapping[int, Outcome],
        *,
        task: ChunkTask | None = None,
        wait_seconds: int = 0,
    ) -> Mapping[str, int]:
        recorded = insist(
            lambda: self._with.ledger.record(chunk, outcomes), self._with.now, self._with.sleep
        )
        if State.UNKNOWN in recorded.states:
            self._settle_later(recorded)
        if task is not None and recorded.pending:
            self.put_back(task, wait_seconds)
        return _tally(outcomes)

    def put_back(self, task: ChunkTask, wait_seconds: int = 0) -> None:
        """Leave a chunk to a later invocation, as if it came for the first time."""
        self._with.own_queue.send([task], delay_seconds=min(wait_seconds, 900))

    def _declare_unknown(self, chunk: Chunk) -> Mapping[str, int]:
        unknown = Outcome(
            State.UNKNOWN, "the sender was gone before it could say what SES answered"
        )
        return self._record(chunk, dict.fromkeys(chunk.pending, unknown))

    def _settle_later(self, chunk: Chunk) -> None:
        order = SettleChunk(campaign_id=chunk.campaign_id, number=chunk.number)
        self._with.commands.send([order], delay_seconds=self._terms.unknown_seconds)

    def announce_end(self, campaign_id: str) -> None:
        """Tell `campaigns` when nothing of a campaign seems open any more."""
        announce_end(self._with.board, self._with.commands, campaign_id)

    def _envelope(self, campaign_id: str) -> Envelope:
        plan = self._with.plan(campaign_id)
        return Envelope(plan.from_address, plan.reply_to, self._terms.configuration_set)


def _outcomes(mails: list[Mail], answers: list[Answer]) -> dict[int, Outcome]:
    came = zip(mails, (answer.outcome for answer in answers), strict=True)
    return {mail.position: outcome for mail, outcome in came if outcome is not None}


def _tally(outcomes: Mapping[int, Outcome]) -> dict[str, int]:
    counted = Counter(outcome.state for outcome in outcomes.values())
    return {state.counter: number for state, number in counted.items()}
