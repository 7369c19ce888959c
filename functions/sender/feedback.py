"""What SES says became of each mail.

A message is one of SES's events, through SNS, or S3's word of a file that Firehose made of many.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from botocore.exceptions import BotoCoreError, ClientError

from recado import clock, settings, wire
from recado.errors import Rejected
from recado.inbox import inbox
from recado.ledger.progress import ProgressBoard
from recado.ledger.store import Ledger
from recado.observability import logger, metrics
from sender import gateway
from sender.domain.feedback import Report, events_in, report
from sender.domain.reputation import Limits
from sender.domain.suppression import SoftBounceRule
from sender.event_files import EventFiles, named_in
from sender.listening import ChunkKey, Listener
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


@cache
def event_files() -> EventFiles:
    return EventFiles.from_env()


@dataclass(frozen=True)
class Message:
    """What a message tells, and why it does not tell more."""

    reports: tuple[Report, ...]
    problem: Exception | None = None

    def why_not_done(self, failures: Mapping[ChunkKey, Exception]) -> Exception | None:
        """Why it has to come again or be put aside, if so; `failures` are those of chunks."""
        chunks = (failures.get((each.campaign_id, each.chunk)) for each in self.reports)
        return next((failure for failure in chunks if failure), self.problem)


def opened(body: str) -> Message:
    """Read a message as far as it can be read."""
    told = list(_told(body))
    return Message(
        reports=tuple(each for each in told if isinstance(each, Report)),
        problem=next((each for each in told if isinstance(each, Exception)), None),
    )


def _told(body: str) -> Iterator[Report | Exception | None]:
    """What each event tells or why it cannot be read, and why no more can be read."""
    try:
        for event in _events(body):
            yield _read(event)
    except (Rejected, ClientError, BotoCoreError) as error:
        yield error


def _events(body: str) -> Iterator[Any]:
    """SES's events, one by one.

    Raises:
        Rejected: that is no JSON, or the file is gone.
    """
    message = next(events_in(body), None)
    if not isinstance(message, dict) or "Records" not in message:
        yield message
        return
    for file in named_in(message):
        yield from events_in(event_files().read(file))


def _read(event: Any) -> Report | Rejected | None:
    """What an event tells, or why that cannot be read."""
    try:
        return report(event)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        return Rejected(f"not an SES event: {type(error).__name__} {error}")


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on what SES reports; writes each chunk of the batch once."""
    messages = {body: opened(body) for body in (each["body"] for each in event["Records"])}
    reports = [each for message in messages.values() for each in message.reports]
    metrics.add_metric(name="Events", unit=MetricUnit.Count, value=len(reports))
    failures = listener().listen(reports)

    def acknowledge(body: str) -> None:
        problem = messages[body].why_not_done(failures)
        if problem:
            raise problem

    answer = inbox().read(event, acknowledge, context)
    followed = sorted({each.correlation_id for each in reports if each.correlation_id})
    logger.info(
        "events taken in",
        events=len(reports),
        chunks_failed=len(failures),
        correlation_ids=followed,
    )
    return answer
