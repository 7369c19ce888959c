"""Every two minutes: read what is new in the mailbox, and tell and queue what was left."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from recado import clock
from recado.observability import logger, metrics
from signup import collaborators
from signup.checking import Tally

RESERVE_MS = 35_000
"""No mail is begun when less than this is left: its calls to IMAP may take ten seconds each."""


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:  # noqa: ARG001
    """Wakes on a schedule; fails, after all else is done, if the mailbox cannot be read."""

    def in_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > RESERVE_MS)

    metrics.add_metric(name="MailboxChecks", unit=MetricUnit.Count, value=1)
    swept = collaborators.writing_back().sweep(clock.now())
    access = collaborators.access()
    if access is None:
        return {"swept": swept}
    tally: Tally = collaborators.checking(access).check(in_time)
    for outcome, number in tally.items():
        metrics.add_metric(name=f"Signup.{outcome}", unit=MetricUnit.Count, value=number)
    logger.info("mailbox checked", swept=swept, mails=dict(tally))
    return {"swept": swept, **tally}
