"""What staff see: why a customer got an offer or got none, and what the rules brought."""

from datetime import datetime

from marketing.domain.customers import Chat, Offer, Ticket
from marketing.domain.rules import RuleDocument
from marketing.domain.scoring import Decision
from marketing.domain.uplift import Uplift, uplift
from marketing.domain.words import Sentences, told
from marketing.store.customers import CustomerStore
from marketing.store.reports import Reports
from marketing.store.rules import RuleBook
from recado.errors import NotFound
from recado.listing import Page
from recado.model import Frozen

DECISIONS = 20
"""How many of the latest decisions are explained."""


class Explained(Frozen):
    """A decision, in words and in data."""

    at: datetime
    words: Sentences
    decision: Decision


class Explanation(Frozen):
    """What is known of a customer, and every decision about them, the latest first."""

    customer_id: str
    chats: tuple[Chat, ...]
    open_tickets: tuple[Ticket, ...]
    offers: tuple[Offer, ...]
    decisions: tuple[Explained, ...]


class Result(Frozen):
    """What came of a rule: offers made in each group, and how those settled compare."""

    rule: str
    offered: int
    held_out: int
    uplift: Uplift


class Reporting:
    """The use cases that only look."""

    def __init__(self, customers: CustomerStore, rules: RuleBook, reports: Reports) -> None:
        self._customers = customers
        self._rules = rules
        self._reports = reports

    def explain(self, customer_id: str) -> Explanation:
        """All that marketing knows and decided about a customer.

        Raises:
            NotFound: nothing is known.
        """
        file = self._customers.file(customer_id)
        decisions = self._reports.decisions(customer_id, DECISIONS)
        if not (file.chats or file.tickets or decisions):
            raise NotFound(f"marketing knows nothing of a customer {customer_id}")
        return Explanation(
            customer_id=customer_id,
            chats=file.chats,
            open_tickets=file.tickets,
            offers=file.offers,
            decisions=tuple(map(self._explained, decisions)),
        )

    def offers(self, rule: str, cursor: str | None, limit: int) -> Page[Offer]:
        """A rule's offers, the newest first."""
        return self._reports.offers(rule, cursor, limit)

    def results(self) -> tuple[Result, ...]:
        """What came of every rule that made an offer."""
        return tuple(
            Result(
                rule=counts.rule,
                offered=counts.offered_made,
                held_out=counts.hold_out_made,
                uplift=uplift(counts.offered, counts.held_out),
            )
            for counts in self._reports.results()
        )

    def _explained(self, decision: Decision) -> Explained:
        document: RuleDocument = self._rules.version(decision.rules_version)
        return Explained(at=decision.at, words=told(decision, document), decision=decision)
