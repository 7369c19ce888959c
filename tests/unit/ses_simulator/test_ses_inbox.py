"""The inbox pages and their JSON twins."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
from ses_world import configuration_set, entry, send, send_bulk, simple

Ses = tuple[Any, Any]


def test_the_inbox_lists_newest_first_and_pages(ses: Ses) -> None:
    simulator, client = ses
    send_bulk(client, [entry(f"u{n:02}@x.com") for n in range(50)])
    send(client, "last@x.com")
    page = read(simulator, "/")
    assert page.index("last@x.com") < page.index("u49@x.com")
    assert "u00@x.com" not in page
    before = json.loads(read(simulator, "/_sim/messages"))["before"]
    assert "u00@x.com" in read(simulator, f"/?before={before}")


@pytest.mark.parametrize(
    "query", ["q=bia", "q=BIA%40x.com", "q=Segunda", "tag=campaign%3Ac-2", "q=bia&tag=lane%3Aa"]
)
def test_the_inbox_finds_by_address_subject_and_tag(ses: Ses, query: str) -> None:
    simulator, client = ses
    send_bulk(
        client,
        [
            entry("ana@x.com", {"campaign": "c-1"}, subject="Primeira via"),
            entry("bia@x.com", {"campaign": "c-2", "lane": "a"}, subject="Segunda via 100%"),
        ],
    )
    found = json.loads(read(simulator, f"/_sim/messages?{query}"))["messages"]
    assert [message["to"] for message in found] == [["bia@x.com"]]
    assert "ana@x.com" not in read(simulator, f"/?{query}")


def test_percent_and_underscore_in_a_search_mean_themselves(ses: Ses) -> None:
    simulator, client = ses
    send_bulk(client, [entry("a@x.com", subject="100% off"), entry("b@x.com", subject="1000 off")])
    found = json.loads(read(simulator, "/_sim/messages?q=0%25+o"))["messages"]
    assert [message["subject"] for message in found] == ["100% off"]


def test_everything_hostile_is_escaped(ses: Ses) -> None:
    simulator, client = ses
    evil = "<script>alert(1)</script>"
    message_id = send(client, Content=simple(subject=evil, html=evil))
    for path in (
        "/",
        f"/messages/{message_id}",
        f"/messages/{message_id}?view=source",
        "/?q=<script>",
    ):
        assert "<script>" not in read(simulator, path)


def test_html_is_shown_in_a_sandbox_that_runs_and_fetches_nothing(ses: Ses) -> None:
    simulator, client = ses
    message_id = send(client)
    assert '<iframe class="body" sandbox ' in read(simulator, f"/messages/{message_id}")
    with urllib.request.urlopen(f"{simulator.url}/messages/{message_id}/body") as reply:
        policy = reply.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox; default-src 'none'")
        assert reply.read() == b"<p>Hi</p>"


def test_a_message_page_shows_text_source_and_events(ses: Ses) -> None:
    simulator, client = ses
    name = configuration_set(client, "SEND")
    [result] = send_bulk(client, [entry("ana@x.com", {"chunk": "k-1"})], ConfigurationSetName=name)
    path = f"/messages/{result['MessageId']}"
    assert "<b>Send</b>" in read(simulator, path)
    assert "R$ 10" in read(simulator, f"{path}?view=text")
    assert "Content-Type: multipart/alternative" in read(simulator, f"{path}?view=source")
    assert json.loads(read(simulator, f"/_sim{path}"))["events"][0]["type"] == "Send"


@pytest.mark.parametrize("message_id", ["nothing", "0100-zz-1", "0100-00000001-x"])
def test_an_unknown_message_is_not_found(ses: Ses, message_id: str) -> None:
    simulator, client = ses
    send(client)
    with pytest.raises(urllib.error.HTTPError) as caught:
        read(simulator, f"/messages/{message_id}")
    with caught.value as reply:
        assert reply.code == 404


def test_an_empty_inbox_says_how_to_fill_it(ses: Ses) -> None:
    simulator, _ = ses
    assert "AWS_ENDPOINT_URL_SESV2" in read(simulator, "/")


def read(simulator: Any, path: str) -> str:
    """GET a page."""
    with urllib.request.urlopen(simulator.url + urllib.parse.quote(path, safe="/?=&%+")) as reply:
        return str(reply.read().decode())
