"""The use cases of a running campaign: what staff order, what the clock brings, how it ends."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from campaigns.domain.campaign import RESTORED, Campaign, after, outcome, too_late
from campaigns.domain.plan import Row
from campaigns.planning import Planner
from campaigns.store import CampaignStore
from recado.audience import RejectedRow
from recado.bus import Bus
from recado.clock import epoch_ms
from recado.contracts import (
    CampaignCompleted,
    Control,
    ControlCampaign,
    PlanCampaign,
    QueueReady,
    SettleChunk,
)
from recado.ledger.chunk import Chunk, Stage, reset
from recado.ledger.home import Home
from recado.ledger.progress import Progress, Status
from recado.ledger.states import State, positions
from recado.model import Lane
from recado.observability import logger
from recado.queue import Outbox

_BATCH = 100
_UNHEARD = 10
"""Messages of SES's that may wait when the unknown is decided: a batch of those who read them."""
PUT_OFF = 36
"""How often a decision waits for events once more: for six hours, with ten minutes each time."""
_RESTING = timedelta(hours=1)
"""How long nothing may change in a campaign of which something waits for quiet hours to end."""


@dataclass(frozen=True)
class Patience:
    """How long nothing may change before the schedule looks into a campaign, how long an unknown
    outcome waits for SES's events (at most 15 minutes: an SQS delay), and by how much a campaign
    may begin too late without anybody's new word."""

    stalled: timedelta
    unknown: timedelta
    stale: timedelta


class TaskManager:
    """Carries out commands about campaigns; every one may come twice."""

    def __init__(
        self,
        store: CampaignStore,
        home: Home,
        planner: Planner,
        commands: Outbox,
        bus: Bus,
        patience: Patience,
        unheard: Callable[[], int],
    ) -> None:
        """`unheard`: how many of SES's events wait to be read."""
        self._store = store
        self._home = home
        self._planner = planner
        self._commands = commands
        self._bus = bus
        self._patience = patience
        self._unheard = unheard

    def launch(self, plan: PlanCampaign, now: datetime, may_go_on: Callable[[], bool]) -> None:
        """Take a campaign up, and start planning unless it is for later, or comes too late."""
        self.settle_in(now)
        doubt = self._doubt(plan.wanted_at, now)
        on_time = Status.SCHEDULED if plan.starts_at > now else Status.RUNNING
        self._store.create(plan, Status.PAUSED if doubt else on_time, now, doubt)
        self.go_on(plan.campaign_id, now, may_go_on)

    def _doubt(self, wanted_at: datetime, now: datetime) -> str:
        """Why a campaign should not begin now without a new word of staff, if so.

        One that began after the snapshot of a restored table is not in it, and may come again.
        """
        restored_at = self._home.restored_at
        if restored_at is not None and wanted_at < restored_at:
            return RESTORED
        return too_late(wanted_at, now, self._patience.stale)

    def settle_in(self, now: datetime) -> None:
        """Before anything else in a restored table: pause all that it believes to be under way.

        A table that names none is fresh, unless something is under way in it.
        """
        if self._home.is_here():
            return
        if not any(self._store.active()):
            self._home.found()
        if self._home.is_here():
            return
        for campaign in self._store.active():
            self._hold(campaign, now)
        self._home.move_in(now)
        self._home.is_here()

    def _hold(self, campaign: Campaign, now: datetime) -> None:
        while not campaign.status.over:
            if self._store.move(campaign, Status.PAUSED, now, RESTORED):
                return
            campaign = self._store.get(campaign.id)

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
        if order.action in {Control.RESUME, Control.RETRY_FAILED}:
            self._store.note_accepted(campaign.id, self._store.ledger.counts(campaign.id))
        if not self._store.move(campaign, status, now, order.reason):
            return self.obey(order, now, may_go_on)
        if order.action is Control.CANCEL:
            self._give_up_pending(order, may_go_on)
        if status is Status.RUNNING:
            self._enqueue_ready(campaign, now, may_go_on)
            self.go_on(campaign.id, now, may_go_on)
        return None

    def settle(self, order: SettleChunk, now: datetime) -> None:
        """Decide what stayed unknown in a chunk, by the campaign's lane.

        While events wait to be read, those about the chunk may be among them: it waits as well.
        """
        campaign = self._store.get(order.campaign_id)
        chunk = self._store.ledger.get(order.campaign_id, order.number)
        if chunk is None or chunk.stage is not Stage.UNSETTLED:
            return
        if order.put_off < PUT_OFF and self._unheard() > _UNHEARD:
            logger.info("the unknown waits for events", campaign=campaign.id, chunk=chunk.number)
            later = order.model_copy(update={"put_off": order.put_off + 1})
            self._commands.send([later], delay_seconds=int(self._patience.unknown.total_seconds()))
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
            self._begin(campaign, now, may_go_on)
        elif campaign.status is Status.RUNNING or campaign.status.over:
            self.complete(campaign.id, now)
            if campaign.wakes_at is not None and campaign.wakes_at <= now:
                self._wake(campaign, now, may_go_on)
            else:
                self._unstall(campaign, now, may_go_on)

    def _begin(self, campaign: Campaign, now: datetime, may_go_on: Callable[[], bool]) -> None:
        doubt = too_late(campaign.starts_at, now, self._patience.stale)
        if doubt:
            self._store.move(campaign, Status.PAUSED, now, doubt)
        elif self._store.move(campaign, Status.RUNNING, now):
            self.go_on(campaign.id, now, may_go_on)

    def _wake(self, campaign: Campaign, now: datetime, may_go_on: Callable[[], bool]) -> None:
        """Quiet hours are over somewhere: queue what waits; where they are not, it waits on."""
        if self._store.clear_wake(campaign):
            self._enqueue_ready(campaign, now, may_go_on)

    def _unstall(self, campaign: Campaign, now: datetime, may_go_on: Callable[[], bool]) -> None:
        progress = self._store.board.get(campaign.id)
        if progress is None or not _can_stall(progress):
            return
        if campaign.open_seen_at is None or progress.open != campaign.open_seen:
            self._store.note_open(campaign.id, progress.open, now)
        elif now - campaign.open_seen_at >= self._patience_with(campaign):
            self._store.note_open(campaign.id, progress.open, now)
            self._enqueue_ready(campaign, now, may_go_on)
            self._settle_later(campaign.id)
            self.go_on(campaign.id, now, may_go_on)

    def _patience_with(self, campaign: Campaign) -> timedelta:
        rests = campaign.plan_done and campaign.wakes_at is not None
        return max(self._patience.stalled, _RESTING) if rests else self._patience.stalled

    def _settle_later(self, campaign_id: str) -> None:
        unsettled = self._of_stage(campaign_id, Stage.UNSETTLED)
        self._commands.send(
            (SettleChunk(campaign_id=campaign_id, number=chunk.number) for chunk in unsettled),
            delay_seconds=int(self._patience.unknown.total_seconds()),
        )

    def _of_stage(self, campaign_id: str, stage: Stage) -> Iterator[Chunk]:
        return (chunk for chunk in self._store.ledger.chunks(campaign_id) if chunk.stage is stage)

    def queue_on(self, order: QueueReady, now: datetime, may_go_on: Callable[[], bool]) -> None:
        """Go on queueing where an earlier invocation ran out of time."""
        campaign = self._store.get(order.campaign_id)
        if campaign.status is Status.RUNNING:
            self._enqueue_ready(campaign, now, may_go_on, order.first)

    def _enqueue_ready(
        self, campaign: Campaign, now: datetime, may_go_on: Callable[[], bool], first: int = 0
    ) -> None:
        """Queue every chunk that waits, or whose holder's lease is over."""
        waiting: list[Chunk] = []
        for chunk in self._store.ledger.chunks(campaign.id, first):
            held = chunk.stage in {Stage.CLAIMED, Stage.SENDING}
            if chunk.stage is Stage.READY or (held and chunk.lease_until < epoch_ms(now)):
                waiting.append(chunk)
            if len(waiting) == _BATCH:
                self._planner.enqueue(campaign, waiting)
                waiting = []
                if not may_go_on():
                    rest = QueueReady(campaign_id=campaign.id, first=chunk.number + 1)
                    self._commands.send([rest])
                    return
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
