"""Templates, configuration sets, identities and the suppression list."""

from __future__ import annotations

from typing import Any

import pytest
from ses_world import configuration_set

Ses = tuple[Any, Any]


def test_a_template_lives_from_creation_to_deletion(ses: Ses) -> None:
    _, client = ses
    content = {"Subject": "Hi {{name}}", "Text": "Dear {{name}}"}
    client.create_email_template(TemplateName="hi", TemplateContent=content)
    with pytest.raises(client.exceptions.AlreadyExistsException):
        client.create_email_template(TemplateName="hi", TemplateContent=content)
    assert client.get_email_template(TemplateName="hi")["TemplateContent"] == content
    client.update_email_template(
        TemplateName="hi", TemplateContent={**content, "Text": "Bye {{name}}"}
    )
    rendered = client.test_render_email_template(TemplateName="hi", TemplateData='{"name": "Ana"}')
    assert rendered["RenderedTemplate"] == "Subject: Hi Ana\r\n\r\nBye Ana"
    listed = client.list_email_templates()["TemplatesMetadata"]
    assert [item["TemplateName"] for item in listed] == ["hi"]
    client.delete_email_template(TemplateName="hi")
    with pytest.raises(client.exceptions.NotFoundException, match="Template hi does not exist"):
        client.get_email_template(TemplateName="hi")


def test_lists_are_paged(ses: Ses) -> None:
    _, client = ses
    for number in range(5):
        client.create_configuration_set(ConfigurationSetName=f"set-{number}")
    first = client.list_configuration_sets(PageSize=3)
    second = client.list_configuration_sets(PageSize=3, NextToken=first["NextToken"])
    assert first["ConfigurationSets"] + second["ConfigurationSets"] == [
        f"set-{number}" for number in range(5)
    ]
    assert "NextToken" not in second


def test_an_event_destination_lives_from_creation_to_deletion(ses: Ses) -> None:
    _, client = ses
    name = configuration_set(client, "SEND", "BOUNCE")
    found = client.get_configuration_set_event_destinations(ConfigurationSetName=name)
    assert found["EventDestinations"][0]["MatchingEventTypes"] == ["SEND", "BOUNCE"]
    destination = {"ConfigurationSetName": name, "EventDestinationName": "sns"}
    topic = {"TopicArn": "arn:aws:sns:us-east-1:000000000000:other"}
    client.update_configuration_set_event_destination(
        **destination,
        EventDestination={"MatchingEventTypes": ["DELIVERY"], "SnsDestination": topic},
    )
    found = client.get_configuration_set_event_destinations(ConfigurationSetName=name)
    assert found["EventDestinations"][0]["SnsDestination"] == topic
    client.delete_configuration_set_event_destination(**destination)
    found = client.get_configuration_set_event_destinations(ConfigurationSetName=name)
    assert found["EventDestinations"] == []


def test_a_configuration_set_remembers_its_options(ses: Ses) -> None:
    _, client = ses
    name = configuration_set(client, "SEND")
    client.put_configuration_set_sending_options(ConfigurationSetName=name, SendingEnabled=False)
    shown = client.get_configuration_set(ConfigurationSetName=name)
    assert shown["SendingOptions"] == {"SendingEnabled": False}
    client.delete_configuration_set(ConfigurationSetName=name)
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_configuration_set(ConfigurationSetName=name)


def test_the_suppression_list_puts_gets_lists_and_deletes(ses: Ses) -> None:
    _, client = ses
    client.put_suppressed_destination(EmailAddress="a+b@x.com", Reason="COMPLAINT")
    found = client.get_suppressed_destination(EmailAddress="a+b@x.com")["SuppressedDestination"]
    assert (found["EmailAddress"], found["Reason"]) == ("a+b@x.com", "COMPLAINT")
    assert found["LastUpdateTime"].year >= 2020
    bounces = client.list_suppressed_destinations(Reasons=["BOUNCE"])
    assert bounces["SuppressedDestinationSummaries"] == []
    client.delete_suppressed_destination(EmailAddress="a+b@x.com")
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_suppressed_destination(EmailAddress="a+b@x.com")


def test_identities_are_verified_unless_told_otherwise(ses: Ses) -> None:
    simulator, client = ses
    assert client.create_email_identity(EmailIdentity="x.com")["VerifiedForSendingStatus"] is True
    client.create_email_identity(EmailIdentity="me@y.com")
    simulator.change_account(unverified=["x.com"])
    listed = client.list_email_identities()["EmailIdentities"]
    assert [(i["IdentityName"], i["IdentityType"], i["SendingEnabled"]) for i in listed] == [
        ("me@y.com", "EMAIL_ADDRESS", True),
        ("x.com", "DOMAIN", False),
    ]
    client.delete_email_identity(EmailIdentity="x.com")
    with pytest.raises(client.exceptions.NotFoundException):
        client.get_email_identity(EmailIdentity="x.com")
