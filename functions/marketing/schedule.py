"""Every five minutes: decides, moves journeys on, settles, asks for campaigns."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from marketing import collaborators
from marketing.working import Run
from recado import clock, ids
from recado.errors import Retryable
from recado.observability import logger, metrics

RESERVE_MS = 10_000
"""What is not begun so late is left to the next round."""


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Wakes on a schedule; fails, after all else is done, if something made trouble."""

    def in_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MS)

    now = clock.now()
    run = Run(ids.new("run", now), now, in_time)
    collaborators.outgoing().sweep(now)
    tallies = {
        "decided": collaborators.deciding().decide(run),
        "moved": collaborators.travelling().move(run),
        "settled": collaborators.settling().settle(run),
        "asked": collaborators.asking().ask(run),
    }
    done = {name: tally.done for name, tally in tallies.items()}
    metrics.add_metric(name="Decisions", unit=MetricUnit.Count, value=done["decided"])
    metrics.add_metric(name="CampaignsAsked", unit=MetricUnit.Count, value=done["asked"])
    logger.info("round", extra=done)
    if troubles := sum(tally.failed for tally in tallies.values()):
        raise Retryable(f"{troubles} things made trouble: see the log for each")
    return done
