"""Every minute: answers that were left, facts and codes that were left, conversations gone idle."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from chat import collaborators
from recado import clock
from recado.errors import Retryable
from recado.observability import logger, metrics

RESERVE_MS = 10_000
"""What is not begun so late is left to the next minute."""


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Wakes on a schedule; fails, after all else is done, if a conversation made trouble."""

    def in_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MS)

    tending, now = collaborators.tending(), clock.now()
    healed = tending.heal(now, in_time)
    ended = tending.end_idle(now, in_time)
    swept = tending.sweep(now)
    metrics.add_metric(name="Healed", unit=MetricUnit.Count, value=healed.done)
    done = {"healed": healed.done, "looked_at": ended.done, "swept": swept}
    logger.info("tended", extra=done)
    if troubles := healed.failed + ended.failed:
        raise Retryable(f"{troubles} conversations made trouble: see the log for each")
    return done
