"""What the suite speaks about: customers, invoices, mail classes and templates."""

import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints


class Frozen(BaseModel):
    """A value: immutable, and it refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Language(StrEnum):
    """A language Recado writes in, as a BCP 47 tag."""

    PORTUGUESE = "pt-BR"
    ENGLISH = "en"


class Lane(StrEnum):
    """The class of a mail: each has its own queue, and its own answer to an unknown outcome.

    Marketing is sent at most once, billing and transactional mail at least once.
    """

    TRANSACTIONAL = "transactional"
    BILLING = "billing"
    MARKETING = "marketing"

    @property
    def at_most_once(self) -> bool:
        """Whether an outcome that stays unknown is held rather than sent again."""
        return self is Lane.MARKETING


IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$"
"""The form of an `Identifier`, as a regular expression."""
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
"""An operator's own code for a customer or an invoice."""

Money = Annotated[Decimal, Field(max_digits=12, decimal_places=2, ge=0)]
"""An amount in the operator's currency, at most two decimals."""


FORGOTTEN_AFTER = timedelta(hours=24)
"""How long after its expected end an outage that nobody ended is still told of."""


class InvoiceStatus(StrEnum):
    """Where an invoice stands; overdue is not a status but an open invoice past its due date."""

    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"


class Invoice(Frozen):
    """A bill (fatura)."""

    id: Identifier
    customer_id: Identifier
    amount: Money
    issued_on: date
    due_on: date
    status: InvoiceStatus = InvoiceStatus.OPEN
    paid_on: date | None = None


class OpenInvoice(Frozen):
    """What a customer's record keeps of an invoice that is not paid yet."""

    due_on: date
    amount: Money


class Customer(Frozen):
    """A person or company the operator serves (cadastro).

    `document` is a CPF or CNPJ, digits (and, for a CNPJ, letters) only. `open_invoices` maps
    invoice ids to what is still owed; central keeps it equal to the invoices themselves.
    `time_zone` is an IANA name; empty means the operator's. `address` is where the service is,
    `postcode` its CEP, digits only.
    """

    id: Identifier
    name: str
    document: str
    email: str
    phone: str = ""
    language: Language = Language.PORTUGUESE
    plan: str = ""
    city: str = ""
    address: str = ""
    postcode: str = ""
    time_zone: str = ""
    created_at: datetime
    open_invoices: dict[str, OpenInvoice] = Field(default_factory=dict)

    def overdue(self, as_of: date) -> dict[str, OpenInvoice]:
        """The open invoices whose due date has passed on `as_of`, oldest first."""
        late = [(key, bill) for key, bill in self.open_invoices.items() if bill.due_on < as_of]
        return dict(sorted(late, key=lambda entry: (entry[1].due_on, entry[0])))


class Outage(Frozen):
    """A failure or maintenance of whole cities that staff announced (queda, manutenção).

    It is current from `starts_at` until staff end it; one that nobody ended is over
    `FORGOTTEN_AFTER` its expected end.
    """

    id: Identifier
    cities: tuple[str, ...]
    text: dict[Language, str]
    starts_at: datetime
    expected_end: datetime
    announced_at: datetime
    ended_at: datetime | None = None

    def over(self, at: datetime) -> bool:
        """Whether it was ended, or forgotten."""
        if self.ended_at is not None:
            return self.ended_at <= at
        return self.expected_end <= at - FORGOTTEN_AFTER

    def current(self, at: datetime) -> bool:
        """Whether it goes on at a moment."""
        return self.starts_at <= at and not self.over(at)

    def in_city(self, city: str) -> bool:
        """Whether it is about a city, however capitalised and accented."""
        return _plain(city) in {_plain(each) for each in self.cities}


def _plain(city: str) -> str:
    letters = unicodedata.normalize("NFKD", city.casefold().strip())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


class MailBody(Frozen):
    """The Jinja2 sources of one message in one language."""

    subject: str
    html: str
    text: str


class TemplateVersion(Frozen):
    """A template as it stood when it was used; a campaign carries its own copy."""

    id: Identifier
    version: int
    bodies: dict[Language, MailBody]

    def body(self, language: Language) -> MailBody:
        """The body in `language`, or in the template's first language when it has none."""
        return self.bodies.get(language) or next(iter(self.bodies.values()))
