"""What chat tells, and what the desk left for later, from the desk's queue."""

import json
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from desk.collaborators import hearing, office
from desk.gateway import UNSETTLED
from recado.conversation import FROM_CHAT, HandoverEvent
from recado.errors import Rejected
from recado.inbox import inbox
from recado.observability import logger, metrics


def heard_in(body: str) -> HandoverEvent | None:
    """The fact in a message from the bus; `None` if the desk asks itself to settle.

    Raises:
        Rejected, ValidationError: it is not what chat and desk agreed on.
    """
    try:
        message = json.loads(body)
        kind, detail = message["detail-type"], message["detail"]
    except (ValueError, KeyError, TypeError) as error:
        raise Rejected("this is no message of the bus", field="detail-type") from error
    if kind == UNSETTLED:
        return None
    if kind not in FROM_CHAT:
        raise Rejected(f"the desk does not listen to {kind}", field="detail-type")
    return FROM_CHAT[kind].model_validate_json(json.dumps(detail))


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
    return inbox().read(event, carry_out, context)
