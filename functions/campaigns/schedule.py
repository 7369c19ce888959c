"""Every minute: campaigns that are due, stalled or over."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from campaigns.worker import manager, store, time_left
from recado import clock
from recado.errors import RecadoError
from recado.observability import logger, metrics


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Wakes on a schedule; looks after each campaign that is not over, whatever ails another."""
    manager().settle_in(clock.now())
    looked_after = 0
    for campaign in store().active():
        try:
            manager().look_after(campaign, clock.now(), lambda: time_left(context))
        except RecadoError as error:
            logger.warning("campaign left alone", campaign=campaign.id, reason=str(error))
        looked_after += 1
    metrics.add_metric(name="ActiveCampaigns", unit=MetricUnit.Count, value=looked_after)
    logger.info("looked after campaigns", number=looked_after)
    return {"campaigns": looked_after}
