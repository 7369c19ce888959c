"""The use cases that only look: campaigns, their recipients, the report."""

from datetime import date

from central.domain.campaigns import CampaignView, Definition, line_of, viewed
from central.domain.reports import ONE_BY_ONE, Overdue, Summary, Turnover, overdue, turnover
from central.store.campaigns import CampaignStore
from central.store.statistics import Statistics
from recado.errors import Rejected
from recado.figures.periods import Period, whole_month
from recado.ledger.chunk import Chunk
from recado.ledger.engagement import EngagementBook
from recado.ledger.progress import ProgressBoard
from recado.ledger.states import State
from recado.ledger.store import Ledger
from recado.listing import Page
from recado.model import Frozen

RECENT = 10
_CHUNKS_AT_ONCE = 50
_READS_A_PAGE = 20
"""A page looks at 1,000 chunks at most; then it answers with what it found, and a cursor."""


class RecipientLine(Frozen):
    """What became of one recipient."""

    id: str
    state: str
    reason: str = ""


class Watching:
    """Campaigns as staff see them, and the report."""

    def __init__(
        self,
        campaigns: CampaignStore,
        board: ProgressBoard,
        ledger: Ledger,
        statistics: Statistics,
        engagement: EngagementBook,
    ) -> None:
        self._campaigns = campaigns
        self._board = board
        self._ledger = ledger
        self._statistics = statistics
        self._engagement = engagement

    def view(self, campaign_id: str) -> CampaignView:
        """A campaign with its status and progress.

        Raises:
            NotFound: there is none with this id.
        """
        return self._viewed(self._campaigns.get(campaign_id))

    def shown(self, campaign_id: str) -> CampaignView:
        """A campaign with its status, its progress and what recipients did.

        Raises:
            NotFound: there is none with this id.
        """
        view = self.view(campaign_id)
        return view.model_copy(update={"engagement": self._engagement.of(campaign_id)})

    def views(self, cursor: str | None, limit: int) -> Page[CampaignView]:
        """Campaigns, the newest first."""
        found = self._campaigns.page(cursor, limit)
        return Page[CampaignView](items=tuple(map(self._viewed, found.items)), cursor=found.cursor)

    def is_taken_up(self, campaign_id: str) -> bool:
        """Whether the task manager has a launched campaign."""
        return self._board.get(campaign_id) is not None

    def recipients(
        self, campaign_id: str, state: State | None, cursor: str | None, limit: int
    ) -> Page[RecipientLine]:
        """Recipients of a campaign, those in `state` if given, in the order of the plan.

        Raises:
            NotFound: there is no such campaign.
            Rejected: the cursor is not one this method returned.
        """
        self._campaigns.get(campaign_id)
        number, position = _parse_cursor(cursor)
        found: list[RecipientLine] = []
        for _ in range(_READS_A_PAGE):
            chunks = self._ledger.chunks_from(campaign_id, number, _CHUNKS_AT_ONCE)
            for chunk in chunks:
                for place in _places(chunk, state, position):
                    if len(found) == limit:
                        return Page[RecipientLine](
                            items=tuple(found), cursor=f"{chunk.number}:{place}"
                        )
                    found.append(_line(chunk, place))
                number, position = chunk.number + 1, 0
            if not chunks:
                return Page[RecipientLine](items=tuple(found))
        return Page[RecipientLine](items=tuple(found), cursor=f"{number}:0")

    def report(self, today: date, month: str) -> Summary:
        """The state of the business today, and a month's turnover."""
        recent = self.views(None, RECENT)
        return Summary(
            as_of=today,
            month=month,
            customers=self.customers(),
            overdue=self.overdue(today),
            campaigns=tuple(map(line_of, recent.items)),
            **dict(self.turnover(whole_month(month))),
        )

    def customers(self) -> int:
        """How many customers there are."""
        return self._statistics.customers()

    def turnover(self, period: Period) -> Turnover:
        """What came in during a period."""
        return self.turnovers(period)[0]

    def turnovers(self, *periods: Period) -> list[Turnover]:
        """What came in during each period."""
        return [turnover(tallies) for tallies in self._statistics.of(*periods)]

    def daily_turnovers(self, period: Period) -> dict[date, Turnover]:
        """What came in on each day of a period."""
        found = self._statistics.by_day(period)
        return {day: turnover(found.get(day, {})) for day in period.each_day()}

    def overdue(self, today: date) -> Overdue:
        """What is open past its due date today."""
        return overdue(self._statistics.open_before(today, ONE_BY_ONE), today)

    def _viewed(self, definition: Definition) -> CampaignView:
        launched = definition.launched_at is not None
        return viewed(definition, self._board.get(definition.id) if launched else None)


def _places(chunk: Chunk, state: State | None, first: int) -> list[int]:
    return [
        place
        for place, letter in enumerate(chunk.states)
        if place >= first and state in {None, letter}
    ]


def _line(chunk: Chunk, place: int) -> RecipientLine:
    return RecipientLine(
        id=chunk.recipient_ids[place],
        state=State(chunk.states[place]).counter,
        reason=chunk.reasons.get(place, ""),
    )


def _parse_cursor(cursor: str | None) -> tuple[int, int]:
    number, separator, position = (cursor or "0:0").partition(":")
    if not (separator and number.isdecimal() and position.isdecimal()):
        raise Rejected("this cursor is not one that Recado returned", field="cursor")
    return int(number), int(position)
