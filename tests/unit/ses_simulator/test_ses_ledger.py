"""The ledger as the oracle: counts, duplicates, cursors, restarts."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ses_world import entry, send, send_bulk

Ses = tuple[Any, Any]


def test_the_summary_of_a_campaign_counts_only_its_own_mail(ses: Ses) -> None:
    simulator, client = ses
    tags = {"campaign": "c-1", "chunk": "k-1"}
    send_bulk(client, [entry("a@x.com", tags), entry("b@y.com", tags), entry("A@X.com", tags)])
    send(client, "a@x.com")
    summary = simulator.summary("campaign:c-1")
    assert (summary["accepted"], summary["unique_recipients"], summary["duplicates"]) == (3, 2, 1)
    assert summary["by_domain"] == {"x.com": 2, "y.com": 1}
    assert summary["max_in_one_second"] == 3
    assert summary["first_at"] == summary["last_at"] > 1_600_000_000_000
    assert simulator.summary("chunk:k-1")["accepted"] == 3
    assert simulator.summary()["accepted"] == 4
    assert simulator.summary("campaign:none")["accepted"] == 0


def test_tags_other_than_campaign_and_chunk_select_too(ses: Ses) -> None:
    simulator, client = ses
    send_bulk(client, [entry("a@x.com", {"lane": "billing"}), entry("b@x.com", {"lane": "other"})])
    assert simulator.summary("lane:billing")["accepted"] == 1
    assert [m["to"] for m in simulator.messages("lane:billing")] == [["a@x.com"]]


def test_duplicates_name_the_address_and_its_messages(ses: Ses) -> None:
    simulator, client = ses
    tags = [{"Name": "campaign", "Value": "c-1"}]
    ids = [send(client, "a@x.com", EmailTags=tags) for _ in range(2)]
    send(client, "a@x.com", EmailTags=[{"Name": "campaign", "Value": "c-2"}])
    found = simulator.duplicates("campaign:c-1")
    assert [(d["address"], d["times"], d["message_ids"]) for d in found] == [("a@x.com", 2, ids)]
    assert simulator.duplicates("campaign:c-2") == []


def test_pages_follow_the_cursor_and_ndjson_gives_everything(ses: Ses) -> None:
    simulator, client = ses
    send_bulk(client, [entry(f"u{n}@x.com", {"campaign": "c-1"}) for n in range(5)])
    url = f"{simulator.url}/_sim/ledger?tag=campaign:c-1"
    first = get(f"{url}&limit=3")
    second = get(f"{url}&limit=3&after={first['next']}")
    assert [m["to"][0] for m in first["messages"] + second["messages"]] == [
        f"u{n}@x.com" for n in range(5)
    ]
    assert second["next"] is None
    with urllib.request.urlopen(f"{url}&ndjson") as reply:
        lines = reply.read().decode().splitlines()
    assert [json.loads(line)["call"] for line in lines] == [1] * 5


def test_every_call_is_recorded_with_its_outcome(ses: Ses) -> None:
    simulator, client = ses
    client.get_account()
    send_bulk(client, [entry("a@a.com"), entry("bad")])
    with pytest.raises(client.exceptions.BadRequestException):
        send(client, FromEmailAddress="bad")
    seen = [(c["operation"], c["entries"], c["accepted"], c["outcome"]) for c in simulator.calls()]
    assert seen == [
        ("GetAccount", 0, 0, "ok"),
        ("SendBulkEmail", 2, 1, "partial"),
        ("SendEmail", 0, 0, "invalid"),
    ]


def test_the_ledger_and_the_resources_survive_a_restart(start_ses: Any, tmp_path: Any) -> None:
    first, client = start_ses(state=tmp_path)
    client.create_email_identity(EmailIdentity="operator.example")
    ids = [send(client)]
    first.stop()
    second, client = start_ses(state=tmp_path)
    ids.append(send(client))
    assert len(set(ids)) == second.summary()["accepted"] == 2
    assert client.get_account()["SendQuota"]["SentLast24Hours"] == 2.0
    assert client.get_email_identity(EmailIdentity="operator.example")["VerifiedForSendingStatus"]


def test_reset_forgets_mail_and_quota_but_not_resources(start_ses: Any) -> None:
    simulator, client = start_ses(max_send_rate=1)
    client.create_email_identity(EmailIdentity="operator.example")
    old = send(client)
    request = urllib.request.Request(f"{simulator.url}/_sim/reset", method="POST")
    urllib.request.urlopen(request).close()
    new = send(client)
    assert old != new
    assert simulator.message(old) is None
    assert simulator.summary()["accepted"] == simulator.max_in_one_second == 1
    assert client.list_email_identities()["EmailIdentities"]


def test_only_the_newest_bodies_are_kept_but_every_message(start_ses: Any) -> None:
    simulator, client = start_ses(keep_bodies=3)
    ids = [send(client) for _ in range(5)]
    kept = [simulator.message(message_id)["body_kept"] for message_id in ids]
    assert kept == [False, False, True, True, True]


def test_sixteen_senders_at_once_lose_nothing(ses: Ses) -> None:
    simulator, client = ses
    simulator.change_account(max_send_rate=1e6)

    def chunk(number: int) -> int:
        tags = {"campaign": "c-1", "chunk": f"k-{number}"}
        return len(send_bulk(client, [entry(f"u{number}-{n}@x.com", tags) for n in range(50)]))

    with ThreadPoolExecutor(16) as pool:
        sent = sum(pool.map(chunk, range(32)))
    summary = simulator.summary("campaign:c-1")
    assert (sent, summary["accepted"], summary["duplicates"]) == (1_600, 1_600, 0)
    assert simulator.summary("chunk:k-7")["accepted"] == 50


def test_a_tag_that_cannot_be_read_is_a_bad_request(ses: Ses) -> None:
    simulator, _ = ses
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"{simulator.url}/_sim/ledger/summary?tag=nothing")
    with caught.value as reply:
        assert reply.code == 400
        assert "name:value" in json.load(reply)["message"]


def test_the_account_changes_over_http(ses: Ses) -> None:
    simulator, client = ses
    body = json.dumps({"max_send_rate": 7, "sending_enabled": False}).encode()
    request = urllib.request.Request(f"{simulator.url}/_sim/account", body, method="PUT")
    urllib.request.urlopen(request).close()
    account = client.get_account()
    assert (account["SendQuota"]["MaxSendRate"], account["SendingEnabled"]) == (7.0, False)
    assert get(f"{simulator.url}/_sim/health")["status"] == "ok"


def get(url: str) -> Any:
    """GET JSON."""
    with urllib.request.urlopen(url) as reply:
        return json.load(reply)
