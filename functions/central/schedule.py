"""Every quarter of an hour: reports that are due by e-mail."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from central import collaborators
from recado import clock
from recado.observability import logger, metrics


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Wakes on a schedule."""
    metrics.add_metric(name="ReportRounds", unit=MetricUnit.Count, value=1)
    sent = collaborators.report_mail().send(clock.now(), collaborators.today())
    metrics.add_metric(name="ReportsSent", unit=MetricUnit.Count, value=sent)
    logger.info("reports", sent=sent)
    return {"sent": sent}
