"""The consolidated report equals a recount while the bus repeats, reorders and loses events."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from operations.recounting import WholeRecount
from operations.redriving import queues, redrive
from operations.watching import follow
from recado import clock
from recado.figures.periods import Period
from recado.figures.queues import QueueLooker
from tests.e2e.conftest import DeployedWorld
from tests.e2e.test_reaching import city, send_offer

__all__ = ["city"]
pytestmark = pytest.mark.e2e

_RECONCILED_AFTER_S = 6
_PATIENCE_S = 60


def schedule(world: DeployedWorld) -> dict[str, int]:
    """Wake monitoring's schedule now."""
    answer = world.client("lambda").invoke(FunctionName="recado-MonitoringSchedule", Payload=b"{}")
    body: dict[str, int] = json.loads(answer["Payload"].read())
    assert "errorMessage" not in body, body
    return body


def talked(world: DeployedWorld) -> str:
    """A conversation from its beginning to its end."""
    begun = world.http.post("/v1/chat/conversations", json={"language": "en"}).json()
    own = {"Authorization": f"Bearer {begun['key']}"}
    path = f"/v1/chat/conversations/{begun['id']}"
    said = {"client_message_id": "m1", "number": 1, "text": "my internet is slow"}
    assert world.http.post(f"{path}/messages", json=said, headers=own).status_code == 201
    assert world.http.post(f"{path}/end", headers=own).status_code == 200
    return str(begun["id"])


@contextmanager
def losing(world: DeployedWorld) -> Iterator[None]:
    """Meanwhile the bus brings monitoring nothing."""
    events, bus = world.client("events"), world.outputs["Bus"]
    rules = events.list_rules(EventBusName=bus)["Rules"]
    (rule,) = (each["Name"] for each in rules if "ReplySettled" in each["EventPattern"])
    events.disable_rule(Name=rule, EventBusName=bus)
    try:
        yield
    finally:
        events.enable_rule(Name=rule, EventBusName=bus)


def repeat(world: DeployedWorld, conversations: list[str]) -> None:
    """The bus brings what chat told once more, in the opposite order."""
    items = world.client("dynamodb").get_paginator("query")
    today = clock.now().date().isoformat()
    pages = items.paginate(
        TableName=world.outputs["ConversationsTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"TOLD#{today}"}},
        ScanIndexForward=False,
    )
    told = [item for page in pages for item in page["Items"]]
    mine = [
        each for each in told if json.loads(each["detail"]["S"])["conversation_id"] in conversations
    ]
    assert len(mine) == len(conversations)
    for item in mine:
        world.client("events").put_events(
            Entries=[
                {
                    "EventBusName": world.outputs["Bus"],
                    "Source": "recado.chat",
                    "DetailType": item["type"]["S"],
                    "Detail": item["detail"]["S"],
                }
            ]
        )


def chats(world: DeployedWorld) -> int:
    """How many conversations the report of today has."""
    report: dict[str, Any] = world.api.get("/v1/reports/period")
    number: int = report["period"]["chat"]["chats"]
    return number


def test_the_report_equals_a_recount_after_repeats_disorder_and_loss(
    world: DeployedWorld, city: str
) -> None:
    _, counts = send_offer(world, city)
    before = chats(world)
    heard = [talked(world) for _ in range(3)]
    repeat(world, heard)
    with losing(world):
        for _ in range(2):
            talked(world)
    time.sleep(_RECONCILED_AFTER_S)
    whole = WholeRecount(world.world)
    period = Period(whole.today, whole.today)
    until = time.monotonic() + _PATIENCE_S
    found = ["not compared yet"]
    while found and time.monotonic() < until:
        schedule(world)
        found = [str(each) for each in whole.compare(period)]
    assert found == []
    assert chats(world) == before + 5
    mail = world.api.get("/v1/reports/period")["period"]["mail"]
    assert mail["accepted"] + mail["suppressed"] >= sum(counts.values())


def test_one_id_leads_from_the_request_to_what_ses_reports(world: DeployedWorld, city: str) -> None:
    followed = f"staff-{uuid.uuid4().hex[:8]}"
    campaign = world.api.post(
        "/v1/campaigns",
        {
            "name": "Aviso",
            "lane": "billing",
            "template_id": "offer",
            "audience": {"segment": "all", "city": city},
        },
    )
    path = f"/v1/campaigns/{campaign['id']}/launch"
    launched = world.http.post(path, headers={"X-Correlation-Id": followed})
    assert launched.status_code == 202, launched.text
    assert launched.headers["X-Correlation-Id"] == followed
    list(follow(world.api, campaign["id"], patience_s=90))
    messages = f"{world.simulator_url}/_sim/messages"
    query = {"tag": f"correlation:{followed}"}
    assert len(httpx.get(messages, params=query, trust_env=False).json()["messages"]) == 1
    for function in ("CentralApi", "CampaignsWorker", "SenderBilling", "SenderFeedback"):
        assert logged(world, function, followed), function


def logged(world: DeployedWorld, function: str, text: str) -> bool:
    """Whether a function's log comes to have a text."""
    group = f"/aws/lambda/recado-{function}"
    asked = world.client("logs").get_paginator("filter_log_events")
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        pages = asked.paginate(logGroupName=group, filterPattern=f'"{text}"')
        if any(text in event["message"] for page in pages for event in page["events"]):
            return True
        time.sleep(1)
    return False


def test_a_dead_letter_shows_its_reason_and_goes_back_on_its_queue(world: DeployedWorld) -> None:
    sqs = world.client("sqs")
    body = json.dumps({"detail-type": "NeverHeardOf", "detail": {}})
    sqs.send_message(QueueUrl=world.outputs["MonitoringQueueUrl"], MessageBody=body)
    looker, names = QueueLooker(sqs), queues(world.world)
    until = time.monotonic() + _PATIENCE_S
    while not (seen := looker.look("MonitoringQueue", names["MonitoringQueue"])).dead:
        assert time.monotonic() < until
        time.sleep(0.5)
    (letter,) = seen.dead_letters
    assert "NeverHeardOf" in letter.reason
    schedule(world)
    attention = world.api.get("/v1/reports/health")["attention"]
    assert any("MonitoringQueue has 1 dead letters" in each for each in attention)
    with pytest.raises(Exception, match="no dead letter"):
        redrive(world.world, "MonitoringQueue", "another")
    assert redrive(world.world, "MonitoringQueue", letter.message_id) == 1
