"""Every five minutes: what campaigns moved by, facts that the bus lost, how the queues are."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from monitoring import collaborators
from recado import clock
from recado.observability import logger, metrics

RESERVE_MS = 30_000
"""What is not begun so late is left to the next time."""


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Wakes on a schedule."""

    def in_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MS)

    looked = collaborators.mail_watch().look(clock.now())
    lost = collaborators.reconciling().catch_up(clock.now(), in_time)
    health = collaborators.checking().check(looked.unknown, clock.now())
    dead = sum(queue.dead for queue in health.queues)
    metrics.add_metric(name="FactsLost", unit=MetricUnit.Count, value=lost)
    metrics.add_metric(name="UnknownDeliveries", unit=MetricUnit.Count, value=looked.unknown)
    metrics.add_metric(name="DeadLetters", unit=MetricUnit.Count, value=dead)
    done = {"campaigns": looked.campaigns, "moved": looked.moved, "lost": lost, "dead": dead}
    logger.info("consolidated", extra=done)
    return done
