"""Hears what the desk tells, from its queue."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

from chat import collaborators
from recado import clock
from recado.conversation import FROM_DESK
from recado.errors import NotFound, Rejected
from recado.hearing import fact_in
from recado.inbox import inbox
from recado.observability import metrics


def hear(body: str) -> None:
    """Apply one fact; one about a conversation that is gone is put aside."""
    fact = fact_in(body, FROM_DESK)
    try:
        collaborators.listening().hear(fact, clock.now())
    except NotFound as gone:
        raise Rejected(str(gone)) from gone


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Wakes on the queue of the desk's facts."""
    metrics.add_metric(name="DeskFacts", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, hear, context, impatient=True)
