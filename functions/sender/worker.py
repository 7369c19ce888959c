"""Chunks to send, from the queue of one lane."""

from collections import Counter
from functools import cache, lru_cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from recado import clock, correlation, quiet, settings, wire
from recado.contracts import ChunkTask
from recado.inbox import inbox
from recado.ledger.home import Home
from recado.ledger.progress import ProgressBoard
from recado.ledger.store import Ledger
from recado.ledger.waking import WakingHours
from recado.linkkeys import keyring
from recado.observability import logger, metrics
from sender import gateway
from sender.bucket import RateBucket
from sender.caps import CapStore
from sender.composing import Composer, Links
from sender.delivery import Collaborators, Delivery, Terms
from sender.permission import Permission
from sender.store import SuppressionStore

RESERVE_MS = 15_000
"""No chunk is begun when less than this is left of the function's time."""


@cache
def delivery() -> Delivery:
    ses = gateway.client()
    campaigns = settings.text("CAMPAIGNS_TABLE")
    dynamodb = wire.client()
    board = ProgressBoard(campaigns, dynamodb)
    plan = lru_cache(maxsize=8)(board.plan)
    suppression = SuppressionStore.from_env()
    links = Links(
        url=settings.text("LINKS_URL"),
        seconds=int(settings.number("LINK_DAYS", 365) * 86_400),
        keys=lambda: keyring().keys(),
    )
    return Delivery(
        Collaborators(
            permission=Permission(
                board=board,
                home=Home(campaigns, dynamodb),
                quiet=quiet.from_env(),
                waking=WakingHours(campaigns, dynamodb),
                now=now,
            ),
            ledger=Ledger(campaigns, dynamodb),
            board=board,
            plan=plan,
            composer=Composer(plan, suppression, CapStore.from_env(suppression), links),
            bucket=RateBucket(campaigns, dynamodb, lambda: gateway.quota(ses)),
            transport=gateway.transport(ses),
            own_queue=gateway.own_queue(),
            commands=gateway.plan_queue(),
            now=now,
        ),
        Terms(
            lease_ms=int(settings.number("LEASE_SECONDS", 90) * 1000),
            unknown_seconds=int(settings.number("UNKNOWN_SECONDS", 600)),
            configuration_set=settings.text("CONFIGURATION_SET"),
        ),
    )


def now() -> int:
    """This moment in milliseconds since 1970."""
    return clock.epoch_ms(clock.now())


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on one lane's queue; delivers each chunk of the batch."""
    metrics.add_metric(name="Chunks", unit=MetricUnit.Count, value=len(event["Records"]))
    tally: Counter[str] = Counter()
    campaigns: set[str] = set()

    def time_left() -> bool:
        remaining: int = context.get_remaining_time_in_millis()
        return remaining > RESERVE_MS

    def deliver(body: str) -> None:
        task = ChunkTask.model_validate_json(body)
        correlation.adopt(task.correlation_id)
        if time_left():
            campaigns.add(task.campaign_id)
            tally.update(delivery().deliver(task, time_left))
        else:
            delivery().put_back(task)

    answer = inbox().read(event, deliver, context)
    for campaign_id in campaigns:
        delivery().announce_end(campaign_id)
    for state, number in tally.items():
        metrics.add_metric(name=f"Mail.{state}", unit=MetricUnit.Count, value=number)
    logger.info("chunks delivered", chunks=len(event["Records"]), mails=dict(tally))
    return answer
