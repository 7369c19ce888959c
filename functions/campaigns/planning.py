"""The use case of planning: freeze the audience page by page, write its chunks, queue them.

Each page goes through three steps that may be repeated without harm: frozen in S3 (the first to
store it wins), written to the ledger together with the checkpoint (one transaction), and put on the
queue (a chunk that comes twice is claimed once). A crash between any two loses nothing.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from campaigns.domain.campaign import Campaign
from campaigns.domain.plan import Page, chunks, for_lane, task, variants
from campaigns.gateway import Files
from campaigns.seen import Seen
from campaigns.sources import FileSource, SegmentSource, Source
from campaigns.store import CampaignStore
from recado.audience import RejectedRow
from recado.clock import Clock
from recado.contracts import ChunkTask, ContinuePlanning, FileAudience, PlanCampaign
from recado.directory import Directory
from recado.ledger.chunk import Chunk, Stage
from recado.ledger.progress import Status
from recado.model import Lane
from recado.queue import Outbox
from recado.quiet import Quiet, Wake


class Planner:
    """Plans campaigns until they are planned, or until the function's time is nearly over."""

    def __init__(
        self,
        store: CampaignStore,
        files: Files,
        directory: Directory,
        commands: Outbox,
        lanes: Mapping[Lane, Outbox],
        quiet: Quiet | None,
        clock: Clock,
    ) -> None:
        self._store = store
        self._files = files
        self._directory = directory
        self._commands = commands
        self._lanes = lanes
        self._quiet = quiet
        self._clock = clock

    def advance(self, campaign_id: str, may_go_on: Callable[[], bool]) -> Campaign:
        """Plan on from the last checkpoint; leaves a command to continue when time is short."""
        campaign = self._store.get(campaign_id)
        plan = self._store.board.plan(campaign_id)
        source = self._source(plan)
        self._enqueue_last_page(campaign, plan)
        while campaign.status is Status.RUNNING and not campaign.plan_done:
            if not may_go_on():
                self._commands.send([ContinuePlanning(campaign_id=campaign_id)])
                return campaign
            self._plan_page(campaign, plan, source)
            campaign = self._store.get(campaign_id)
        return campaign

    def enqueue(self, campaign: Campaign, ready: list[Chunk]) -> None:
        """Put chunks on their lane's queue, with the recipients that were frozen for them."""
        self._send(campaign, (_task(campaign, each, self.page_of(each)) for each in ready))

    def _send(self, campaign: Campaign, tasks: Iterable[ChunkTask]) -> None:
        """Queue chunks; those that are in quiet hours stay in the ledger until they end."""
        waiting: list[Wake] = []
        self._lanes[campaign.lane].send(self._awake(tasks, waiting))
        if waiting:
            self._store.waking.note(campaign.id, min(waiting, key=lambda wake: wake.at))

    def _awake(self, tasks: Iterable[ChunkTask], waiting: list[Wake]) -> Iterator[ChunkTask]:
        for each in tasks:
            wake = self._quiet.wake(each, self._clock()) if self._quiet else None
            if wake is None:
                yield each
            else:
                waiting.append(wake)

    def page_of(self, chunk: Chunk) -> Page:
        """The frozen page that holds a chunk's recipients."""
        page = self._files.frozen(chunk.campaign_id, chunk.page)
        if page is None:
            raise LookupError(f"page {chunk.page} of {chunk.campaign_id} is planned but not frozen")
        return page

    def _source(self, plan: PlanCampaign) -> Source:
        if isinstance(plan.audience, FileAudience):
            return FileSource(self._files.audience(plan.audience.file))
        return SegmentSource(self._directory, plan.audience, plan.as_of)

    def _plan_page(self, campaign: Campaign, plan: PlanCampaign, source: Source) -> None:
        is_file = isinstance(plan.audience, FileAudience)
        number = campaign.planned_pages
        page = self._files.frozen(campaign.id, number)
        if page is None:
            fresh = source.page(campaign.cursor)
            unique = self._without_repeats(campaign, fresh) if is_file else fresh
            page = self._files.freeze(campaign.id, number, for_lane(unique, campaign.lane))
        planned = chunks(campaign.id, page, number, campaign.planned_chunks, plan.hold_out)
        tried = variants(planned, plan.experiment)
        if self._store.add_page(campaign, planned, page.cursor, tried):
            self._enqueue_page(campaign, number, page, planned)
        if is_file:
            self._remember(campaign.id, number, page)

    def _enqueue_page(
        self, campaign: Campaign, number: int, page: Page, planned: list[Chunk]
    ) -> None:
        ready = (chunk for chunk in planned if chunk.stage is Stage.READY)
        self._send(campaign, (_task(campaign, chunk, page) for chunk in ready))
        self._store.note_enqueued(campaign.id, number + 1)

    def _enqueue_last_page(self, campaign: Campaign, plan: PlanCampaign) -> None:
        """After a crash: the newest planned page may not have reached the queue."""
        number = campaign.planned_pages - 1
        if campaign.enqueued_pages > number:
            return
        page = self._files.frozen(campaign.id, number)
        if page is not None:
            first = campaign.planned_chunks - len(chunks(campaign.id, page, number, 0))
            planned = chunks(campaign.id, page, number, first, plan.hold_out)
            self._enqueue_page(campaign, number, page, planned)

    def _without_repeats(self, campaign: Campaign, page: Page) -> Page:
        seen = self._seen(campaign.id, campaign.planned_pages)
        earlier = seen.known((row.id for row in page.rows), campaign.planned_pages)
        seen.close()
        rows = []
        for row in page.rows:
            repeated = row.id in earlier and not isinstance(row, RejectedRow)
            earlier.add(row.id)
            reason = f"the id {row.id} stands on an earlier row of the file"
            rows.append(RejectedRow(id=row.id, reason=reason) if repeated else row)
        return Page(rows=tuple(rows), cursor=page.cursor)

    def _remember(self, campaign_id: str, number: int, page: Page) -> None:
        seen = self._seen(campaign_id, number)
        seen.add_page(number, _ids(page))
        seen.close()

    def _seen(self, campaign_id: str, pages: int) -> Seen:
        seen = Seen(Path(tempfile.gettempdir()) / f"recado-seen-{campaign_id}.sqlite")
        for number in range(seen.pages, pages):
            page = self._files.frozen(campaign_id, number)
            if page is not None:
                seen.add_page(number, _ids(page))
        return seen


def _task(campaign: Campaign, chunk: Chunk, page: Page) -> ChunkTask:
    return task(chunk, page, campaign.lane, campaign.correlation_id)


def _ids(page: Page) -> list[str]:
    return [row.id for row in page.rows if not isinstance(row, RejectedRow)]
