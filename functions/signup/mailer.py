"""Sends letters, from their queue."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from recado import clock
from recado.inbox import inbox
from recado.observability import metrics
from signup import collaborators
from signup.domain.letters import Letter


def mail(body: str) -> None:
    """Send the letter in one message."""
    letter = Letter.model_validate_json(body)
    if collaborators.sending().send(letter, clock.now()):
        metrics.add_metric(name="LettersSent", unit=MetricUnit.Count, value=1)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on the queue of letters."""
    metrics.add_metric(name="Letters", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, mail, context)
