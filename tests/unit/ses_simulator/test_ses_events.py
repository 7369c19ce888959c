"""Events published to SNS and to Firehose."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from ses_world import FakeSns, configuration_set, entry, send, send_bulk, streamed

from ses_simulator import EventFault, Faults, RecipientFault

EVERY_TYPE = ("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE")
Sns = tuple[FakeSns, str]


def test_a_delivered_message_publishes_send_and_delivery_as_ses_writes_them(
    start_ses: Any, sns: Sns
) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, *EVERY_TYPE)
    tags = [{"Name": "campaign", "Value": "c-1"}]
    message_id = send(client, "ana@example.com", ConfigurationSetName=name, EmailTags=tags)
    assert simulator.flush()
    mail = fake.of_type("Send")[0]["mail"]
    assert fake.of_type("Send")[0]["send"] == {}
    assert mail["messageId"] == message_id
    assert mail["source"] == "Operadora <billing@operator.example>"
    assert mail["destination"] == ["ana@example.com"]
    assert mail["commonHeaders"]["subject"] == "Hello"
    assert mail["tags"]["campaign"] == ["c-1"]
    assert mail["tags"]["ses:configuration-set"] == [name]
    assert mail["tags"]["ses:from-domain"] == ["operator.example"]
    assert {"name": "To", "value": "ana@example.com"} in mail["headers"]
    delivery = fake.of_type("Delivery")[0]["delivery"]
    assert delivery["recipients"] == ["ana@example.com"]
    assert delivery["smtpResponse"] == "250 2.6.0 Message received"


@pytest.mark.parametrize(
    ("mailbox", "types", "kind", "subtype"),
    [
        ("bounce", ["Send", "Bounce"], "Permanent", "General"),
        ("bounce+label", ["Send", "Bounce"], "Permanent", "General"),
        ("suppressionlist", ["Send", "Bounce"], "Permanent", "Suppressed"),
        ("ooto", ["Send", "Delivery", "Bounce"], "Transient", "General"),
    ],
)
def test_the_mailbox_simulator_bounces(
    start_ses: Any, sns: Sns, mailbox: str, types: list[str], kind: str, subtype: str
) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, *EVERY_TYPE)
    send(client, f"{mailbox}@simulator.amazonses.com", ConfigurationSetName=name)
    assert simulator.flush()
    assert Counter(event["eventType"] for event in fake.events) == Counter(types)
    bounce = fake.of_type("Bounce")[0]["bounce"]
    assert (bounce["bounceType"], bounce["bounceSubType"]) == (kind, subtype)
    assert bounce["bouncedRecipients"][0]["emailAddress"].startswith(mailbox)


def test_the_mailbox_simulator_complains_after_delivery(start_ses: Any, sns: Sns) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, *EVERY_TYPE)
    send(client, "complaint@simulator.amazonses.com", ConfigurationSetName=name)
    assert simulator.flush()
    assert Counter(e["eventType"] for e in fake.events) == {
        "Send": 1,
        "Delivery": 1,
        "Complaint": 1,
    }
    complaint = fake.of_type("Complaint")[0]["complaint"]
    assert complaint["complaintFeedbackType"] == "abuse"
    assert complaint["complaintSubType"] is None


def test_a_suppressed_address_is_accepted_and_bounces_as_suppressed(
    start_ses: Any, sns: Sns
) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, *EVERY_TYPE)
    client.put_suppressed_destination(EmailAddress="Gone@Example.com", Reason="BOUNCE")
    send(client, "gone@example.com", ConfigurationSetName=name)
    assert simulator.flush()
    bounce = fake.of_type("Bounce")[0]["bounce"]
    assert bounce["bounceSubType"] == "OnAccountSuppressionList"
    assert simulator.summary()["by_outcome"] == {"suppressed_bounce": 1}


def test_a_hard_bounce_puts_the_address_on_the_suppression_list(ses: Any) -> None:
    simulator, client = ses
    simulator.faults = Faults(recipients=(RecipientFault("*@bounce.test", "bounce"),))
    send(client, "a@bounce.test")
    send(client, "bounce@simulator.amazonses.com")
    listed = client.list_suppressed_destinations()["SuppressedDestinationSummaries"]
    assert [item["EmailAddress"] for item in listed] == ["a@bounce.test"]


def test_a_message_that_cannot_be_rendered_is_accepted_and_reported(
    start_ses: Any, sns: Sns
) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, *EVERY_TYPE)
    template = {"TemplateContent": {"Subject": "{{missing}}", "Text": "x"}}
    results = send_bulk(
        client,
        [entry("a@a.com")],
        DefaultContent={"Template": template},
        ConfigurationSetName=name,
    )
    assert results[0]["Status"] == "SUCCESS"
    assert simulator.flush()
    assert [event["eventType"] for event in fake.events] == ["Rendering Failure"]
    problem = fake.events[0]["failure"]["errorMessage"]
    assert problem == "Attribute 'missing' is not present in the rendering data."


def test_recipients_of_one_message_get_the_events_of_their_own_outcome(
    start_ses: Any, sns: Sns
) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, *EVERY_TYPE)
    send(client, "ok@a.com", "bounce@simulator.amazonses.com", ConfigurationSetName=name)
    assert simulator.flush()
    assert len(fake.of_type("Send")) == 1
    assert fake.of_type("Delivery")[0]["delivery"]["recipients"] == ["ok@a.com"]
    assert len(fake.of_type("Bounce")[0]["bounce"]["bouncedRecipients"]) == 1


def test_only_the_events_asked_for_are_published_in_batches_of_ten(
    start_ses: Any, sns: Sns
) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, "SEND")
    send_bulk(client, [entry(f"u{n}@a.com") for n in range(25)], ConfigurationSetName=name)
    assert simulator.flush()
    assert len(fake.events) == len(fake.of_type("Send")) == 25
    assert max(fake.batch_sizes) <= 10


def test_entries_that_sns_could_not_take_are_published_again(start_ses: Any, sns: Sns) -> None:
    fake, endpoint = sns
    fake.refused_once, fake.broken_calls = {"u1@a.com", "u3@a.com"}, 2
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, "SEND")
    send_bulk(client, [entry(f"u{n}@a.com") for n in range(5)], ConfigurationSetName=name)
    assert simulator.flush()
    published = sorted(event["mail"]["destination"][0] for event in fake.events)
    assert published == [f"u{n}@a.com" for n in range(5)]
    assert simulator.event_states() == {"published": 5}


def test_a_stream_gets_what_firehose_would_write_into_a_file(start_ses: Any, sns: Sns) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, "BOUNCE")
    streamed(client, name, "SEND", "DELIVERY")
    send_bulk(client, [entry(f"u{n}@a.com") for n in range(30)], ConfigurationSetName=name)
    send(client, "bounce@simulator.amazonses.com", ConfigurationSetName=name)
    assert simulator.flush()
    assert [event["eventType"] for event in fake.events] == ["Bounce"]
    assert {stream for stream, _ in fake.records} == {"mail"}
    told = Counter(event["eventType"] for _, text in fake.records for event in joined(text))
    assert told == {"Send": 31, "Delivery": 30}
    assert len(fake.records) < 10


def test_what_a_stream_could_not_take_is_put_again(start_ses: Any, sns: Sns) -> None:
    fake, endpoint = sns
    fake.broken_calls = 2
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, "BOUNCE")
    streamed(client, name, "SEND")
    send_bulk(client, [entry(f"u{n}@a.com") for n in range(5)], ConfigurationSetName=name)
    assert simulator.flush()
    assert sum(len(joined(text)) for _, text in fake.records) == 5
    assert simulator.event_states() == {"published": 5}


def joined(text: str) -> list[dict[str, Any]]:
    """Events that stand one after another."""
    found, place = [], 0
    while place < len(text):
        event, place = json.JSONDecoder().raw_decode(text, place)
        found.append(event)
    return found


def test_stopping_publishes_what_is_due(start_ses: Any, sns: Sns) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint)
    name = configuration_set(client, "SEND")
    send_bulk(client, [entry(f"u{n}@a.com") for n in range(30)], ConfigurationSetName=name)
    simulator.stop()
    assert len(fake.events) == 30


def test_without_an_sns_endpoint_events_are_only_recorded(ses: Any) -> None:
    simulator, client = ses
    message_id = send(client, ConfigurationSetName=configuration_set(client, "SEND"))
    assert simulator.flush(timeout=1)
    events = simulator.message(message_id)["events"]
    assert [(event["type"], event["state"]) for event in events] == [("Send", "unpublished")]


@pytest.mark.parametrize(
    ("fault", "sends", "deliveries"),
    [
        (EventFault("lose", fraction=1.0, types=("SEND",)), 0, 20),
        (EventFault("lose", next=3, types=("SEND",)), 17, 20),
        (EventFault("duplicate", next=4, types=("DELIVERY",)), 20, 24),
        (EventFault("reorder", fraction=1.0, ms=80), 20, 20),
    ],
)
def test_events_are_lost_duplicated_and_reordered_as_declared(
    start_ses: Any, sns: Sns, fault: EventFault, sends: int, deliveries: int
) -> None:
    fake, endpoint = sns
    simulator, client = start_ses(sns_endpoint=endpoint, faults=Faults(events=(fault,)))
    name = configuration_set(client, "SEND", "DELIVERY")
    send_bulk(client, [entry(f"u{n}@a.com") for n in range(20)], ConfigurationSetName=name)
    wait_until_nothing_is_pending(simulator)
    assert len(fake.of_type("Send")) == sends
    assert len(fake.of_type("Delivery")) == deliveries


def test_a_delayed_event_is_published_later_and_flush_does_not_wait_for_it(
    start_ses: Any, sns: Sns
) -> None:
    fake, endpoint = sns
    delay = EventFault("delay", fraction=1.0, ms=60_000)
    simulator, client = start_ses(sns_endpoint=endpoint, faults=Faults(events=(delay,)))
    send(client, ConfigurationSetName=configuration_set(client, "SEND"))
    assert simulator.flush(timeout=2)
    assert (fake.events, simulator.event_states()) == ([], {"pending": 1})


def test_events_survive_a_restart(start_ses: Any, sns: Sns, tmp_path: Any) -> None:
    fake, endpoint = sns
    nowhere = "http://127.0.0.1:9"
    first, client = start_ses(state=tmp_path, sns_endpoint=nowhere, shutdown_flush_seconds=0.1)
    send(client, ConfigurationSetName=configuration_set(client, "SEND"))
    first.stop()
    second, _ = start_ses(state=tmp_path, sns_endpoint=endpoint)
    assert second.flush()
    assert len(fake.of_type("Send")) == 1


def wait_until_nothing_is_pending(simulator: Any) -> None:
    """Flush until postponed events have become due and gone out."""
    for _ in range(100):
        assert simulator.flush()
        if "pending" not in simulator.event_states():
            return
    raise AssertionError("events are still pending")
