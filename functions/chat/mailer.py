"""Sends one-time codes, from their queue."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from chat import collaborators
from chat.domain.codes import CodeMail
from recado import clock
from recado.inbox import inbox
from recado.observability import metrics


def mail(body: str) -> None:
    """Send the code in one message."""
    if collaborators.mailing().send(CodeMail.model_validate_json(body), clock.now()):
        metrics.add_metric(name="CodesSent", unit=MetricUnit.Count, value=1)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Wakes on the queue of codes."""
    metrics.add_metric(name="Codes", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, mail, context)
