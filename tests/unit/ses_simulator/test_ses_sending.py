"""SendEmail and SendBulkEmail as boto3 sees them."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from ses_world import PASS_THROUGH, entry, send, send_bulk, simple, statuses

Ses = tuple[Any, Any]


def test_a_simple_message_is_accepted_and_can_be_read_back(ses: Ses) -> None:
    simulator, client = ses
    message_id = send(client, "ana@example.com", EmailTags=[{"Name": "campaign", "Value": "c-1"}])
    message = simulator.message(message_id)
    assert message["to"] == ["ana@example.com"]
    assert (message["subject"], message["html"]) == ("Hello", "<p>Hi</p>")
    assert message["tags"] == {"campaign": "c-1"}


def test_a_raw_message_takes_sender_subject_and_recipients_from_its_headers(ses: Ses) -> None:
    simulator, client = ses
    mime = EmailMessage()
    mime["From"], mime["To"] = "billing@operator.example", "Ana <ana@example.com>, bia@example.com"
    mime["Subject"], mime["X-SES-MESSAGE-TAGS"] = "Sua fatura é esta", "campaign=raw"
    mime.set_content("texto")
    message_id = client.send_email(Content={"Raw": {"Data": mime.as_bytes()}})["MessageId"]
    message = simulator.message(message_id)
    assert message["to"] == ["ana@example.com", "bia@example.com"]
    assert (message["subject"], message["text"]) == ("Sua fatura é esta", "texto\n")
    assert simulator.summary("campaign:raw")["accepted"] == 2


def test_a_stored_template_is_rendered_for_a_single_message(ses: Ses) -> None:
    simulator, client = ses
    client.create_email_template(
        TemplateName="hi", TemplateContent={"Subject": "Hi {{name}}", "Html": "<b>{{name}}</b>"}
    )
    content = {"Template": {"TemplateName": "hi", "TemplateData": '{"name": "A & B"}'}}
    message = simulator.message(send(client, Content=content))
    assert (message["subject"], message["html"]) == ("Hi A & B", "<b>A &amp; B</b>")


def test_bulk_entries_have_their_own_data_tags_and_headers(ses: Ses) -> None:
    simulator, client = ses
    mine = entry("a@example.com", {"recipient": "r-1", "chunk": "k-9"}, subject="Only mine")
    mine["ReplacementHeaders"] = [{"Name": "List-Unsubscribe", "Value": "<https://x.example/1>"}]
    template = {
        "TemplateContent": PASS_THROUGH,
        "TemplateData": '{"subject": "Default", "html": "-", "text": "-"}',
        "Headers": [
            {"Name": "list-unsubscribe", "Value": "<all>"},
            {"Name": "X-All", "Value": "1"},
        ],
    }
    plain = {"Destination": {"ToAddresses": ["b@example.com"]}}
    results = send_bulk(
        client,
        [mine, plain],
        DefaultContent={"Template": template},
        DefaultEmailTags=[{"Name": "campaign", "Value": "c-1"}, {"Name": "chunk", "Value": "k-0"}],
    )
    first, second = (simulator.message(result["MessageId"]) for result in results)
    assert first["tags"] == {"campaign": "c-1", "chunk": "k-9", "recipient": "r-1"}
    assert first["headers"] == [["X-All", "1"], ["List-Unsubscribe", "<https://x.example/1>"]]
    assert (first["subject"], second["subject"]) == ("Only mine", "Default")
    assert second["tags"] == {"campaign": "c-1", "chunk": "k-0"}


def test_an_entry_with_a_bad_address_is_refused_and_the_others_are_sent(ses: Ses) -> None:
    _, client = ses
    results = send_bulk(client, [entry("a@example.com"), entry("not-an-address"), entry("b@b.com")])
    assert statuses(results) == ["SUCCESS", "INVALID_PARAMETER", "SUCCESS"]
    assert "Illegal address: not-an-address" in results[1]["Error"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"ConfigurationSetName": "nowhere"}, "CONFIGURATION_SET_NOT_FOUND"),
        ({"DefaultContent": {"Template": {"TemplateName": "none"}}}, "TEMPLATE_NOT_FOUND"),
        ({"FromEmailAddress": "new@unverified.example"}, "MESSAGE_REJECTED"),
        ({"FromEmailAddress": "x@mailfrom.example"}, "MAIL_FROM_DOMAIN_NOT_VERIFIED"),
        ({"ConfigurationSetName": "paused"}, "CONFIGURATION_SET_SENDING_PAUSED"),
        ({"ConfigurationSetName": "pooled"}, "INVALID_SENDING_POOL_NAME"),
    ],
)
def test_a_bulk_call_says_why_each_entry_is_refused(
    ses: Ses, change: dict[str, Any], status: str
) -> None:
    simulator, client = ses
    simulator.change_account(
        unverified=["unverified.example"], mail_from_unverified=["mailfrom.example"]
    )
    client.create_configuration_set(
        ConfigurationSetName="paused", SendingOptions={"SendingEnabled": False}
    )
    client.create_configuration_set(
        ConfigurationSetName="pooled", DeliveryOptions={"SendingPoolName": "gone"}
    )
    assert statuses(send_bulk(client, [entry("a@example.com")], **change)) == [status]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"Destination": {"ToAddresses": ["nobody"]}}, "BadRequestException"),
        ({"Destination": {}}, "BadRequestException"),
        ({"FromEmailAddress": ""}, "BadRequestException"),
        ({"EmailTags": [{"Name": "a b", "Value": "x"}]}, "BadRequestException"),
        ({"EmailTags": [{"Name": "a", "Value": "x" * 257}]}, "BadRequestException"),
        ({"Content": simple(html="x" * 10_485_761)}, "BadRequestException"),
        ({"ConfigurationSetName": "nowhere"}, "NotFoundException"),
        ({"FromEmailAddress": "x@unverified.example"}, "MessageRejected"),
    ],
)
def test_a_single_call_raises_the_error_ses_names(
    ses: Ses, change: dict[str, Any], error: str
) -> None:
    simulator, client = ses
    simulator.change_account(unverified=["unverified.example"])
    with pytest.raises(getattr(client.exceptions, error)):
        send(client, **change)


def test_a_header_with_a_line_break_is_refused(ses: Ses) -> None:
    _, client = ses
    content = simple()
    content["Simple"]["Headers"] = [{"Name": "X-A", "Value": "a\r\nBcc: b@b.com"}]
    with pytest.raises(client.exceptions.BadRequestException, match="X-A"):
        send(client, Content=content)


def test_more_than_fifty_entries_are_a_bad_request(ses: Ses) -> None:
    _, client = ses
    with pytest.raises(client.exceptions.BadRequestException, match="more than 50"):
        send_bulk(client, [entry(f"u{n}@example.com") for n in range(51)])


def test_a_paused_account_refuses_every_message(ses: Ses) -> None:
    _, client = ses
    client.put_account_sending_attributes(SendingEnabled=False)
    assert statuses(send_bulk(client, [entry("a@a.com")])) == ["ACCOUNT_SENDING_PAUSED"]
    with pytest.raises(client.exceptions.SendingPausedException):
        send(client)


def test_a_suspended_account_refuses_every_message(ses: Ses) -> None:
    simulator, client = ses
    simulator.change_account(enforcement_status="SHUTDOWN")
    assert statuses(send_bulk(client, [entry("a@a.com")])) == ["ACCOUNT_SUSPENDED"]
    with pytest.raises(client.exceptions.AccountSuspendedException):
        send(client)


def test_a_sandbox_account_writes_only_to_its_identities_and_the_simulator(ses: Ses) -> None:
    simulator, client = ses
    simulator.change_account(production_access=False)
    client.create_email_identity(EmailIdentity="mine.example")
    results = send_bulk(
        client,
        [
            entry("a@mine.example"),
            entry("b@other.example"),
            entry("success@simulator.amazonses.com"),
        ],
    )
    assert statuses(results) == ["SUCCESS", "MESSAGE_REJECTED", "SUCCESS"]


def test_an_unknown_route_names_what_is_supported(ses: Ses) -> None:
    _, client = ses
    with pytest.raises(client.exceptions.ClientError, match=r"contact-lists.*SendBulkEmail"):
        client.list_contact_lists()
