"""Decides about customers whose chats ended, and about those who were to be looked at again."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Protocol

from marketing.domain.customers import Situation
from marketing.domain.journey import first_look
from marketing.domain.offers import made
from marketing.domain.rules import RuleDocument
from marketing.domain.scoring import Decision, decide
from marketing.store.customers import CustomerStore, Decided, Due, Stale
from marketing.store.rules import RuleBook
from marketing.working import Run, Tally, each
from recado import ids
from recado.errors import Conflict
from recado.model import Customer, Lane
from recado.outgoing import Outgoing

AT_ONCE = 2_000
"""Places on the list that a round looks at; the others wait for the next."""
PLACES = 50
"""Places of one customer that a decision's transaction takes off the list."""
AGAIN = timedelta(days=1)


class Directory(Protocol):
    """Customers, to read (`recado.directory`)."""

    def get(self, customer_id: str) -> Customer | None: ...


class Consent(Protocol):
    """Who gets no marketing (`recado.consent`)."""

    def refusal(self, email: str, lane: Lane) -> str | None: ...


class Deciding:
    """The first part of a round."""

    def __init__(
        self,
        customers: CustomerStore,
        rules: RuleBook,
        directory: Directory,
        consent: Consent,
        outgoing: Outgoing,
        today: Callable[[], date],
    ) -> None:
        self._customers = customers
        self._rules = rules
        self._directory = directory
        self._consent = consent
        self._outgoing = outgoing
        self._today = today

    def decide(self, run: Run) -> Tally:
        """Decide about everybody who is due."""
        document = self._rules.newest()
        due = _by_customer(islice(self._customers.due(run.now), AT_ONCE))
        return each(due, lambda one: self._one(one, document, run), run)

    def _one(self, due: Due, document: RuleDocument, run: Run) -> None:
        situation = self._situation(due.customer_id)
        decision = decide(situation, document, run.now)
        try:
            facts = self._customers.decide(_decided(situation, due, decision, document, run))
        except Stale as stale:
            raise Conflict(f"{due.customer_id} was decided about meanwhile") from stale
        self._outgoing.publish(facts)

    def _situation(self, customer_id: str) -> Situation:
        customer = self._directory.get(customer_id)
        refusal = self._consent.refusal(customer.email, Lane.MARKETING) if customer else None
        return Situation(
            file=self._customers.file(customer_id),
            customer=customer,
            suppressed=refusal,
            today=self._today(),
        )


def _decided(
    situation: Situation, due: Due, decision: Decision, document: RuleDocument, run: Run
) -> Decided:
    rule = document.rule(decision.chosen) if decision.chosen else None
    if rule is None or decision.group is None or situation.customer is None:
        again = run.now + AGAIN if decision.look_again else None
        return Decided(situation.file, due, decision, again_at=again)
    offer_id = ids.new("ofr", run.now)
    offer = made(decision, rule, decision.group, situation.customer, run.id, offer_id)
    named = decision.model_copy(update={"offer_id": offer_id})
    look_at = first_look(rule.line, run.now)
    return Decided(situation.file, due, named, offer=offer, look_at=look_at)


def _by_customer(places: Iterable[tuple[str, str]]) -> Iterator[Due]:
    found: dict[str, list[str]] = {}
    for customer_id, place in places:
        found.setdefault(customer_id, []).append(place)
    for customer_id, of_customer in found.items():
        yield Due(customer_id, tuple(of_customer[:PLACES]))
