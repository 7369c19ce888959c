"""The use cases of whoever follows a link in a mail: opt out, choose, read, click.

A link names a place in a campaign; whose it is stands in the frozen audience, which is read only
when somebody's wish has to be kept.
"""

from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import BotoCoreError, ClientError

from recado.errors import NotFound, Retryable
from recado.frozen import FrozenAudience
from recado.ledger.engagement import EngagementBook
from recado.ledger.reach import Kind
from recado.ledger.store import Ledger
from recado.links import Reference
from recado.model import Lane
from recado.observability import logger
from sender.domain.suppression import Reason, opted_out
from sender.domain.visits import Visit
from sender.store import SuppressionStore


@dataclass(frozen=True)
class Preferences:
    """Whether a person gets marketing; `barred`: not even if the person wants it."""

    marketing: bool
    barred: bool


@dataclass(frozen=True)
class Visiting:
    """Carries out what a visitor wants."""

    ledger: Ledger
    audience: FrozenAudience
    suppression: SuppressionStore
    engagement: EngagementBook

    def unsubscribe(self, who: Reference, at: datetime) -> None:
        """Send no more marketing to a person; doing it again changes nothing.

        Raises:
            NotFound: the campaign's audience is gone.
        """
        self.suppression.put(opted_out(self._address(who)), at)
        self._count(who, Kind.UNSUBSCRIBE)

    def subscribe(self, who: Reference) -> None:
        """Take back a person's own opt-out; what SES or staff said stays.

        Raises:
            NotFound: the campaign's audience is gone.
        """
        self.suppression.withdraw(self._address(who), Reason.OPT_OUT)

    def preferences(self, who: Reference) -> Preferences:
        """What a person gets.

        Raises:
            NotFound: the campaign's audience is gone.
        """
        entries = self.suppression.entries(self._address(who))
        stopping = {entry.reason for entry in entries if Lane.MARKETING in entry.lanes}
        return Preferences(marketing=not stopping, barred=bool(stopping - {Reason.OPT_OUT}))

    def opened(self, who: Reference, visit: Visit) -> None:
        """Count that a mail's images were loaded."""
        machine = visit.is_machine(who.sent_at)
        self._count(who, Kind.MACHINE_OPEN if machine else Kind.OPEN)

    def clicked(self, who: Reference, visit: Visit) -> None:
        """Count that a link was followed."""
        machine = visit.is_machine(who.sent_at)
        self._count(who, Kind.MACHINE_CLICK if machine else Kind.CLICK)

    def _count(self, who: Reference, kind: Kind) -> None:
        """Count, and let nobody wait or fail for it: a person's way matters more than our sum."""
        try:
            self.engagement.note(who, kind)
            if kind is Kind.CLICK:
                self.engagement.note_link(who)
        except (Retryable, ClientError, BotoCoreError) as error:
            logger.warning("not counted", kind=kind, error=type(error).__name__)

    def _address(self, who: Reference) -> str:
        chunk = self.ledger.get(who.campaign_id, who.chunk)
        if chunk is None:
            raise NotFound(f"campaign {who.campaign_id} has no chunk {who.chunk}")
        row = chunk.start + who.position
        return self.audience.recipient(who.campaign_id, chunk.page, row).email
