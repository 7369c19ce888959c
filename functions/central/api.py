"""The admin API, from API Gateway: `docs/central.md` shows it by example, `/v1/docs` in full."""

from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.metrics import MetricUnit

from central.routes import (
    campaigns,
    chat_flows,
    customers,
    files,
    outages,
    reports,
    templates,
    tokens,
)
from recado import rest
from recado.observability import logger, metrics

OPEN_PATHS = ("/v1/health", "/v1/openapi.json", "/v1/docs")

api = rest.resolver(
    "Recado: central",
    "Customers, invoices, templates, campaigns, the bot's flows and reports of an operator.",
    open_paths=OPEN_PATHS,
)
api.enable_swagger(path="/v1/docs", compress=True)
for noun in (customers, files, templates, campaigns, chat_flows, outages, reports, tokens):
    api.include_router(noun.router)


@api.get("/v1/health", tags=["service"])
def health() -> dict[str, str]:
    """Say that the API answers."""
    return {"status": "ok"}


@api.get("/v1/openapi.json", include_in_schema=False, enable_validation=False)
def openapi() -> Response[str]:
    """Describe the API to machines."""
    return Response(200, content_type="application/json", body=api.get_openapi_json_schema())


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
