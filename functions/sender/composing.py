"""From a claimed chunk to its mails, leaving out whoever must not or need not get one.

leave out the suppressed -> render, each variant by its own template -> leave out who had enough
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from recado.contracts import ChunkTask, PlanCampaign
from recado.errors import Rejected
from recado.ledger.states import Outcome, State
from recado.links import Keys
from recado.model import Lane, Language
from recado.table import Item
from sender.caps import CapStore
from sender.domain.linked import LinkedMail, LinkMaker, compile_linked
from sender.domain.mail import Composed, by_variant, compose
from sender.store import SuppressionStore

DAY_MS = 86_400_000


class Links:
    """Where links in mail lead, how many seconds they are good, and the keys that sign them."""

    def __init__(self, url: str, seconds: int, keys: Callable[[], Keys]) -> None:
        self._url = url.rstrip("/")
        self._seconds = seconds
        self._keys = keys

    def of(self, task: ChunkTask, now: int) -> LinkMaker:
        """What makes the links of a chunk's mail; `now` is in milliseconds."""
        return LinkMaker(
            base=self._url,
            keys=self._keys(),
            campaign_id=task.campaign_id,
            chunk=task.number,
            sent_at=now // 1000,
            expires=now // 1000 + self._seconds,
        )


class Composer:
    """Composes chunks; one for the life of a process, so that templates are compiled once."""

    def __init__(
        self,
        plan: Callable[[str], PlanCampaign],
        suppression: SuppressionStore,
        caps: CapStore | None,
        links: Links,
    ) -> None:
        self._plan = plan
        self._suppression = suppression
        self._caps = caps
        self._links = links
        self._bodies = lru_cache(maxsize=16)(self._compile)

    def compose(self, task: ChunkTask, pending: list[int], now: int) -> Composed:
        """The mails of the recipients at the places `pending`, and what became of the others."""
        addresses = [task.recipients[position].email for position in pending]
        caps = self._caps if task.lane is Lane.MARKETING else None
        beside = caps.keys(addresses) if caps else []
        items = self._suppression.read([*addresses, *beside])
        suppressed = self._suppression.reasons(items, task.lane)
        parted = by_variant(task, pending, self._plan(task.campaign_id).experiment)
        composed = Composed.joined(
            self._of_variant(task, variant, positions, suppressed, now)
            for variant, positions in parted.items()
        )
        return _within_cap(task, composed, caps, items, now) if caps else composed

    def _of_variant(
        self,
        task: ChunkTask,
        variant: str,
        positions: list[int],
        suppressed: Mapping[str, str],
        now: int,
    ) -> Composed:
        try:
            bodies = self._bodies(task.campaign_id, variant)
        except Rejected as error:
            refused = Outcome(State.FAILED, str(error))
            return Composed([], dict.fromkeys(positions, refused))
        shown = any(body.needs_links for body in bodies.values())
        linked = shown or task.lane is Lane.MARKETING  # an invoice without links needs no key
        links = self._links.of(task, now) if linked else None
        return compose(task, positions, suppressed, bodies, links, variant)

    def _compile(self, campaign_id: str, variant: str) -> dict[Language, LinkedMail]:
        plan = self._plan(campaign_id)
        return {
            language: compile_linked(body, language, tracking=plan.tracking)
            for language, body in plan.templates[variant].bodies.items()
        }


def _within_cap(
    task: ChunkTask, composed: Composed, caps: CapStore, items: Mapping[str, Item], now: int
) -> Composed:
    mails = [(mail, task.recipients[mail.position].id) for mail in composed.mails]
    refused = caps.take(task.campaign_id, mails, now // DAY_MS, items)
    had_enough = Outcome(State.SUPPRESSED, caps.cap.reason)
    return composed.without(dict.fromkeys(refused, had_enough))
