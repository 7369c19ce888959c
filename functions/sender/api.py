"""The staff's API to the suppression list, from API Gateway."""

from functools import cache
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import AfterValidator, Field, StringConstraints

from recado import clock, rest
from recado.audience import is_address
from recado.errors import NotFound
from recado.model import Frozen, Lane
from recado.observability import logger, metrics
from sender.domain.suppression import Entry, Reason, Suppression
from sender.store import SuppressionStore

api = rest.resolver("Recado: sender", "Addresses that are not written to, and why.")


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("is not an e-mail address")
    return text.lower()


Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]


class NewSuppression(Frozen):
    """An address that staff want left alone."""

    email: Email
    lanes: frozenset[Lane] = Field(default=Reason.STAFF.lanes, min_length=1)
    detail: str = Field(default="asked for by staff", min_length=1, max_length=200)


class Suppressions(Frozen):
    """Every reason not to write to an address."""

    entries: tuple[Entry, ...]


@cache
def suppressions() -> SuppressionStore:
    return SuppressionStore.from_env()


@api.get("/v1/suppressions", tags=["suppressions"])
def show(email: Annotated[Email, Query()]) -> Suppressions:
    """Show why an address is not written to; nothing if it is."""
    return Suppressions(entries=suppressions().entries(email))


@api.post("/v1/suppressions", tags=["suppressions"])
def add(new: NewSuppression) -> Suppressions:
    """Stop mail of some lanes to an address (marketing, unless told which)."""
    suppressions().put(
        Suppression(
            email=new.email,
            reason=Reason.STAFF,
            lanes=new.lanes,
            detail=new.detail,
            source=rest.caller_of(api).label,
        ),
        clock.now(),
    )
    return Suppressions(entries=suppressions().entries(new.email))


@api.delete("/v1/suppressions", tags=["suppressions"])
def lift(email: Annotated[Email, Query()], reason: Annotated[Reason, Query()]) -> Response[str]:
    """Take one reason away; the others stay. SES keeps a list of its own."""
    if not suppressions().withdraw(email, reason):
        raise NotFound(f"this address is not suppressed for the reason {reason}")
    return rest.nothing()


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Wakes on API Gateway."""
    metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
    answer = api.resolve(event, context)
    logger.info("request", method=event.get("httpMethod"), status=answer["statusCode"])
    return answer
