"""What SES says became of each mail: SES events, through SNS and SQS."""

import json
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from recado import clock, settings, wire
from recado.errors import Rejected
from recado.inbox import inbox
from recado.ledger.progress import ProgressBoard
from recado.ledger.store import Ledger
from recado.observability import logger, metrics
from sender import gateway
from sender.domain.feedback import Report, report
from sender.domain.reputation import Limits
from sender.domain.suppression import SoftBounceRule
from sender.listening import Listener
from sender.store import SuppressionStore


@cache
def listener() -> Listener:
    campaigns, dynamodb = settings.text("CAMPAIGNS_TABLE"), wire.client()
    return Listener(
        ledger=Ledger(campaigns, dynamodb),
        board=ProgressBoard(campaigns, dynamodb),
        suppression=SuppressionStore.from_env(),
        commands=gateway.plan_queue(),
        now=clock.now,
        soft_bounces=SoftBounceRule(
            bounces=int(settings.number("SOFT_BOUNCES", 3)),
            window_days=int(settings.number("SOFT_BOUNCE_DAYS", 30)),
        ),
        limits=Limits(
            bounce_percent=settings.number("BOUNCE_PAUSE_PERCENT", 4),
            complaint_percent=settings.number("COMPLAINT_PAUSE_PERCENT", 0.08),
        ),
    )


def parse(body: str) -> Report | None:
    """The report in a message.

    Raises:
        Rejected: the message is not an SES event.
    """
    try:
        return report(json.loads(body))
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Rejected(f"not an SES event: {type(error).__name__} {error}") from error


def readable(body: str) -> Report | None:
    """The report in a message; `None` also for one that `parse` will refuse in its turn."""
    try:
        return parse(body)
    except Rejected:
        return None


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on SES events; writes each chunk of the batch once."""
    metrics.add_metric(name="Events", unit=MetricUnit.Count, value=len(event["Records"]))
    reports = [found for record in event["Records"] if (found := readable(record["body"]))]
    failures = listener().listen(reports)

    def acknowledge(body: str) -> None:
        found = parse(body)
        failure = found and failures.get((found.campaign_id, found.chunk))
        if failure:
            raise failure

    answer = inbox().read(event, acknowledge, context)
    followed = sorted({each.correlation_id for each in reports if each.correlation_id})
    logger.info(
        "events taken in",
        events=len(reports),
        chunks_failed=len(failures),
        correlation_ids=followed,
    )
    return answer
