"""Whether a chunk may go now: the ledger lives, nobody holds the campaign back, it is day there."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from recado.contracts import ChunkTask
from recado.ledger.home import Home
from recado.ledger.progress import ProgressBoard, Status
from recado.ledger.waking import WakingHours
from recado.quiet import Quiet

STATUS_LIFE_MS = 1_000
"""How old a campaign's status may be: pausing acts within this, and one call."""


@dataclass(frozen=True)
class Permission:
    """What a sender asks before it sends; one for the life of a process."""

    board: ProgressBoard
    home: Home
    quiet: Quiet | None
    waking: WakingHours
    now: Callable[[], int]
    _statuses: dict[str, tuple[int, Status | None]] = field(default_factory=dict)

    def must_wait(self, task: ChunkTask) -> bool:
        """Whether the ledger is a snapshot, staff hold the campaign back, or it is night there.

        The ledger keeps the chunk; who lets it go on puts it on the queue again.
        """
        if not self.home.is_here():
            return True
        if self.status(task.campaign_id) in {Status.PAUSED, Status.SCHEDULED}:
            return True
        return self.quiet is not None and self._sleeps(task, self.quiet)

    def status(self, campaign_id: str) -> Status | None:
        """A campaign's status, at most a second old."""
        now = self.now()
        seen_at, status = self._statuses.get(campaign_id, (0, None))
        if status is None or now - seen_at > STATUS_LIFE_MS:
            status = self.board.status(campaign_id)
            self._statuses[campaign_id] = (now, status)
        return status

    def _sleeps(self, task: ChunkTask, quiet: Quiet) -> bool:
        wake = quiet.wake(task, datetime.fromtimestamp(self.now() / 1000, UTC))
        if wake is not None:
            self.waking.note(task.campaign_id, wake)
        return wake is not None
