"""What chat tells, and what the desk left for later, from the desk's queue."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from desk.collaborators import hearing, office
from desk.gateway import UNSETTLED
from recado.conversation import FROM_CHAT, HandoverEvent
from recado.hearing import fact_in, kind_and_detail
from recado.inbox import inbox
from recado.observability import logger, metrics


def heard_in(body: str) -> HandoverEvent | None:
    """The fact in a message from the bus; `None` if the desk asks itself to settle.

    Raises:
        Rejected, ValidationError: it is not what chat and desk agreed on.
    """
    kind, _ = kind_and_detail(body)
    return None if kind == UNSETTLED else fact_in(body, FROM_CHAT)


def carry_out(body: str) -> None:
    """Apply one message."""
    event = heard_in(body)
    if event is None:
        office().settle()
        return
    logger.info("heard", fact=type(event).__name__, ticket=event.ticket_id, number=event.number)
    hearing().hear(event)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on the desk's queue."""
    metrics.add_metric(name="FactsHeard", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, carry_out, context, impatient=True)
