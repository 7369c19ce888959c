"""What recipients can click, from the mail that SES got to the next campaign."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest

from recado import clock
from recado.ledger.engagement import EngagementBook
from recado.ledger.reach import Engagement
from recado.ledger.states import State
from recado.linkkeys import keyring
from recado.links import Purpose, Reference, sign
from recado.model import Lane, Language, MailBody, TemplateVersion
from sender import pages
from sender.domain.suppression import Reason
from sender.store import SuppressionStore
from tests.factories import api_event, context
from tests.integration.conftest import forget_collaborators

from .conftest import CAMPAIGN, Operator, person
from .trouble import suppressed

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TARGET = "https://operadora.example/ofertas?a=1&b=2"
OFFER = TemplateVersion(
    id="offer",
    version=1,
    bodies={
        Language.PORTUGUESE: MailBody(
            subject="Oferta",
            html='<body><a href="https://operadora.example/ofertas?a=1&amp;b=2">Ver</a>'
            '<a href="{{ unsubscribe_url }}">Sair</a></body>',
            text="{{ unsubscribe_url }} {{ preferences_url }}",
        )
    },
)
MULTIPART = (
    '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
)
FORM = "application/x-www-form-urlencoded"


class Mailbox:
    """The links in one recipient's mail."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.headers = dict(message["headers"])
        html, text = message["html"], message["text"].split()
        self.unsubscribe = self.headers["List-Unsubscribe"].strip("<>")
        self.preferences = text[1]
        self.click = re.findall(r'href="([^"]*/c/[^"]*)"', html)[0]
        self.pixel = re.findall(r'src="([^"]*/o/[^"]*)"', html)[0]


def send(
    operator: Operator, campaign_id: str, lane: Lane = Lane.MARKETING, people: int = 2
) -> dict[str, int]:
    """Send the offer to some people; how many recipients ended in which state."""
    audience = operator.upload(
        [person(n) for n in range(people)], f"audiences/{campaign_id}/p.ndjson"
    )
    changes = {
        "campaign_id": campaign_id,
        "template": OFFER,
        "tracking": lane is Lane.MARKETING,
    }
    operator.command(operator.plan(audience, lane).model_copy(update=changes))
    operator.pump.run()
    counts = operator.ledger.counts(campaign_id)
    return {name: n for name, n in counts.items() if n and name != "total"}


def mailbox(operator: Operator, address: str = "c1@example.com") -> Mailbox:
    """The newest mail of an address."""
    found = [each for each in operator.ses.messages() if address in str(each)]
    message = operator.ses.message(found[0]["message_id"])
    assert message is not None
    return Mailbox(message)


def visit(
    method: str, url: str, body: str | None = None, agent: str = BROWSER, **headers: str
) -> dict[str, Any]:
    """Follow a link as API Gateway would pass it on."""
    event = api_event(method, urlsplit(url).path, body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    event["headers"] = {"User-Agent": agent} | named
    event["multiValueHeaders"] = {name: [value] for name, value in event["headers"].items()}
    answer = pages.handler(event, context())
    answer["headers"] = {
        name: values[0] if isinstance(values, list) else values
        for name, values in answer["multiValueHeaders"].items()
    }
    return answer


def engagement(campaign_id: str = "cmp_1") -> Engagement:
    found = EngagementBook.from_env().of(campaign_id)
    return found[0] if found else Engagement()


@pytest.fixture
def sent(operator: Operator) -> Mailbox:
    """A sent offer, an hour ago."""
    assert send(operator, "cmp_1") == {"sent": 2}
    later = clock.now() + timedelta(hours=1)
    operator.monkeypatch.setattr(clock, "now", lambda: later)
    return mailbox(operator)


@pytest.mark.parametrize(
    ("kind", "body"),
    [(FORM, "List-Unsubscribe=One-Click"), ("multipart/form-data; boundary=b", MULTIPART)],
)
def test_one_click_stops_the_next_offer_and_never_an_invoice(
    operator: Operator, sent: Mailbox, kind: str, body: str
) -> None:
    assert sent.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert visit("POST", sent.unsubscribe, body, Content_Type=kind)["statusCode"] == 200
    assert send(operator, "cmp_2") == {"sent": 1, "suppressed": 1}
    assert send(operator, "cmp_3", Lane.BILLING) == {"sent": 2}
    assert engagement().unsubscribes == 1


@pytest.mark.parametrize("transport", ["bulk", "single"])
def test_both_transports_carry_the_headers_for_marketing_only(
    operator: Operator, transport: str
) -> None:
    operator.monkeypatch.setenv("TRANSPORT", transport)
    forget_collaborators()
    send(operator, "cmp_1")
    assert mailbox(operator).headers["List-Unsubscribe"].startswith("<https://links.operadora")
    send(operator, "cmp_2", Lane.BILLING)
    billing = [each for each in operator.ses.messages() if "cmp_2" in str(each)]
    message = operator.ses.message(billing[0]["message_id"])
    assert message is not None
    assert message["headers"] == []


def test_following_any_link_with_get_never_opts_out(operator: Operator, sent: Mailbox) -> None:
    for url in (sent.unsubscribe, sent.preferences, sent.click, sent.pixel):
        for _ in range(3):
            assert visit("GET", url)["statusCode"] in {200, 302}
    assert SuppressionStore.from_env().entries("c1@example.com") == ()
    assert send(operator, "cmp_2") == {"sent": 2}
    assert engagement().unsubscribes == 0


def test_a_page_has_a_strict_policy_and_shows_no_address(sent: Mailbox) -> None:
    for url in (sent.unsubscribe, sent.preferences):
        answer = visit("GET", url)
        policy = answer["headers"]["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert answer["headers"]["Content-Type"].startswith("text/html")
        assert '<form method="post">' in answer["body"]
        assert not re.search(r"c1@|<script|https?://", answer["body"])


def test_preferences_are_saved_and_taken_back(operator: Operator, sent: Mailbox) -> None:
    assert 'value="yes" checked' in visit("GET", sent.preferences)["body"]
    saved = visit("POST", sent.preferences, "marketing=no", Content_Type=FORM)
    assert "Preferências salvas." in saved["body"]
    assert 'value="no" checked' in saved["body"]
    assert send(operator, "cmp_2") == {"sent": 1, "suppressed": 1}
    english = visit("POST", sent.preferences, "marketing=yes", Accept_Language="en")
    assert "Preferences saved." in english["body"]
    assert send(operator, "cmp_3") == {"sent": 2}


def test_a_choice_that_is_none_changes_nothing(sent: Mailbox) -> None:
    visit("POST", sent.unsubscribe)
    for body in ("", "marketing=maybe", "marketing=yes&marketing=no"):
        assert visit("POST", sent.preferences, body)["statusCode"] == 400
    entries = SuppressionStore.from_env().entries("c1@example.com")
    assert [entry.reason for entry in entries] == [Reason.OPT_OUT]


@pytest.mark.parametrize("kind", ["Bounce", "Complaint"])
def test_nobody_can_lift_a_bounce_or_a_complaint_through_the_page(
    operator: Operator, sent: Mailbox, kind: str
) -> None:
    people = [{"emailAddress": "c1@example.com"}]
    parts = {
        "Bounce": {"bounce": {"bounceType": "Permanent", "bouncedRecipients": people}},
        "Complaint": {"complaint": {"complainedRecipients": people}},
    }
    operator.launch([person(9)])
    operator.hear(kind, [0], **parts[kind])
    visit("POST", sent.preferences, "marketing=no")
    answer = visit("POST", sent.preferences, "marketing=yes")
    assert 'value="yes" disabled' in answer["body"]
    assert send(operator, "cmp_2") == {"sent": 1, "suppressed": 1}


def test_withdrawing_one_reason_leaves_the_others(operator: Operator, sent: Mailbox) -> None:
    visit("POST", sent.unsubscribe)
    people = [{"emailAddress": "C1@example.com"}]
    operator.launch([person(9)])
    operator.hear("Complaint", [0], complaint={"complainedRecipients": people})
    store = SuppressionStore.from_env()
    assert [e.reason for e in store.entries("c1@example.com")] == [Reason.COMPLAINT, Reason.OPT_OUT]
    assert store.withdraw("c1@example.com", Reason.COMPLAINT)
    assert not store.withdraw("c1@example.com", Reason.COMPLAINT)
    assert suppressed(store, "C1@example.com", Lane.MARKETING) == {
        "c1@example.com": "opted out of marketing"
    }
    assert suppressed(store, "c1@example.com", Lane.BILLING) == {}


def test_three_days_with_soft_bounces_stop_marketing_and_repeats_do_not_count(
    operator: Operator,
) -> None:
    operator.launch([person(9)])

    def bounce(day: str) -> dict[str, str]:
        people = [{"emailAddress": "c1@example.com"}]
        details = {"bounceType": "Transient", "timestamp": f"{day}T10:00:00.000Z"}
        operator.hear("Bounce", [0], bounce={**details, "bouncedRecipients": people})
        return suppressed(SuppressionStore.from_env(), "c1@example.com", Lane.MARKETING)

    assert [bounce(day) for day in ("2026-08-01", "2026-10-01", "2026-10-01")] == [{}, {}, {}]
    assert bounce("2026-10-02") == {}
    stopped = bounce("2026-10-20")
    assert stopped == {"c1@example.com": "bounce: Transient on 3 days within 30"}
    store = SuppressionStore.from_env()
    assert suppressed(store, "c1@example.com", Lane.BILLING) == {}
    assert store.withdraw("c1@example.com", Reason.SOFT_BOUNCES)
    assert bounce("2026-10-21") == {}


def test_a_click_leads_on_and_each_person_is_counted_once(
    operator: Operator, sent: Mailbox
) -> None:
    for _ in range(3):
        answer = visit("GET", sent.click)
        assert (answer["statusCode"], answer["headers"]["Location"]) == (302, TARGET)
        assert answer["headers"]["Cache-Control"] == "no-store"
        pixel = visit("GET", sent.pixel)
        assert pixel["headers"]["Content-Type"] == "image/gif"
        assert pixel["body"].encode("ascii").startswith(b"GIF89a")
    visit("GET", mailbox(operator, "c0@example.com").click)
    found = engagement()
    assert (found.opens, found.clicks, found.machine_opens, found.machine_clicks) == (1, 2, 0, 0)
    assert found.links == {TARGET: 2}


def test_machines_are_counted_apart_and_still_led_on(sent: Mailbox) -> None:
    visit("GET", sent.pixel, agent="Mozilla/5.0")
    assert visit("HEAD", sent.click)["headers"]["Location"] == TARGET
    assert visit("GET", sent.click, Purpose="prefetch")["statusCode"] == 302
    visit("GET", sent.pixel)
    found = engagement()
    assert (found.opens, found.clicks, found.machine_opens, found.machine_clicks) == (1, 0, 1, 1)
    assert found.links == {}


def test_a_scanner_that_is_faster_than_people_is_a_machine(operator: Operator) -> None:
    send(operator, "cmp_1")
    visit("GET", mailbox(operator).click)
    assert (engagement().clicks, engagement().machine_clicks) == (0, 1)


def test_a_bad_link_shows_a_page_and_leads_nowhere(operator: Operator, sent: Mailbox) -> None:
    who = Reference("cmp_1", 0, 1, 0, target="https://evil.example/")
    expired = sign(Purpose.CLICK, who, 1, keyring().keys())
    base = sent.click.rpartition("/")[0]
    wrong_purpose = sent.pixel.rpartition("/")[2]
    for token, status in ((expired, 410), (wrong_purpose, 404), (f"{expired}A", 404), ("x", 404)):
        answer = visit("GET", f"{base}/{token}")
        assert answer["statusCode"] == status
        assert "Location" not in answer["headers"]
        assert answer["headers"]["Content-Type"].startswith("text/html")
    for url in (sent.unsubscribe, sent.preferences):
        assert visit("POST", url[:-2], "marketing=no")["statusCode"] == 404
    assert engagement() == Engagement()


def test_links_outlive_a_rotation_of_keys(operator: Operator, sent: Mailbox) -> None:
    keys = {"current": "k2", "k1": "a-key-of-the-tests", "k2": "a-new-one"}
    boto3.client("secretsmanager").put_secret_value(
        SecretId=operator.suite.outputs["LinkKeys"], SecretString=json.dumps(keys)
    )
    keyring.cache_clear()
    assert visit("POST", sent.unsubscribe)["statusCode"] == 200
    forget_collaborators()
    send(operator, "cmp_2")
    assert visit("GET", mailbox(operator, "c0@example.com").click)["statusCode"] == 302


def test_an_invoice_without_links_needs_no_key(operator: Operator) -> None:
    operator.monkeypatch.setenv("LINK_KEYS", "there-is-no-such-secret")
    forget_collaborators()
    operator.launch([person(0)])
    operator.pump.run()
    assert operator.counts == {State.SENT.counter: 1}
    assert operator.accepted == (1, 0)
    assert CAMPAIGN in str(operator.ses.messages())
