"""The desk's API, from API Gateway: `docs/desk.md` shows it by example."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from desk.routes import attendants, organisation, staffing
from recado import rest
from recado.observability import logger, metrics

api = rest.resolver("Recado: desk", "Attendants at work, and who organises them.")
for part in (attendants, organisation, staffing):
    api.include_router(part.router)


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
