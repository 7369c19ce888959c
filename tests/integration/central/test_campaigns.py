"""Templates and campaigns through the API, up to the commands `campaigns` gets."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from recado import table
from recado.contracts import PlanCampaign, campaign_command
from recado.errors import Retryable
from recado.ledger.chunk import Chunk
from recado.ledger.store import Ledger, key
from recado.queue import Queue
from tests.factories import TODAY
from tests.integration.central.conftest import Api
from tests.integration.conftest import Suite

BODY = {
    "subject": "Fatura {{ invoice }}",
    "html": "<p>{{ first_name }}: {{ amount | money }} até {{ due_date | date }}</p>",
    "text": "{{ first_name }}: {{ amount | money }}",
}
ANA = {"id": "C-1", "name": "Ana <3", "document": "52998224725", "email": "ana@example.com"}
BILL = {"id": "F-1", "amount": "129.90", "issued_on": "2026-10-01", "due_on": "2026-10-10"}
CAMPAIGN = {
    "name": "Cobrança",
    "lane": "billing",
    "template_id": "cobranca",
    "audience": {"segment": "overdue"},
}
Messages = Callable[[str], list[Any]]


@pytest.fixture
def debtor(api: Api) -> None:
    """Ana, who owes an invoice, and a template to tell her so."""
    api.ok("PUT", "/v1/templates/cobranca", {"bodies": {"pt-BR": BODY}})
    api.ok("POST", "/v1/customers", ANA)
    api.ok("POST", "/v1/customers/C-1/invoices", BILL)


def draft(api: Api, **changes: Any) -> str:
    """A draft's id."""
    made: str = api.ok("POST", "/v1/campaigns", CAMPAIGN | changes)["id"]
    return made


def under_way(suite: Suite, campaign_id: str, status: str, *chunks: Chunk) -> None:
    """What `campaigns` stores once it has taken a campaign up."""
    name, dynamodb = suite.outputs["CampaignsTable"], boto3.client("dynamodb")
    meta = table.to_item({"status": status, "plan_done": True, "reason": "because"})
    dynamodb.put_item(TableName=name, Item=key(campaign_id, "META") | meta)
    for chunk in chunks:
        table.transact(Ledger(name, dynamodb).planned([chunk]))


def test_a_template_gets_a_new_version_only_when_its_content_differs(api: Api) -> None:
    first = api.ok("PUT", "/v1/templates/t", {"bodies": {"pt-BR": BODY}})
    assert (first["version"], first["fields"]) == (
        1,
        ["amount", "due_date", "first_name", "invoice"],
    )
    assert api.ok("PUT", "/v1/templates/t", {"bodies": {"pt-BR": BODY}})["version"] == 1
    changed = {"pt-BR": BODY, "en": BODY | {"subject": "Invoice"}}
    assert api.ok("PUT", "/v1/templates/t", {"bodies": changed})["version"] == 2
    assert api.ok("GET", "/v1/templates/t")["bodies"] == changed
    assert api.ok("GET", "/v1/templates/t", version="1")["bodies"] == {"pt-BR": BODY}
    assert [line["id"] for line in api.ok("GET", "/v1/templates")["items"]] == ["t"]
    assert api("GET", "/v1/templates/t", version="3").status == 404
    assert api("GET", "/v1/templates/u").status == 404


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ("<p>\n{{ amount", "pt-BR: the template's html is not valid, line 2"),
        ("{{ amount | euros }}", "pt-BR: the template's html is not valid, line 1"),
        ("x" * 200_001, "the template has "),
    ],
)
def test_a_bad_template_is_refused_with_part_and_line(api: Api, html: str, message: str) -> None:
    answer = api("PUT", "/v1/templates/t", {"bodies": {"pt-BR": BODY | {"html": html}}})
    assert answer.status == 422
    assert answer.body["message"].startswith(message)


def test_a_preview_shows_the_message_and_names_what_is_missing(api: Api) -> None:
    api.ok("PUT", "/v1/templates/t", {"bodies": {"pt-BR": BODY}})
    fields = {"first_name": "<b>", "amount": "1234.5", "due_date": "2026-10-10", "invoice": "F"}
    assert api.ok("POST", "/v1/templates/t/preview", {"fields": fields}) == {
        "subject": "Fatura F",
        "html": "<p>&lt;b&gt;: R$\xa01.234,50 até 10/10/2026</p>",
        "text": "<b>: R$\xa01.234,50",
    }
    answer = api("POST", "/v1/templates/t/preview", {"fields": {}})
    assert (answer.status, answer.body["field"]) == (422, "subject")


@pytest.mark.usefixtures("debtor")
def test_a_launch_hands_the_whole_plan_over_and_tells_the_bus(
    api: Api, suite: Suite, messages: Messages
) -> None:
    campaign_id = draft(api)
    assert api.ok("GET", f"/v1/campaigns/{campaign_id}")["status"] == "draft"
    launched = api("POST", f"/v1/campaigns/{campaign_id}/launch")
    assert (launched.status, launched.body["status"]) == (202, "launched")
    (command,) = messages(suite.outputs["PlanQueueUrl"])
    plan = campaign_command.validate_python(command)
    assert isinstance(plan, PlanCampaign)
    assert plan.campaign_id == campaign_id
    assert plan.as_of == TODAY
    assert plan.from_address == "Operadora <avisos@operadora.example>"
    assert plan.template.version == 1
    assert plan.launched_by == "the admin"
    assert api.ok("GET", "/v1/campaigns")["items"][0]["template_version"] == 1


@pytest.mark.usefixtures("debtor")
def test_launching_again_sends_the_same_plan_until_it_is_taken_up(
    api: Api, suite: Suite, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = draft(api)

    def fail(*_: Any, **__: Any) -> int:
        raise Retryable("SQS is away")

    with monkeypatch.context() as broken:
        broken.setattr(Queue, "send", fail)
        assert api("POST", f"/v1/campaigns/{campaign_id}/launch").status == 503
    assert messages(suite.outputs["PlanQueueUrl"]) == []
    api.ok("PUT", "/v1/templates/cobranca", {"bodies": {"pt-BR": BODY | {"subject": "New"}}})
    assert api("POST", f"/v1/campaigns/{campaign_id}/launch").status == 202
    (command,) = messages(suite.outputs["PlanQueueUrl"])
    assert command["template"]["version"] == 1

    under_way(suite, campaign_id, "running")
    again = api("POST", f"/v1/campaigns/{campaign_id}/launch")
    assert (again.status, again.body["error"]) == (409, "Conflict")


@pytest.mark.usefixtures("debtor")
def test_a_launch_is_refused_with_everything_that_is_missing(api: Api) -> None:
    bodies = {
        "pt-BR": BODY | {"text": "{{ coupon }} {{ plan | default('') }}"},
        "en": BODY | {"text": "{{ loyalty }}{% if gift is defined %}{{ gift }}{% endif %}"},
    }
    api.ok("PUT", "/v1/templates/cobranca", {"bodies": bodies})
    answer = api("POST", f"/v1/campaigns/{draft(api)}/launch")
    assert (answer.status, answer.body["message"]) == (
        422,
        "fields missing for the audience: coupon, loyalty",
    )
    everyone = draft(api, audience={"segment": "all"})
    api.ok("POST", "/v1/customers", ANA | {"id": "C-2"})
    answer = api("POST", f"/v1/campaigns/{everyone}/launch")
    assert answer.body["message"] == (
        "fields missing for the audience: amount, coupon, due_date, invoice, loyalty"
    )


@pytest.mark.usefixtures("debtor")
def test_an_empty_audience_is_refused(api: Api) -> None:
    nobody = draft(api, audience={"segment": "overdue", "city": "Natal"})
    answer = api("POST", f"/v1/campaigns/{nobody}/launch")
    assert (answer.status, answer.body["field"]) == (422, "audience")


@pytest.mark.usefixtures("debtor")
@pytest.mark.parametrize(
    ("filename", "content", "status", "message"),
    [
        (
            "a.csv",
            b"id,email,first_name,amount,due_date,invoice\n1,a@b.co,A,1,2026-10-01,F\n",
            202,
            "",
        ),
        ("a.csv", b"id,email\n1,a@b.co\n", 422, "fields missing for the audience: amount"),
        ("a.csv", b"id,name\n1,Ana\n", 422, "the file's first line lacks the columns: email"),
        ("a.csv", b"id,email\n1,a@b\n", 422, "no row of the file can be written to; 1: email"),
        ("a.csv", b"id,email\n\n\n", 422, "the audience is empty"),
        ("a.csv", b"", 422, "the file's first line must name every column"),
        ("a.ndjson", b"", 422, "the audience is empty"),
        (
            "a.ndjson",
            b'{"id":"1","email":"a@b.co","first_name":"A","amount":"x","due_date":"","invoice":1}',
            422,
            "for the recipient 1: pt-BR: ",
        ),
        ("a.ndjson", None, 422, "the file audiences/"),
    ],
)
def test_a_file_audience_is_tried_before_the_launch(
    api: Api, suite: Suite, filename: str, content: bytes | None, status: int, message: str
) -> None:
    file = api.ok("POST", "/v1/audiences", {"filename": filename})["file"]
    if content is not None:
        boto3.client("s3").put_object(Bucket=suite.outputs["Files"], Key=file, Body=content)
    answer = api("POST", f"/v1/campaigns/{draft(api, audience={'file': file})}/launch")
    assert answer.status == status
    assert answer.body.get("message", "").startswith(message)


@pytest.mark.usefixtures("debtor")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"template_id": "none"}, "template_id"),
        ({"audience": {"file": "imports/customers/x/a.csv"}}, "audience.file"),
        ({"from_address": "Eve\r\nBcc: x@y.co <a@b.co>"}, "from_address"),
        ({"reply_to": "nobody"}, "reply_to"),
        ({"starts_at": "2026-10-20T10:00:00"}, "starts_at"),
        ({"lane": "fast"}, "lane"),
    ],
)
def test_a_bad_campaign_is_refused_when_it_is_drafted(
    api: Api, change: dict[str, Any], field: str
) -> None:
    answer = api("POST", "/v1/campaigns", CAMPAIGN | change)
    assert (answer.status, answer.body["field"]) == (422, field)


@pytest.mark.usefixtures("debtor")
def test_orders_are_taken_only_in_the_states_that_allow_them(
    api: Api, suite: Suite, messages: Messages
) -> None:
    campaign_id = draft(api)
    path = f"/v1/campaigns/{campaign_id}"
    assert "has not been launched" in api("POST", f"{path}/pause").body["message"]
    api.ok("POST", f"{path}/launch")
    assert "being taken up" in api("POST", f"{path}/pause").body["message"]
    messages(suite.outputs["PlanQueueUrl"])

    allowed = {
        "scheduled": {"pause", "cancel"},
        "running": {"pause", "cancel"},
        "paused": {"resume", "cancel"},
        "partial": {"retry"},
        "completed": set(),
        "cancelled": set(),
    }
    for status, orders in allowed.items():
        under_way(suite, campaign_id, status)
        taken = {
            order
            for order in ("pause", "resume", "cancel", "retry")
            if api("POST", f"{path}/{order}").status == 202
        }
        assert taken == orders
        sent = {command["action"] for command in messages(suite.outputs["PlanQueueUrl"])}
        assert sent == {order.replace("retry", "retry_failed") for order in orders}
    refused = api("POST", f"{path}/pause")
    assert (refused.status, refused.body["message"]) == (
        409,
        f"pause needs a campaign that is scheduled or running; {campaign_id} is cancelled",
    )


@pytest.mark.usefixtures("debtor")
def test_progress_and_recipients_come_from_the_ledger(api: Api, suite: Suite) -> None:
    campaign_id = draft(api)
    api.ok("POST", f"/v1/campaigns/{campaign_id}/launch")
    chunks = [
        Chunk(
            campaign_id,
            number,
            (f"A{number}", f"B{number}", f"C{number}"),
            "SFS",
            0,
            0,
            reasons={1: "SES said no"},
        )
        for number in range(3)
    ]
    under_way(suite, campaign_id, "running", *chunks)
    view = api.ok("GET", f"/v1/campaigns/{campaign_id}")
    assert view["status"] == "running"
    assert (view["progress"]["total"], view["progress"]["counts"]["sent"]) == (9, 6)
    assert api.ok("GET", "/v1/reports/summary")["campaigns"][0]["counts"]["failed"] == 3

    path = f"/v1/campaigns/{campaign_id}/recipients"
    assert api.ok("GET", path, state="failed")["items"] == [
        {"id": f"B{number}", "state": "failed", "reason": "SES said no"} for number in range(3)
    ]
    found, cursor = [], "0:0"
    while cursor:
        page = api.ok("GET", path, limit="2", cursor=cursor)
        found += [item["id"] for item in page["items"]]
        cursor = page["cursor"]
    assert found == [f"{letter}{number}" for number in range(3) for letter in "ABC"]
    assert api("GET", path, state="lost").status == 422
    assert api("GET", path, cursor="x").status == 422
    assert api("GET", "/v1/campaigns/cmp_none/recipients").status == 404


@pytest.mark.usefixtures("debtor")
def test_a_campaign_for_later_decides_who_is_overdue_on_its_own_day(
    api: Api, suite: Suite, messages: Messages
) -> None:
    campaign_id = draft(api, starts_at="2026-11-02T01:00:00Z")
    api.ok("POST", f"/v1/campaigns/{campaign_id}/launch")
    (command,) = messages(suite.outputs["PlanQueueUrl"])
    assert (command["starts_at"], command["as_of"]) == ("2026-11-02T01:00:00Z", "2026-11-01")
