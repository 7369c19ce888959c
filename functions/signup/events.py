"""What central tells signup, from signup's queue."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from recado import clock
from recado.contracts import CampaignRefused, Event
from recado.hearing import fact_in
from recado.inbox import inbox
from recado.observability import metrics
from recado.registration import RegistrationSettled
from signup import collaborators

HEARD: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (RegistrationSettled, CampaignRefused)
}
"""What signup listens to, by detail-type (the rule in infra/messaging.yaml)."""


def hear(body: str) -> None:
    """Apply one fact."""
    match fact_in(body, HEARD):
        case RegistrationSettled() as settled:
            collaborators.settling().settle(settled, clock.now())
        case CampaignRefused() as refused:
            collaborators.settling().refuse(refused)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on signup's queue."""
    metrics.add_metric(name="FactsHeard", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, hear, context)
