"""Moves journeys on: looks what customers did, and lets the state machine say what comes next."""

from collections.abc import Callable
from datetime import date
from typing import Protocol

from marketing.deciding import Consent, Directory
from marketing.domain.customers import CustomerFile, Offer
from marketing.domain.goals import reached_early
from marketing.domain.journey import Seen, advanced
from marketing.domain.offers import travelled
from marketing.domain.rules import Rule
from marketing.domain.scoring import excluded
from marketing.domain.steps import Signal
from marketing.store import keys
from marketing.store.customers import CustomerStore
from marketing.store.offers import Listed, OfferStore
from marketing.store.rules import RuleBook
from marketing.working import Run, Tally, each
from recado.errors import NotFound
from recado.ledger.deeds import Deed
from recado.ledger.reach import Kind
from recado.model import Lane


class Deeds(Protocol):
    """What recipients of a campaign did (`recado.ledger.deeds`)."""

    def of(self, campaign_id: str) -> dict[str, Deed]: ...


class Travelling:
    """The second part of a round."""

    def __init__(
        self,
        offers: OfferStore,
        customers: CustomerStore,
        rules: RuleBook,
        directory: Directory,
        deeds: Deeds,
        consent: Consent,
        today: Callable[[], date],
    ) -> None:
        self._offers = offers
        self._customers = customers
        self._rules = rules
        self._directory = directory
        self._deeds = deeds
        self._consent = consent
        self._today = today

    def move(self, run: Run) -> Tally:
        """Move every journey on that may go on by now."""
        seen: dict[str, dict[str, Deed]] = {}

        def deed(campaign_id: str, customer_id: str) -> Deed | None:
            if campaign_id not in seen:
                seen[campaign_id] = self._deeds.of(campaign_id)
            return seen[campaign_id].get(customer_id)

        return each(self._offers.journeys(run.now), lambda one: self._one(one, deed, run), run)

    def _one(self, listed: Listed, deed: Callable[[str, str], Deed | None], run: Run) -> None:
        try:
            offer = self._offers.get(listed.customer_id, listed.offer_id)
        except NotFound:
            self._offers.forget(keys.JOURNEY, listed)
            return
        rule = self._rules.version(offer.rule_version).rule(offer.rule)
        if offer.over or offer.journey is None or offer.journey.stopped or rule is None:
            self._offers.forget(keys.JOURNEY, listed)
            return
        did = deed(offer.mails[-1].campaign_id, offer.customer_id)
        moved = advanced(rule.line, offer.journey, self._seen(offer, rule, did), run.now)
        after = travelled(offer, moved, run.id, run.now)
        self._offers.move(offer, after, listed, moved.look_at)

    def _seen(self, offer: Offer, rule: Rule, deed: Deed | None) -> Seen:
        file = self._customers.file(offer.customer_id)
        customer, today = self._directory.get(offer.customer_id), self._today()
        if customer is None:
            return Seen(opted_out=True)
        return Seen(
            signals=frozenset(signals(offer, file, deed)),
            converted=reached_early(rule.goal, offer, customer, file.chats, today),
            opted_out=self._consent.refusal(customer.email, Lane.MARKETING) is not None,
            excluded=any(excluded(rule, customer, file, today)),
        )


def signals(offer: Offer, file: CustomerFile, deed: Deed | None) -> set[Signal]:
    """What a customer did since the last mail; who clicked has opened, whatever was counted."""
    since = offer.mails[-1].at
    kinds = deed.kinds if deed else frozenset()
    found = {Signal.ANSWERED} if any(chat.started_at > since for chat in file.chats) else set()
    if Kind.CLICK in kinds:
        found |= {Signal.CLICKED, Signal.OPENED}
    if Kind.OPEN in kinds:
        found.add(Signal.OPENED)
    return found
