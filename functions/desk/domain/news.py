"""What an attendant should hear at once: for whoever keeps a line open to them."""

from datetime import datetime
from typing import Literal, Protocol

from recado.model import Frozen


class TicketGiven(Frozen):
    """A ticket is theirs now."""

    type: Literal["assigned"] = "assigned"
    ticket_id: str
    token: int
    kind: str
    reply_by: datetime | None


class CustomerWrote(Frozen):
    """The customer of one of their tickets wrote; `number` is the entry to fetch."""

    type: Literal["customer_wrote"] = "customer_wrote"
    ticket_id: str
    number: int


class TicketTaken(Frozen):
    """A ticket is theirs no longer, and not by their own doing."""

    type: Literal["taken_away"] = "taken_away"
    ticket_id: str
    token: int
    reason: str


News = TicketGiven | CustomerWrote | TicketTaken


class Listener(Protocol):
    """Hears news after they are stored; what it raises is nobody's concern but its own."""

    def hear(self, attendant_id: str, news: News) -> None: ...


class Nobody:
    """The listener where there is none: attendants ask for what is theirs."""

    def hear(self, attendant_id: str, news: News) -> None:
        """Nothing."""
