"""The facts that are counted, and how long a lost one can still be found."""

from datetime import timedelta

from recado.contracts import Event
from recado.conversation import ChatEnded, TicketEnded, TicketRefused
from recado.offers import OfferScheduled, OfferSettled
from recado.registration import InvitationsSent, RegistrationSettled, ReplySettled
from recado.turns import AssistantTurn

COUNTED: dict[str, type[Event]] = {
    each.__name__: each
    for each in (
        ChatEnded,
        TicketEnded,
        TicketRefused,
        OfferScheduled,
        OfferSettled,
        RegistrationSettled,
        InvitationsSent,
        ReplySettled,
        AssistantTurn,
    )
}
"""What monitoring listens to, by detail-type (the rule in infra/messaging.yaml)."""

UNLISTED = frozenset({"interests", "reason"})
"""Fields that no report needs: a customer's own words are kept in one place only."""

LISTED_FOR = timedelta(days=45)
"""How long services list what they told, so that what the bus lost can be counted after all."""
REMEMBERED_FOR = timedelta(days=60)
"""How long a counted fact is known again: longer than it is listed, or it would count twice."""
