"""What chat, desk and central tell, from marketing's queue."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from marketing import collaborators
from marketing.hearing import HEARD
from recado import clock
from recado.hearing import fact_in
from recado.inbox import inbox
from recado.observability import logger, metrics


def hear(body: str) -> None:
    """Take in one fact."""
    fact = fact_in(body, HEARD)
    logger.info("heard", fact=type(fact).__name__)
    collaborators.hearing().hear(fact, clock.now())


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on marketing's queue."""
    metrics.add_metric(name="FactsHeard", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, hear, context)
