"""Marketing's API for staff, from API Gateway: `docs/marketing.md` shows it by example."""

import json
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from marketing import collaborators
from marketing.domain import rules as ruling
from marketing.domain.customers import Offer
from marketing.domain.rules import RuleDocument
from marketing.reporting import Explanation, Result
from recado import rest
from recado.auth import Role
from recado.listing import Page
from recado.model import IDENTIFIER, Frozen
from recado.observability import logger, metrics

PAGE = 50
api = rest.resolver(
    "Recado: marketing", "Staff's rules over what chats revealed, offers, and what they brought."
)


class _DescribedOnly:
    """A body whose description is a document of rules, but which the use case checks.

    Powertools would tell of one mistake only; staff shall see all, each with its place.
    """

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(RuleDocument.__pydantic_core_schema__)


Edited = Annotated[dict[str, Any], _DescribedOnly(), Body()]


class Results(Frozen):
    """What came of the rules."""

    rules: tuple[Result, ...]


@api.get("/v1/marketing/rules", tags=["rules"])
def newest_rules() -> RuleDocument:
    """Show the newest version of the rules; version 1 is what Recado comes with."""
    return collaborators.rules().newest()


@api.get("/v1/marketing/rules/<version>", tags=["rules"])
def rules(version: Annotated[int, Path(ge=1)]) -> RuleDocument:
    """Show a version of the rules."""
    return collaborators.rules().version(version)


@api.put("/v1/marketing/rules", tags=["rules"])
def save(edited: Edited) -> RuleDocument:
    """Store edited rules as a new version; `version` is the one they were edited from."""
    return collaborators.rules().save(ruling.parse(json.dumps(edited)))


@api.get("/v1/marketing/customers/<customer_id>", tags=["decisions"])
@rest.allow(Role.ADMIN)
def explain(customer_id: Annotated[str, Path(pattern=IDENTIFIER)]) -> Explanation:
    """Explain a customer's decisions: what counted, what stopped an offer, which group."""
    return collaborators.reporting().explain(customer_id)


@api.get("/v1/marketing/offers", tags=["offers"])
def offers(
    rule: Annotated[str, Query(pattern=IDENTIFIER)],
    cursor: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = PAGE,
) -> Page[Offer]:
    """List a rule's offers, the newest first."""
    return collaborators.reporting().offers(rule, cursor, limit)


@api.get("/v1/marketing/results", tags=["offers"])
def results() -> Results:
    """Show what every rule brought, with the difference from who was held out."""
    return Results(rules=collaborators.reporting().results())


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Wakes on API Gateway."""
    metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
    answer = api.resolve(event, context)
    logger.info(
        "request",
        method=event.get("httpMethod"),
        path=event.get("path"),
        status=answer["statusCode"],
    )
    return answer
