"""Campaigns that other services ask central for."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from central import events
from recado.contracts import CampaignAsked, FileAudience, PlanCampaign, campaign_command
from recado.model import Lane
from tests.factories import AT, context, sqs_event
from tests.integration.central.conftest import Api
from tests.integration.conftest import Suite

Messages = Callable[[str], list[Any]]
FILE = "audiences/cmp_offers-1/offers.ndjson"
ANA = {"id": "C-1", "email": "ana@example.com", "first_name": "Ana"}
OFFER = {
    "subject": "Mais velocidade, {{ first_name }}",
    "html": "<p>Oferta</p><a href='{{ unsubscribe_url }}'>Sair</a>",
    "text": "Sair: {{ preferences_url }}",
}
ASKED = CampaignAsked(
    campaign_id="cmp_offers-1",
    name="Mais velocidade",
    lane=Lane.MARKETING,
    template_id="speed",
    audience=FileAudience(file=FILE),
    starts_at=AT,
    by="marketing",
)


@pytest.fixture
def asked(central: Suite, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Central's queue, with what marketing asks for; its audience is in the bucket."""
    monkeypatch.setenv("DEAD_LETTER_URL", central.outputs["CentralQueueDeadUrl"])
    boto3.client("s3").put_object(
        Bucket=central.outputs["Files"], Key=FILE, Body=json.dumps(ANA).encode()
    )

    def deliver(detail_type: str = "CampaignAsked") -> Any:
        detail = ASKED.model_dump(mode="json")
        body = {"detail-type": detail_type, "source": "recado.marketing", "detail": detail}
        return events.handler(sqs_event(body), context())

    return deliver


def test_what_a_service_asks_for_is_launched_once_however_often_it_asks(
    api: Api, central: Suite, asked: Callable[..., Any], messages: Messages
) -> None:
    api.ok("PUT", "/v1/templates/speed", {"bodies": {"pt-BR": OFFER}})
    for _ in range(2):
        assert asked() == {"batchItemFailures": []}
    plans = [
        campaign_command.validate_python(each) for each in messages(central.outputs["PlanQueueUrl"])
    ]
    assert {plan.model_dump_json() for plan in plans} == {plans[0].model_dump_json()}
    assert isinstance(plans[0], PlanCampaign)
    assert (plans[0].campaign_id, plans[0].launched_by) == ("cmp_offers-1", "marketing")
    shown = api.ok("GET", "/v1/campaigns/cmp_offers-1")
    assert (shown["status"], shown["name"]) == ("launched", "Mais velocidade")


def test_what_cannot_be_launched_is_told_to_who_asked_and_kept_as_a_draft(
    api: Api, asked: Callable[..., Any], told: Callable[[], list[Any]]
) -> None:
    body = OFFER | {"subject": "{{ speed }}"}
    api.ok("PUT", "/v1/templates/speed", {"bodies": {"pt-BR": body}})
    assert asked() == {"batchItemFailures": []}
    (refused,) = told()
    assert refused["detail-type"] == "CampaignRefused"
    assert "speed" in refused["detail"]["reason"]
    assert api.ok("GET", "/v1/campaigns/cmp_offers-1")["status"] == "draft"


def test_a_fact_central_does_not_listen_to_is_put_aside_with_the_reason(
    central: Suite, asked: Callable[..., Any]
) -> None:
    assert asked("TicketClosed") == {"batchItemFailures": []}
    (dead,) = boto3.client("sqs").receive_message(
        QueueUrl=central.outputs["CentralQueueDeadUrl"], MessageAttributeNames=["All"]
    )["Messages"]
    assert "TicketClosed" in dead["MessageAttributes"]["reason"]["StringValue"]
