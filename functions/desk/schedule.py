"""Every minute: the supervisor takes work back from who is gone, and tells what was left untold."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from desk.collaborators import office
from desk.domain.tickets import Status
from recado.observability import logger, metrics


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Wakes on a schedule."""
    office().sweep()
    tickets = office().floor().desk.tickets.values()
    waiting = sum(each.status is Status.WAITING for each in tickets)
    metrics.add_metric(name="TicketsWaiting", unit=MetricUnit.Count, value=waiting)
    metrics.add_metric(name="TicketsInService", unit=MetricUnit.Count, value=len(tickets) - waiting)
    logger.info("swept", waiting=waiting, in_service=len(tickets) - waiting)
    return {"waiting": waiting, "in_service": len(tickets) - waiting}
