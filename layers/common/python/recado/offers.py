"""What marketing tells the reports of its offers."""

from datetime import datetime
from typing import Literal

from recado.contracts import Event
from recado.model import Identifier

Group = Literal["offered", "hold_out"]


class OfferScheduled(Event):
    """A rule found an offer for a customer; who is held out gets no mail and is compared."""

    offer_id: Identifier
    rule: Identifier
    customer_id: str
    group: Group
    campaign_id: Identifier | None
    scheduled_at: datetime


class OfferSettled(Event):
    """The time to see whether the customer acted is over."""

    offer_id: Identifier
    rule: Identifier
    group: Group
    converted: bool
    settled_at: datetime
