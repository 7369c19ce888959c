"""The use case of feedback: SES's events into the ledger and the suppression list.

Events may come late, twice, in any order, or before the sender itself has recorded: the ledger
takes in whichever evidence weighs more, so that the end is the same.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from recado.clock import Clock
from recado.contracts import Control, ControlCampaign
from recado.errors import Retryable
from recado.ledger.progress import ProgressBoard, Status
from recado.ledger.states import Outcome, State
from recado.ledger.store import Ledger
from recado.queue import Outbox
from sender.domain.feedback import Report, by_chunk
from sender.domain.reputation import Limits, why_to_stop
from sender.domain.suppression import SoftBounceRule
from sender.ending import announce_end
from sender.store import SuppressionStore

ChunkKey = tuple[str, int]
_HURTS = {State.BOUNCED, State.COMPLAINED}
_SECOND_LOOK_S = 2
"""A bounce may be heard before the sender has recorded the fifty mails it was sent with; after this
time it has."""


@dataclass(frozen=True)
class Listener:
    """Writes what SES reports, once for each chunk of a batch."""

    ledger: Ledger
    board: ProgressBoard
    suppression: SuppressionStore
    commands: Outbox
    now: Clock
    soft_bounces: SoftBounceRule
    limits: Limits
    sleep: Callable[[float], None] = time.sleep

    def listen(self, reports: Iterable[Report]) -> dict[ChunkKey, Exception]:
        """Take reports in; returns the chunks whose reports have to be delivered again."""
        failures: dict[ChunkKey, Exception] = {}
        hurt: dict[str, ChunkKey] = {}
        for key, group in by_chunk(reports).items():
            try:
                self._take_in(key, group)
            except (Retryable, ClientError, BotoCoreError) as error:
                failures[key] = error
            if any(report.outcome.state in _HURTS for report in group):
                hurt[key[0]] = key
        for campaign_id, key in hurt.items():
            try:
                self._guard(campaign_id)
            except (Retryable, ClientError, BotoCoreError) as error:
                failures[key] = error
        return failures

    def _guard(self, campaign_id: str) -> None:
        """Pause a campaign before its bounces or complaints bring SES to stop the account."""
        if not self._why_to_stop(campaign_id):
            return
        self.sleep(_SECOND_LOOK_S)
        reason = self._why_to_stop(campaign_id)
        if reason:
            order = ControlCampaign(
                campaign_id=campaign_id, action=Control.PAUSE, by="feedback", reason=reason
            )
            self.commands.send([order])

    def _why_to_stop(self, campaign_id: str) -> str:
        progress = self.board.get(campaign_id)
        if progress is None or progress.status is not Status.RUNNING:
            return ""
        return why_to_stop(progress, self.limits)

    def _take_in(self, key: ChunkKey, reports: list[Report]) -> None:
        for suppression in (each for report in reports for each in report.suppress):
            self.suppression.put(suppression, self.now())
        for bounce in (each for report in reports for each in report.soft_bounces):
            self.suppression.note_soft_bounce(
                bounce.email, bounce.day, self.soft_bounces, self.now()
            )
        chunk = self.ledger.get(*key)
        if chunk is None:
            return  # mail of another deployment that shares the SES account
        recorded = self.ledger.record(chunk, _strongest(reports, len(chunk.states)), release=False)
        if State.UNKNOWN in chunk.states and State.UNKNOWN not in recorded.states:
            announce_end(self.board, self.commands, key[0])


def _strongest(reports: list[Report], places: int) -> dict[int, Outcome]:
    strongest: dict[int, Outcome] = {}
    for report in reports:
        held = strongest.get(report.position)
        if report.position < places and (held is None or report.outcome.outweighs(held)):
            strongest[report.position] = report.outcome
    return strongest
