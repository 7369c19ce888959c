"""What other services ask central for over the bus, from central's queue."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from central import collaborators
from recado import clock
from recado.contracts import CampaignAsked, Event
from recado.hearing import fact_in
from recado.inbox import inbox
from recado.observability import logger, metrics
from recado.registration import RegistrationReceived

ASKED: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (CampaignAsked, RegistrationReceived)
}
"""What central listens to, by detail-type (the rule in infra/messaging.yaml)."""


def carry_out(body: str) -> None:
    """Do what one message asks for."""
    match fact_in(body, ASKED):
        case CampaignAsked() as asked:
            logger.info("campaign asked for", campaign_id=asked.campaign_id, by=asked.by)
            collaborators.asking().launch(asked, clock.now())
        case RegistrationReceived() as received:
            settled = collaborators.registering().register(received, clock.now())
            logger.info("registration", id=settled.registration_id, outcome=settled.outcome)
            metrics.add_metric(name="Registrations", unit=MetricUnit.Count, value=1)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on central's queue."""
    metrics.add_metric(name="FactsHeard", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, carry_out, context, impatient=True)
