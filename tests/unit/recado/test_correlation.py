"""One id from a request to all that follows from it."""

import json

import pytest

from recado import correlation
from recado.bus import stamped
from recado.contracts import CampaignLaunched, ChunkTask, Recipient
from recado.hearing import fact_in
from recado.model import Lane
from sender.domain.feedback import report
from sender.domain.mail import tags
from tests.factories import api_event

LAUNCHED = CampaignLaunched(campaign_id="cmp_1", lane=Lane.BILLING, by="ana")


@pytest.fixture(autouse=True)
def nothing_adopted() -> None:
    correlation.adopt(None)


def asked_with(given: str) -> str | None:
    event = api_event("GET", "/v1/health")
    event["headers"]["x-correlation-id"] = given
    return correlation.of_request(event)


def test_a_request_brings_its_id_or_gets_api_gateways() -> None:
    assert asked_with("web-42") == "web-42"
    bare = api_event("GET", "/v1/health")
    for strange in ("", "a b", 'x"}', "é", "x" * 65, "a\nb", "a\n"):
        assert asked_with(strange) == correlation.of_request(bare)


def test_a_fact_carries_the_id_and_who_hears_it_adopts_it() -> None:
    assert "correlation_id" not in json.loads(stamped(LAUNCHED).model_dump_json())
    correlation.adopt("web-42")
    detail = json.loads(stamped(LAUNCHED).model_dump_json())
    assert detail["correlation_id"] == "web-42"
    correlation.adopt("another")
    assert stamped(stamped(LAUNCHED)).correlation_id == "another"
    known = {"CampaignLaunched": CampaignLaunched}
    body = json.dumps({"detail-type": "CampaignLaunched", "detail": detail})
    assert fact_in(body, known).correlation_id == correlation.current() == "web-42"


def test_a_mails_tag_brings_it_back_in_ses_events() -> None:
    task = ChunkTask(
        campaign_id="cmp_1",
        number=4,
        lane=Lane.BILLING,
        recipients=(Recipient(id="C-1", email="a@example.com"),),
        correlation_id="web-42",
    )
    given = {name: [value] for name, value in tags(task, 0, "").items()}
    found = report({"eventType": "Send", "mail": {"tags": given}})
    assert found is not None
    assert found.correlation_id == "web-42"
    without = task.model_copy(update={"correlation_id": None})
    assert "correlation" not in tags(without, 0, "")
