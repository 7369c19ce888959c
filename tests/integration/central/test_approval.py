"""A large send needs a second person, and what was approved is what is sent."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from central import collaborators
from recado import auth, clock, table
from recado.contracts import PlanCampaign, campaign_command
from recado.directory import Directory
from recado.errors import Retryable
from recado.ledger.store import key
from recado.queue import Queue
from tests.factories import AT, customer
from tests.integration.central.conftest import Answer, Api
from tests.integration.conftest import Suite, forget_collaborators

BODY = {
    "subject": "Oferta",
    "html": "<p>{{ first_name }}</p><a href='{{ unsubscribe_url }}'>Sair</a>",
    "text": "{{ first_name }} {{ unsubscribe_url }}",
}
CAMPAIGN = {
    "name": "Oferta",
    "lane": "marketing",
    "template_id": "oferta",
    "audience": {"segment": "all"},
}
Messages = Callable[[str], list[Any]]


@pytest.fixture
def bia(api: Api) -> str:
    """Another person's token."""
    text, record = auth.issue("bia", auth.Role.ADMIN, AT)
    auth.tokens().put(record)
    return text


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets to how many one person may send alone."""

    def set_to(number: str) -> None:
        monkeypatch.setenv("APPROVAL_ABOVE", number)
        forget_collaborators()

    return set_to


@pytest.fixture
def three(api: Api, limit: Callable[[str], None]) -> str:
    """A draft to three customers, where one person may send to two alone."""
    limit("2")
    api.ok("PUT", "/v1/templates/oferta", {"bodies": {"pt-BR": BODY}})
    for number in range(3):
        known = customer(id=f"C-{number}").model_dump(mode="json")
        new = {name: known[name] for name in ("id", "name", "document", "email", "city")}
        api.ok("POST", "/v1/customers", new)
    return draft(api)


def draft(api: Api, **changes: Any) -> str:
    """A draft's id."""
    made: str = api.ok("POST", "/v1/campaigns", CAMPAIGN | changes)["id"]
    return made


def order(api: Api, campaign_id: str, name: str, token: str | None = None, **more: Any) -> Answer:
    """An order about a campaign."""
    return api("POST", f"/v1/campaigns/{campaign_id}/{name}", token=token, **more)


def handed_over(messages: Messages, suite: Suite) -> list[PlanCampaign]:
    """The plans that `campaigns` got since the last look."""
    found = messages(suite.outputs["PlanQueueUrl"])
    return [
        plan
        for plan in map(campaign_command.validate_python, found)
        if isinstance(plan, PlanCampaign)
    ]


def test_a_large_send_waits_and_a_second_person_hands_it_over(
    api: Api, three: str, bia: str, suite: Suite, messages: Messages
) -> None:
    launched = order(api, three, "launch")
    assert (launched.status, launched.body["status"]) == (202, "awaiting_approval")
    assert launched.body["approval"]["recipients"] == 3
    assert handed_over(messages, suite) == []
    assert "waits for approval" in order(api, three, "pause").body["message"]

    approved = order(api, three, "approve", bia)
    assert (approved.status, approved.body["status"]) == (202, "launched")
    (plan,) = handed_over(messages, suite)
    assert (plan.launched_by, plan.approved_by, plan.approved_at) == ("the admin", "bia", AT)
    approval = api.ok("GET", f"/v1/campaigns/{three}")["approval"]
    assert (approval["asked_by"], approval["approved_by"]) == ("the admin", "bia")


def test_whoever_launched_it_cannot_approve_it(
    api: Api, three: str, suite: Suite, messages: Messages
) -> None:
    order(api, three, "launch")
    refused = order(api, three, "approve")
    assert (refused.status, refused.body["error"]) == (403, "Forbidden")
    assert "more than 2 people get it, so somebody else has to" in refused.body["message"]
    assert handed_over(messages, suite) == []


def test_a_viewer_cannot_approve(api: Api, three: str) -> None:
    order(api, three, "launch")
    text, record = auth.issue("carla", auth.Role.VIEWER, AT)
    auth.tokens().put(record)
    assert order(api, three, "approve", text).status == 403


def test_what_was_approved_is_what_is_sent(
    api: Api, three: str, bia: str, suite: Suite, messages: Messages
) -> None:
    order(api, three, "launch")
    api.ok("PUT", "/v1/templates/oferta", {"bodies": {"pt-BR": BODY | {"subject": "Nova"}}})
    assert order(api, three, "approve", bia).body["template_version"] == 1
    (plan,) = handed_over(messages, suite)
    assert plan.template.version == 1


def test_a_launch_anew_asks_anew_and_the_earlier_request_is_void(
    api: Api, three: str, bia: str, suite: Suite, messages: Messages
) -> None:
    first = order(api, three, "launch").body["approval"]["id"]
    api.ok("PUT", "/v1/templates/oferta", {"bodies": {"pt-BR": BODY | {"subject": "Nova"}}})
    second = order(api, three, "launch").body["approval"]
    assert second["template_version"] == 2
    refused = order(api, three, "approve", bia, request=first)
    assert refused.status == 409
    assert f"the request is now {second['id']}" in refused.body["message"]
    assert handed_over(messages, suite) == []
    assert order(api, three, "approve", bia, request=second["id"]).status == 202
    assert handed_over(messages, suite)[0].template.version == 2


def test_one_may_approve_what_another_launched_anew(api: Api, three: str, bia: str) -> None:
    order(api, three, "launch")
    order(api, three, "launch", bia)
    assert order(api, three, "approve", bia).status == 403
    assert order(api, three, "approve").status == 202


def test_a_rejected_campaign_is_a_draft_again_with_the_reason(
    api: Api, three: str, bia: str, suite: Suite, messages: Messages
) -> None:
    order(api, three, "launch")
    rejected = order(api, three, "reject", bia, body={"reason": "wrong city"})
    assert (rejected.status, rejected.body["status"]) == (200, "draft")
    assert rejected.body["approval"]["rejected_because"] == "wrong city"
    assert order(api, three, "approve", bia).status == 409
    assert order(api, three, "reject", bia, body={"reason": "again"}).status == 409
    assert handed_over(messages, suite) == []
    assert order(api, three, "launch").body["status"] == "awaiting_approval"
    assert order(api, three, "reject", bia, body={"reason": " "}).status == 422


def test_an_approval_that_was_answered_with_an_error_may_be_repeated(
    api: Api,
    three: str,
    bia: str,
    suite: Suite,
    messages: Messages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order(api, three, "launch")

    def fail(*_: Any, **__: Any) -> int:
        raise Retryable("SQS is away")

    with monkeypatch.context() as broken:
        broken.setattr(Queue, "send", fail)
        assert order(api, three, "approve", bia).status == 503
    assert order(api, three, "approve", bia).status == 202
    assert len(handed_over(messages, suite)) == 1
    meta = table.to_item({"status": "running", "plan_done": True})
    boto3.client("dynamodb").put_item(
        TableName=suite.outputs["CampaignsTable"], Item=key(three, "META") | meta
    )
    assert order(api, three, "approve", bia).status == 409


def test_two_who_decide_at_once_decide_once(
    api: Api, three: str, bia: str, suite: Suite, messages: Messages
) -> None:
    order(api, three, "launch")
    request = api.ok("GET", f"/v1/campaigns/{three}")["approval"]["id"]
    approvals = collaborators.approving()._approvals
    held = approvals.proposed
    caller = auth.authenticate(f"Bearer {bia}", auth.tokens())

    def while_another_rejects(campaign_id: str, approval_id: str) -> PlanCampaign | None:
        collaborators.approving().reject(campaign_id, None, "no", clock.now(), caller)
        return held(campaign_id, approval_id)

    approvals.proposed = while_another_rejects  # type: ignore[method-assign]
    refused = order(api, three, "approve", bia, request=request)
    assert (refused.status, refused.body["error"]) == (409, "Conflict")
    assert api.ok("GET", f"/v1/campaigns/{three}")["status"] == "draft"
    assert handed_over(messages, suite) == []


@pytest.mark.parametrize(
    ("above", "status"),
    [
        ("3", "launched"),
        ("2", "awaiting_approval"),
        ("0", "awaiting_approval"),
        ("none", "launched"),
        ("", "launched"),
    ],
)
def test_the_operator_says_from_how_many_on(
    api: Api, three: str, limit: Callable[[str], None], above: str, status: str
) -> None:
    limit(above)
    assert order(api, three, "launch").body["status"] == status


@pytest.mark.parametrize(
    ("rows", "status"), [(2, "launched"), (3, "awaiting_approval"), (40, "awaiting_approval")]
)
@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_rows_of_a_file_are_counted_without_its_header_and_blank_lines(
    api: Api, three: str, suite: Suite, kind: str, rows: int, status: str
) -> None:
    made = api.ok("POST", "/v1/audiences", {"filename": f"people.{kind}"})
    row = "{0},c{0}@example.com,Ana" if kind == "csv" else (
        '{{"id":"{0}","email":"c{0}@example.com","first_name":"Ana"}}'
    )  # fmt: skip
    lines = ["id,email,first_name"] if kind == "csv" else []
    lines += [row.format(number) for number in range(rows)]
    content = "\n\n".join(lines) + "\n\n"
    boto3.client("s3").put_object(
        Bucket=suite.outputs["Files"], Key=made["file"], Body=content.encode()
    )
    listed = draft(api, audience={"file": made["file"]})
    assert order(api, listed, "launch").body["status"] == status


def test_a_segment_that_takes_too_long_to_count_is_taken_for_a_large_one(
    api: Api, three: str, limit: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit("1000")
    monkeypatch.setattr("central.sizing._MAX_READS", 3)
    waiting = order(api, three, "launch")
    assert waiting.body["status"] == "awaiting_approval"


def test_a_segment_is_counted_across_all_its_partitions_and_no_further(
    api: Api, three: str, suite: Suite
) -> None:
    directory, audience = Directory.from_env(), collaborators.watching().view(three).audience
    assert [directory.count(audience, AT.date(), enough, 100) for enough in (1, 3, 9)] == [1, 3, 3]  # type: ignore[arg-type]


def test_a_zone_is_kept_with_a_customer_and_a_wrong_one_is_named(api: Api) -> None:
    ana = {"id": "C-9", "name": "Ana", "document": "52998224725", "email": "a@example.com"}
    refused = api("POST", "/v1/customers", ana | {"time_zone": "Manaus"})
    assert (refused.status, refused.body["field"]) == (422, "time_zone")
    assert "write it like America/Manaus" in refused.body["message"]
    made = api.ok("POST", "/v1/customers", ana | {"time_zone": "America/Manaus"})
    assert made["time_zone"] == "America/Manaus"


def test_a_campaign_that_waits_for_the_morning_says_until_when(
    api: Api, three: str, limit: Callable[[str], None], suite: Suite
) -> None:
    limit("none")
    order(api, three, "launch")
    dynamodb, ledger = boto3.client("dynamodb"), suite.outputs["CampaignsTable"]
    meta = {"status": "running", "plan_done": True, "wakes_in": "America/Manaus"}
    woken = table.to_item(meta | {"wakes_at": "2026-10-16T13:00:00+00:00"})
    dynamodb.put_item(TableName=ledger, Item=key(three, "META") | woken)
    counts = table.to_item({"total": 3, "pending": 3})
    dynamodb.put_item(TableName=ledger, Item=key(three, "COUNTS") | counts)
    progress = api.ok("GET", f"/v1/campaigns/{three}")["progress"]
    assert progress["reason"] == "waiting until 2026-10-16 09:00 (quiet hours in America/Manaus)"
    assert progress["wakes_at"] == "2026-10-16T13:00:00Z"
