"""Facts of all services, from monitoring's queue: a batch is counted at once."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from monitoring import collaborators
from monitoring.domain.counting import Entry, entry_of
from recado import clock
from recado.errors import Rejected, Retryable
from recado.figures.facts import COUNTED
from recado.hearing import fact_in
from recado.inbox import inbox
from recado.observability import logger, metrics


def entry_in(body: str) -> Entry:
    """What a message of the bus adds to the figures.

    Raises:
        Rejected, ValidationError: nothing is counted of it.
    """
    return entry_of(fact_in(body, COUNTED), collaborators.zone())


def readable(body: str) -> Entry | None:
    """The same; `None` also for what `entry_in` will refuse in its turn."""
    try:
        return entry_in(body)
    except (Rejected, ValidationError):
        return None


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on facts."""
    heard = [found for record in event["Records"] if (found := readable(record["body"]))]
    failure: Exception | None = None
    counted = 0
    try:
        counted = collaborators.book().count(heard, clock.now())
    except (Retryable, ClientError, BotoCoreError) as error:
        failure = error

    def acknowledge(body: str) -> None:
        entry_in(body)
        if failure:
            raise failure

    metrics.add_metric(name="FactsHeard", unit=MetricUnit.Count, value=len(event["Records"]))
    metrics.add_metric(name="FactsCounted", unit=MetricUnit.Count, value=counted)
    logger.info("facts", heard=len(heard), counted=counted)
    return inbox().read(event, acknowledge, context)
