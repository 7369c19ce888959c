"""Hears what the desk tells, from its queue."""

import json
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from chat import collaborators
from recado import clock
from recado.conversation import FROM_DESK, HandoverEvent
from recado.errors import NotFound, Rejected
from recado.inbox import inbox
from recado.observability import metrics


def parse(body: str) -> HandoverEvent:
    """The fact in a message of the bus.

    Raises:
        Rejected: it is none of the desk's facts.
    """
    envelope = json.loads(body)
    kind = FROM_DESK.get(envelope["detail-type"])
    if kind is None:
        raise Rejected(f"chat does not listen to {envelope['detail-type']}")
    return kind.model_validate_json(json.dumps(envelope["detail"]))


def hear(body: str) -> None:
    """Apply one fact; one about a conversation that is gone is put aside."""
    fact = parse(body)
    try:
        collaborators.listening().hear(fact, clock.now())
    except NotFound as gone:
        raise Rejected(str(gone)) from gone


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Wakes on the queue of the desk's facts."""
    metrics.add_metric(name="DeskFacts", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, hear, context)
