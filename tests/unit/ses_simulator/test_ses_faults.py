"""What breaks on purpose, and what the ledger says of it."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from ses_world import configuration_set, entry, send, send_bulk, ses_client, statuses

from ses_simulator import CallFault, EventFault, Faults, Latency
from ses_simulator.checks import InvalidFaults

Ses = tuple[Any, Any]


def test_the_next_calls_are_throttled_and_then_all_is_well(ses: Ses) -> None:
    simulator, client = ses
    simulator.faults = Faults(calls=(CallFault("throttle", next=2),))
    for _ in range(2):
        with pytest.raises(client.exceptions.TooManyRequestsException):
            send(client)
    send(client)
    assert simulator.summary()["accepted"] == 1
    assert simulator.faults.calls[0].next == 0


@pytest.mark.parametrize(("kind", "accepted"), [("error_before", 0), ("error_after", 1)])
def test_a_server_error_comes_before_or_after_accepting(ses: Ses, kind: str, accepted: int) -> None:
    simulator, client = ses
    simulator.faults = Faults(calls=(CallFault(kind, next=1),))
    with pytest.raises(ClientError) as caught:
        send(client)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert simulator.summary()["accepted"] == accepted
    assert simulator.calls()[-1]["outcome"] == kind


def test_accept_then_drop_closes_the_connection_and_keeps_the_mail(ses: Ses) -> None:
    simulator, client = ses
    simulator.faults = Faults(calls=(CallFault("drop_after", next=1),))
    with pytest.raises(ConnectionClosedError):
        send_bulk(client, [entry("a@a.com"), entry("b@b.com")])
    assert simulator.summary()["accepted"] == 2
    assert simulator.calls()[-1]["outcome"] == "drop_after"


def test_accept_then_hang_times_the_client_out_and_keeps_the_mail(ses: Ses) -> None:
    simulator, _ = ses
    hasty = ses_client(simulator.url, read_timeout=0.2)
    simulator.faults = Faults(calls=(CallFault("hang_after", next=1, seconds=0.5),))
    with pytest.raises(ReadTimeoutError):
        send(hasty)
    assert simulator.summary()["accepted"] == 1
    hasty.close()


def test_a_partial_failure_hits_a_share_of_the_entries_the_same_way_for_a_seed(
    start_ses: Any,
) -> None:
    fault = CallFault("partial_failure", next=1, status="TRANSIENT_FAILURE", entries=0.3)
    entries = [entry(f"u{n}@a.com") for n in range(50)]
    seen = []
    for _ in range(2):
        simulator, client = start_ses(faults=Faults(seed=7, calls=(fault,)))
        seen.append(statuses(send_bulk(client, entries)))
        assert simulator.summary()["accepted"] == seen[-1].count("SUCCESS")
    assert seen[0] == seen[1]
    assert set(seen[0]) == {"SUCCESS", "TRANSIENT_FAILURE"}


def test_a_fraction_of_calls_fails_the_same_way_for_a_seed(start_ses: Any) -> None:
    patterns = []
    for _ in range(2):
        rule = CallFault("error_before", fraction=0.5)
        simulator, client = start_ses(faults=Faults(seed=3, calls=(rule,)))
        for _ in range(12):
            try:
                send(client)
            except ClientError:
                continue
        patterns.append([call["outcome"] for call in simulator.calls()])
    assert patterns[0] == patterns[1]
    assert set(patterns[0]) == {"ok", "error_before"}


def test_a_rule_for_one_operation_leaves_the_other_alone(ses: Ses) -> None:
    simulator, client = ses
    rule = CallFault("throttle", fraction=1.0, operations=("SendBulkEmail",))
    simulator.faults = Faults(calls=(rule,))
    send(client)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        send_bulk(client, [entry("a@a.com")])


def test_latency_grows_with_the_recipients(ses: Ses) -> None:
    simulator, client = ses
    simulator.faults = Faults(latency=Latency(per_call_ms=30, per_recipient_ms=10))
    started = time.perf_counter()
    send_bulk(client, [entry(f"u{n}@a.com") for n in range(5)])
    assert time.perf_counter() - started >= 0.08


def test_faults_change_at_run_time_over_http_and_read_back_the_same(ses: Ses) -> None:
    simulator, client = ses
    declared = {
        "seed": 5,
        "latency": {"per_call_ms": 1},
        "calls": [{"kind": "throttle", "next": 1}],
        "events": [{"kind": "lose", "types": ["SEND"], "fraction": 0.5}],
        "recipients": [{"pattern": "*@bounce.test", "outcome": "bounce"}],
    }
    assert put(f"{simulator.url}/_sim/faults", declared)["calls"][0]["next"] == 1
    with pytest.raises(client.exceptions.TooManyRequestsException):
        send(client)
    with urllib.request.urlopen(f"{simulator.url}/_sim/faults") as reply:
        current = json.load(reply)
    assert current["calls"][0]["next"] == 0
    assert Faults.from_json(current) == simulator.faults


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ({"call": []}, "faults.call is not known"),
        ({"calls": {}}, "calls must be a list"),
        ({"calls": [{"kind": "explode"}]}, "calls.kind is 'explode'"),
        (
            {"calls": [{"kind": "throttle", "fraction": 2}]},
            "calls.fraction must lie between 0 and 1",
        ),
        ({"calls": [{"kind": "throttle", "next": -1}]}, "calls.next must not be negative"),
        ({"calls": [{"kind": "throttle", "next": "2"}]}, "calls.next must be a number"),
        ({"calls": [{"fraction": 1}]}, "kind"),
        ({"events": [{"kind": "lose", "types": ["OPEN"]}]}, "events.types is 'OPEN'"),
        ({"recipients": [{"pattern": "*", "outcome": "?"}]}, "recipients.outcome"),
        ({"latency": {"per_call_ms": -1}}, "latency.per_call_ms"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ([], "faults must be an object"),
    ],
)
def test_a_wrong_description_names_the_field(declared: Any, named: str) -> None:
    with pytest.raises(InvalidFaults, match=named):
        Faults.from_json(declared)


def put(url: str, value: Any) -> Any:
    """PUT JSON, read JSON."""
    request = urllib.request.Request(url, json.dumps(value).encode(), method="PUT")
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def test_a_call_that_is_kept_waiting_tells_whose_it_is_until_it_ends(ses: Ses) -> None:
    simulator, _ = ses
    hasty = ses_client(simulator.url, read_timeout=0.3)
    simulator.faults = Faults(calls=(CallFault("hang_after", next=1, seconds=0.6),))
    with pytest.raises(ReadTimeoutError):
        send(hasty)
    (waiting,) = _asked(simulator, "/_sim/calls/waiting")["calls"]
    assert waiting["call"] == simulator.calls()[-1]["id"]
    assert waiting["port"] > 0
    time.sleep(0.6)
    assert _asked(simulator, "/_sim/calls/waiting") == {"calls": []}
    hasty.close()


def test_lost_events_are_told_by_recipient_and_tag(ses: Ses) -> None:
    simulator, client = ses
    configuration_set(client, "SEND", "DELIVERY")
    simulator.faults = Faults(events=(EventFault("lose", next=1, types=("SEND",)),))
    for person in ("ana", "bia"):
        tags = [{"Name": "campaign", "Value": "c-1"}]
        send(client, f"{person}@a.com", ConfigurationSetName="recado", EmailTags=tags)
    lost = [{"type": "SEND", "address": "ana@a.com"}]
    assert _asked(simulator, "/_sim/events/lost?tag=campaign:c-1") == lost
    assert _asked(simulator, "/_sim/events/lost?tag=campaign:c-2") == []


def _asked(simulator: Any, path: str) -> Any:
    with urllib.request.urlopen(simulator.url + path) as reply:
        return json.load(reply)
