"""Commands about campaigns, from the `plan` queue."""

from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from campaigns import gateway
from campaigns.orders import Patience, TaskManager
from campaigns.planning import Planner
from campaigns.store import CampaignStore
from recado import bus, clock, correlation, quiet, settings
from recado.contracts import (
    CheckCompletion,
    ContinuePlanning,
    ControlCampaign,
    PlanCampaign,
    QueueReady,
    SettleChunk,
    campaign_command,
)
from recado.directory import Directory
from recado.errors import Conflict, NotFound
from recado.inbox import inbox
from recado.ledger.home import Home
from recado.observability import logger, metrics

RESERVE_MS = 20_000
"""Planning stops when less than this is left of the function's time: a page takes far less."""


@cache
def store() -> CampaignStore:
    return CampaignStore.from_env()


@cache
def planner() -> Planner:
    return Planner(
        store(),
        gateway.Files.from_env(),
        Directory.from_env(),
        gateway.plan_queue(),
        gateway.send_queues(),
        quiet.from_env(),
        lambda: clock.now(),
    )


@cache
def manager() -> TaskManager:
    patience = Patience(
        stalled=timedelta(seconds=settings.number("STALLED_SECONDS", 180)),
        unknown=timedelta(seconds=settings.number("UNKNOWN_SECONDS", 600)),
        stale=timedelta(hours=settings.number("STALE_HOURS", 6)),
    )
    return TaskManager(
        store(),
        Home.from_env(),
        planner(),
        gateway.plan_queue(),
        bus.bus(),
        patience,
        lambda: gateway.feedback_queue().waiting(),
    )


def time_left(context: Any) -> bool:
    """Whether the function has time for one more page."""
    remaining: int = context.get_remaining_time_in_millis()
    return remaining > RESERVE_MS


def carry_out(body: str, context: Any) -> None:
    """Do what one command says; an order that came too late changes nothing."""
    command = campaign_command.validate_json(body)
    correlation.adopt(command.correlation_id if isinstance(command, PlanCampaign) else None)
    logger.info("command", kind=command.kind, campaign=command.campaign_id)
    now = clock.now()
    try:
        match command:
            case PlanCampaign():
                manager().launch(command, now, lambda: time_left(context))
            case ContinuePlanning():
                manager().go_on(command.campaign_id, now, lambda: time_left(context))
            case ControlCampaign():
                manager().obey(command, now, lambda: time_left(context))
            case CheckCompletion():
                manager().complete(command.campaign_id, now)
            case SettleChunk():
                manager().settle(command, now)
            case QueueReady():
                manager().queue_on(command, now, lambda: time_left(context))
    except (Conflict, NotFound) as error:
        logger.info("command refused", kind=command.kind, reason=str(error))


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on the `plan` queue."""
    metrics.add_metric(name="Commands", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, lambda body: carry_out(body, context), context)
