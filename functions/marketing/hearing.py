"""What other services tell: chats that ended, tickets of the desk, campaigns that were refused."""

from datetime import datetime

from marketing.domain.customers import Chat, Offer
from marketing.domain.journey import FIRST
from marketing.domain.scoring import TECHNICAL
from marketing.gateway import SERVICE
from marketing.store.campaigns import Asking, Member, OfferCampaigns
from marketing.store.customers import CustomerStore
from marketing.store.offers import OfferStore
from recado.contracts import CampaignRefused, Event
from recado.conversation import (
    ChatEnded,
    HandoffRequested,
    HandoffWithdrawn,
    TicketClosed,
    TicketRefused,
    ticket_id,
)
from recado.errors import Conflict, Retryable

HEARD: dict[str, type[Event]] = {
    each.__name__: each
    for each in (
        ChatEnded,
        HandoffRequested,
        HandoffWithdrawn,
        TicketRefused,
        TicketClosed,
        CampaignRefused,
    )
}
"""What marketing listens to, by detail-type (the rule in infra/messaging.yaml)."""


class Hearing:
    """Takes in facts; each may come twice and in any order."""

    def __init__(
        self, customers: CustomerStore, offers: OfferStore, campaigns: OfferCampaigns
    ) -> None:
        self._customers = customers
        self._offers = offers
        self._campaigns = campaigns

    def hear(self, fact: Event, now: datetime) -> None:
        """Take in one fact."""
        match fact:
            case ChatEnded():
                self._chat_ended(fact)
            case HandoffRequested():
                self._requested(fact)
            case HandoffWithdrawn() | TicketRefused() | TicketClosed():
                self._closed(fact.ticket_id, fact.at, now)
            case CampaignRefused():
                self._refused(fact)

    def _chat_ended(self, chat: ChatEnded) -> None:
        """Only what a known customer said leads anywhere."""
        if chat.customer_id is None:
            return
        for handover in range(1, chat.handovers + 1):
            ticket = ticket_id(chat.conversation_id, handover)
            self._customers.link_ticket(ticket, chat.customer_id, chat.ended_at)
        kept = Chat(
            conversation_id=chat.conversation_id,
            started_at=chat.started_at,
            ended_at=chat.ended_at,
            interests=chat.interests,
        )
        self._customers.keep_chat(chat.customer_id, kept)

    def _requested(self, request: HandoffRequested) -> None:
        packet = request.packet
        self._customers.open_ticket(request.ticket_id, packet.kind, request.at)
        if packet.customer_id is not None:
            self._customers.link_ticket(request.ticket_id, packet.customer_id, request.at)

    def _closed(self, ticket: str, at: datetime, now: datetime) -> None:
        """A technical ticket may have stopped an offer, so its customer is looked at again."""
        closed = self._customers.close_ticket(ticket, at)
        if closed.customer_id is not None and closed.kind == TECHNICAL:
            self._customers.look_again(closed.customer_id, now)

    def _refused(self, refusal: CampaignRefused) -> None:
        if refusal.by != SERVICE:
            return
        asking = self._campaigns.get(refusal.campaign_id)
        if asking is None:
            raise Retryable(f"{refusal.campaign_id} was refused before it is known to be asked for")
        for member in self._campaigns.members(refusal.campaign_id):
            self._refuse(asking, member, refusal.reason)

    def _refuse(self, asking: Asking, member: Member, reason: str) -> None:
        offer = self._offers.get(member.customer_id, member.offer_id)
        if offer.refused or (offer.journey and offer.journey.stopped == "refused"):
            return
        try:
            self._offers.refuse(offer, _refused(offer, asking, reason))
        except Conflict as conflict:
            raise Retryable(str(conflict)) from conflict


def _refused(offer: Offer, asking: Asking, reason: str) -> Offer:
    """The offer without what was refused; where its first mail was, there was no offer at all."""
    journey = offer.journey and offer.journey.model_copy(update={"stopped": "refused"})
    never_sent = {"refused": reason} if asking.place == FIRST else {}
    return offer.model_copy(update={"journey": journey} | never_sent)
