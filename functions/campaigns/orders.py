"""The use cases of a running campaign: what staff order, what the clock brings, how it ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from campaigns.domain.campaign import Campaign, after, outcome
from campaigns.domain.plan import Row
from campaigns.planning import Planner
from campaigns.store import CampaignStore
from recado.audience import RejectedRow
from recado.bus import Bus
from recado.clock import epoch_ms
from recado.contracts import CampaignCompleted, Control, ControlCampaign, PlanCampaign, SettleChunk
from recado.ledger.chunk import Chunk, Stage, reset
from recado.ledger.progress import Progress, Status
from recado.ledger.states import State, positions
from recado.model import Lane
from recado.queue import Outbox

_BATCH = 100


@dataclass(frozen=True)
class Patience:
    """How long nothing may change before the schedule looks into a campaign, and how long an
    unknown outcome waits for SES's events (at most 15 minutes: an SQS delay)."""

    stalled: timedelta
    unknown: timedelta


class TaskManager:
    """Carries out commands about campaigns; every one may come twice."""

    def __init__(
        self,
        store: CampaignStore,
        planner: Planner,
        commands: Outbox,
        bus: Bus,
        patience: Patience,
    ) -> None:
        self._store = store
        self._planner = planner
        self._commands = commands
        self._bus = bus
        self._patience = patience

    def launch(self, plan: PlanCampaign, now: datetime, may_go_on: Callable[[], bool]) -> None:
        """Take a campaign up, and start planning unless it is scheduled for later."""
        status = Status.SCHEDULED if plan.starts_at > now else Status.RUNNING
        self._store.create(plan, status, now)
        self.go_on(plan.campaign_id, now, may_go_on)

    def go_on(self, campaign_id: str, now: datetime, may_go_on: Callable[[], bool]) -> None:
        """Plan a campaign on, and see whether that already was its end."""
        campaign = self._planner.advance(campaign_id, may_go_on)
        if campaign.plan_done:
            self.complete(campaign_id, now)

    def obey(self, order: ControlCampaign, now: datetime, may_go_on: Callable[[], bool]) -> None:
        """Pause, resume, cancel or retry.

        Raises:
            Conflict: the order makes no sense in the campaign's present status.
        """
        campaign = self._store.get(order.campaign_id)
        if order.action is Control.CANCEL and campaign.status is Status.CANCELLED:
            return self._give_up_pending(order, may_go_on)
        status = after(order.action, campaign, now)
        if order.action is Control.RETRY_FAILED:
            self._make_pending_again(campaign)
        if not self._store.move(campaign, status, now, order.reason):
            return self.obey(order, now, may_go_on)
        if order.action is Control.CANCEL:
            self._give_up_pending(order, may_go_on)
        if status is Status.RUNNING:
            self._enqueue_ready(campaign, epoch_ms(now))
            self.go_on(campaign.id, now, may_go_on)
        return None

    def settle(self, order: SettleChunk, now: datetime) -> None:
        """Decide what stayed unknown in a chunk, by the campaign's lane."""
        campaign = self._store.get(order.campaign_id)
        chunk = self._store.ledger.get(order.campaign_id, order.number)
        if chunk is None or chunk.stage is not Stage.UNSETTLED:
            return
        decided = self._store.ledger.change(chunk, lambda latest: settled(latest, campaign.lane))
        if decided.stage is Stage.READY:
            self._planner.enqueue(campaign, [decided])
        self.complete(order.campaign_id, now)

    def complete(self, campaign_id: str, now: datetime) -> None:
        """End a campaign of which nothing is open any more, and announce its end."""
        campaign = self._store.get(campaign_id)
        progress = self._store.board.get(campaign_id)
        if progress is None:
            return
        status = outcome(progress)
        if campaign.status is Status.RUNNING and status is not None:
            if not self._store.move(campaign, status, now):
                return
            campaign = self._store.get(campaign_id)
        if campaign.status.over and not progress.open and not campaign.announced:
            self._announce(campaign, progress)

    def _announce(self, campaign: Campaign, progress: Progress) -> None:
        """Tell everybody, then note that they were told: a crash between the two tells it twice."""
        self._bus.publish(
            CampaignCompleted.model_validate(
                {
                    "campaign_id": campaign.id,
                    "lane": campaign.lane,
                    "outcome": campaign.status,
                    "ended_at": campaign.ended_at,
                    "totals": progress.counts | {"total": progress.total},
                }
            )
        )
        self._store.note_announced(campaign)

    def look_after(self, campaign: Campaign, now: datetime, may_go_on: Callable[[], bool]) -> None:
        """What the schedule does for one campaign: start it, end it, or get it going again."""
        if campaign.status is Status.SCHEDULED and campaign.starts_at <= now:
            if self._store.move(campaign, Status.RUNNING, now):
                self.go_on(campaign.id, now, may_go_on)
        elif campaign.status is Status.RUNNING or campaign.status.over:
            self.complete(campaign.id, now)
            self._unstall(campaign, now, may_go_on)

    def _unstall(self, campaign: Campaign, now: datetime, may_go_on: Callable[[], bool]) -> None:
        progress = self._store.board.get(campaign.id)
        if progress is None or not _can_stall(progress):
            return
        if campaign.open_seen_at is None or progress.open != campaign.open_seen:
            self._store.note_open(campaign.id, progress.open, now)
        elif now - campaign.open_seen_at >= self._patience.stalled:
            self._store.note_open(campaign.id, progress.open, now)
            self._enqueue_ready(campaign, epoch_ms(now))
            self._settle_later(campaign.id)
            self.go_on(campaign.id, now, may_go_on)

    def _settle_later(self, campaign_id: str) -> None:
        unsettled = self._of_stage(campaign_id, Stage.UNSETTLED)
        self._commands.send(
            (SettleChunk(campaign_id=campaign_id, number=chunk.number) for chunk in unsettled),
            delay_seconds=int(self._patience.unknown.total_seconds()),
        )

    def _of_stage(self, campaign_id: str, stage: Stage) -> Iterator[Chunk]:
        return (chunk for chunk in self._store.ledger.chunks(campaign_id) if chunk.stage is stage)

    def _enqueue_ready(self, campaign: Campaign, now: int) -> None:
        """Queue every chunk that waits, or whose holder's lease is over."""
        waiting: list[Chunk] = []
        for chunk in self._store.ledger.chunks(campaign.id):
            held = chunk.stage in {Stage.CLAIMED, Stage.SENDING}
            if chunk.stage is Stage.READY or (held and chunk.lease_until < now):
                waiting.append(chunk)
            if len(waiting) == _BATCH:
                self._planner.enqueue(campaign, waiting)
                waiting = []
        self._planner.enqueue(campaign, waiting)

    def _give_up_pending(self, order: ControlCampaign, may_go_on: Callable[[], bool]) -> None:
        """Cancel whoever waits; a large campaign takes the same order again and goes on."""
        for chunk in self._of_stage(order.campaign_id, Stage.READY):
            if not may_go_on():
                self._commands.send([order])
                return
            self._store.ledger.change(chunk, cancelled)

    def _make_pending_again(self, campaign: Campaign) -> None:
        for chunk in self._store.ledger.chunks(campaign.id):
            if State.FAILED in chunk.states:
                rows = self._planner.page_of(chunk).rows[chunk.start :]
                self._store.ledger.change(chunk, partial(_retried, rows))


def _can_stall(progress: Progress) -> bool:
    """Whether somebody still has to act: a cancelled campaign may have mail of unknown outcome."""
    if progress.status is Status.CANCELLED:
        return progress.open > 0
    return progress.status is Status.RUNNING


def settled(chunk: Chunk, lane: Lane) -> Chunk:
    """What becomes of the unknown: held where at most one mail may leave, else sent again."""
    unknown = positions(chunk.states, State.UNKNOWN)
    if lane.at_most_once:
        reason = "SES never said whether it took this mail; it is held so that nobody gets it twice"
        return reset(chunk, unknown, State.HELD, reason)
    return reset(chunk, unknown, State.PENDING)


def cancelled(chunk: Chunk) -> Chunk:
    """A chunk that nobody holds, with whoever still waits in it cancelled."""
    if chunk.stage is not Stage.READY:
        return chunk
    return reset(chunk, chunk.pending, State.CANCELLED)


def _retried(rows: Sequence[Row], chunk: Chunk) -> Chunk:
    failed = positions(chunk.states, State.FAILED)
    sendable = [place for place in failed if not isinstance(rows[place], RejectedRow)]
    return reset(chunk, sendable, State.PENDING)
