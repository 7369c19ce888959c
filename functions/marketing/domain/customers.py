"""What marketing knows of a customer: conversations, open tickets, offers."""

from datetime import date, datetime
from typing import Literal

from marketing.domain.journey import Journey
from recado.interests import Interest
from recado.model import Customer, Frozen
from recado.offers import Group


class Chat(Frozen):
    """A conversation that is over, with what it revealed."""

    conversation_id: str
    started_at: datetime
    ended_at: datetime
    interests: tuple[Interest, ...] = ()


class Ticket(Frozen):
    """A request at the desk that nobody has closed."""

    id: str
    kind: str


class Mailed(Frozen):
    """A mail of an offer's journey: its place in the line, its campaign, when it was asked for."""

    place: int
    campaign_id: str
    at: datetime


class Offer(Frozen):
    """A rule that was found to hold for a customer, once.

    Who is held out has no journey and no mail. `converted` is None until the horizon is over;
    `refused` is why central did not launch its campaign, which takes it out of the comparison.
    """

    id: str
    rule: str
    rule_version: int
    customer_id: str
    group: Group
    made_at: datetime
    settles_at: datetime
    plan_before: str
    conversations: tuple[str, ...]
    journey: Journey | None = None
    mails: tuple[Mailed, ...] = ()
    refused: str = ""
    converted: bool | None = None
    settled_at: datetime | None = None
    version: int = 1

    @property
    def over(self) -> bool:
        """Whether nothing of it moves any more."""
        return bool(self.refused) or self.settled_at is not None


class CustomerFile(Frozen):
    """All that is kept of a customer; `version` grows with every decision."""

    customer_id: str
    version: int = 0
    chats: tuple[Chat, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    offers: tuple[Offer, ...] = ()


class Situation(Frozen):
    """What a decision is made from.

    `customer` is None where the operator no longer has them; `suppressed` is why no marketing may
    go to their address.
    """

    file: CustomerFile
    customer: Customer | None
    suppressed: str | None
    today: date


Outcome = Literal["offered", "held_out", "stopped", "nothing"]
