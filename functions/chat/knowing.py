"""What the bot knows of the world: staff's flows, the operator, outages and customers.

The one place that reads them, so that where they are kept concerns nobody else here.
"""

from collections.abc import Callable
from datetime import date, datetime
from email.utils import parseaddr
from typing import Any, Protocol

from chat.domain.identification import Claim
from recado.clock import Clock
from recado.errors import NotFound
from recado.flows import FlowDocument
from recado.model import Customer, Language, Outage
from recado.outages import as_field


class People(Protocol):
    """The directory of customers."""

    def get(self, customer_id: str) -> Customer | None: ...

    def with_email(self, email: str) -> tuple[Customer, ...]: ...

    def with_document(self, document: str) -> tuple[Customer, ...]: ...


class Library(Protocol):
    """Every version of the flows (`recado.flow_library`)."""

    def newest(self, now: datetime) -> FlowDocument: ...

    def version(self, number: int) -> FlowDocument: ...


class Board(Protocol):
    """The outages that staff announced (`recado.outages`)."""

    def current(self, now: datetime) -> tuple[Outage, ...]: ...


class Knowing:
    """Everything that texts and decisions are made of besides the conversation."""

    def __init__(
        self,
        people: People,
        library: Library,
        board: Board,
        from_address: str,
        clock: Clock,
        today: Callable[[], date],
    ) -> None:
        self._people = people
        self._library = library
        self._board = board
        self._operator = parseaddr(from_address)[0] or from_address
        self._clock = clock
        self._today = today

    def document(self, version: int | None = None) -> FlowDocument | None:
        """A version of the flows, the newest by default; None where that version is gone."""
        if version is None:
            return self._library.newest(self._clock())
        try:
            return self._library.version(version)
        except NotFound:
            return None

    def public(self, language: Language) -> dict[str, Any]:
        """The fields that any text may use (`flows.PUBLIC`)."""
        going_on = self._board.current(self._clock())
        return {"operator": self._operator, "outages": as_field(going_on, language)}

    def find(self, claim: Claim) -> str | None:
        """The customer somebody claims to be; None where nobody is, or it may be several people.

        Those who share a mailbox are one person here: a code proves the mailbox, not more.
        """
        if claim.email:
            found = self._people.with_email(claim.email)
        else:
            found = self._people.with_document(claim.document)
        mailboxes = {customer.email.lower() for customer in found}
        return found[0].id if len(mailboxes) == 1 else None

    def customer(self, customer_id: str | None) -> dict[str, Any] | None:
        """The fields of an identified customer (`flows.OF_THE_CUSTOMER`)."""
        customer = self._people.get(customer_id) if customer_id else None
        if customer is None:
            return None
        return {
            "name": customer.name,
            "plan": customer.plan,
            "city": customer.city,
            "invoices": _bills(customer, late=None),
            "overdue": _bills(customer, late=self._today()),
        }

    def address(self, customer_id: str) -> str | None:
        """Where a customer reads mail."""
        customer = self._people.get(customer_id)
        return customer.email if customer else None


def _bills(customer: Customer, late: date | None) -> list[dict[str, str]]:
    """Open invoices, the oldest first; only those past their due date on the day `late`."""
    bills = customer.overdue(late or date.max)
    return [
        {"id": invoice_id, "amount": str(bill.amount), "due_on": bill.due_on.isoformat()}
        for invoice_id, bill in bills.items()
    ]
