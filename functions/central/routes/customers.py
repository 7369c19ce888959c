"""Customers and their invoices."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from central import collaborators
from central.domain.customers import NewCustomer
from central.domain.invoices import NewInvoice, Payment
from central.routes import PAGE, Cursor, Id, Limit
from recado import clock, rest
from recado.contracts import Segment, SegmentAudience
from recado.errors import NotFound
from recado.listing import Page
from recado.model import Customer, Invoice

router = rest.router()


@router.post("/v1/customers", status_code=201, tags=["customers"])
def register(new: NewCustomer) -> Customer:
    """Register a customer."""
    return collaborators.billing().register(new, clock.now(), collaborators.today())


@router.get("/v1/customers", tags=["customers"])
def customers(
    segment: Annotated[Segment, Query()] = Segment.ALL,
    plan: Annotated[str | None, Query()] = None,
    city: Annotated[str | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = PAGE,
) -> Page[Customer]:
    """List customers: all, or those with something overdue today."""
    audience = SegmentAudience(segment=segment, plan=plan, city=city)
    page = collaborators.directory().page(audience, collaborators.today(), cursor, limit)
    return Page[Customer](items=page.customers, cursor=page.cursor)


@router.get("/v1/customers/<customer_id>", tags=["customers"])
def customer(customer_id: Id) -> Customer:
    """Show a customer."""
    found = collaborators.directory().get(customer_id)
    if found is None:
        raise NotFound(f"there is no customer {customer_id}")
    return found


@router.post("/v1/customers/<customer_id>/invoices", status_code=201, tags=["invoices"])
def bill(customer_id: Id, new: NewInvoice) -> Invoice:
    """Add an invoice to a customer; without a status it is open."""
    return collaborators.billing().bill(customer_id, new)


@router.get("/v1/customers/<customer_id>/invoices", tags=["invoices"])
def invoices(customer_id: Id, cursor: Cursor = None, limit: Limit = PAGE) -> Page[Invoice]:
    """List a customer's invoices by id."""
    return collaborators.billing().invoices(customer_id, cursor, limit)


@router.get("/v1/customers/<customer_id>/invoices/<invoice_id>", tags=["invoices"])
def invoice(customer_id: Id, invoice_id: Id) -> Invoice:
    """Show an invoice."""
    return collaborators.billing().invoice(customer_id, invoice_id)


@router.post("/v1/customers/<customer_id>/invoices/<invoice_id>/payment", tags=["invoices"])
def pay(customer_id: Id, invoice_id: Id, payment: Payment) -> Invoice:
    """Note that an invoice was paid; sending the same again changes nothing."""
    return collaborators.billing().pay(customer_id, invoice_id, payment.paid_on)
