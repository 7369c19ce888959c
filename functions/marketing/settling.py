"""Looks, when the horizon of an offer is over, whether its goal was reached."""

from collections.abc import Callable
from datetime import date

from marketing.deciding import Directory
from marketing.domain.goals import reached
from marketing.domain.offers import settled
from marketing.store import keys
from marketing.store.customers import CustomerStore
from marketing.store.offers import Listed, OfferStore
from marketing.store.rules import RuleBook
from marketing.working import Run, Tally, each
from recado.errors import NotFound
from recado.outgoing import Outgoing


class Settling:
    """The third part of a round."""

    def __init__(
        self,
        offers: OfferStore,
        customers: CustomerStore,
        rules: RuleBook,
        directory: Directory,
        outgoing: Outgoing,
        today: Callable[[], date],
    ) -> None:
        self._offers = offers
        self._customers = customers
        self._rules = rules
        self._directory = directory
        self._outgoing = outgoing
        self._today = today

    def settle(self, run: Run) -> Tally:
        """Settle every offer whose horizon is over, in both groups."""
        return each(self._offers.to_settle(run.now), lambda one: self._one(one, run), run)

    def _one(self, listed: Listed, run: Run) -> None:
        try:
            offer = self._offers.get(listed.customer_id, listed.offer_id)
        except NotFound:
            self._offers.forget(keys.SETTLE, listed)
            return
        rule = self._rules.version(offer.rule_version).rule(offer.rule)
        if offer.over or rule is None:
            self._offers.forget(keys.SETTLE, listed)
            return
        converted = reached(
            rule.goal,
            offer,
            self._directory.get(offer.customer_id),
            self._customers.file(offer.customer_id).chats,
            self._today(),
        )
        after = settled(offer, converted=converted, now=run.now)
        self._outgoing.publish(self._offers.settle(offer, after, listed))
