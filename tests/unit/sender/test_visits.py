"""Telling people from machines, and reasons not to write from one another."""

from datetime import UTC, datetime

import pytest

from recado.model import Lane, Language
from sender.domain.feedback import SoftBounce, report
from sender.domain.suppression import Entry, Reason, SoftBounceRule, told
from sender.domain.visits import Visit
from sender.domain.words import WORDS, language_for
from sender.showing import page

SENT = 1_760_000_000
LATER = SENT + 3_600
PERSON = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
GMAIL_PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)
AT = datetime(2026, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize("agent", [PERSON, GMAIL])
def test_people_and_proxies_that_wait_for_people_count_as_people(agent: str) -> None:
    assert not Visit("GET", {"user-agent": agent}, LATER).is_machine(SENT)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0",
        GMAIL_PREFETCH,
        "python-requests/2.32",
        "Barracuda Sentinel (EE)",
        "bingbot/2.0",
    ],
)
def test_machines_give_themselves_away_by_their_name(agent: str) -> None:
    assert Visit("GET", {"user-agent": agent}, LATER).is_machine(SENT)


@pytest.mark.parametrize(
    ("name", "value"),
    [("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-moz", "prefetch")],
)
def test_a_prefetch_is_a_machines(name: str, value: str) -> None:
    assert Visit("GET", {"user-agent": PERSON, name: value}, LATER).is_machine(SENT)


def test_head_is_a_machines() -> None:
    assert Visit("HEAD", {"user-agent": PERSON}, LATER).is_machine(SENT)


@pytest.mark.parametrize(("seconds", "machine"), [(0, True), (9, True), (10, False)])
def test_nobody_reads_within_ten_seconds(seconds: int, *, machine: bool) -> None:
    assert Visit("GET", {"user-agent": PERSON}, SENT + seconds).is_machine(SENT) is machine


def entry(reason: Reason) -> Entry:
    return Entry(
        reason=reason, lanes=tuple(reason.lanes), detail=f"because {reason}", source="ses", at=AT
    )


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize("reason", Reason)
def test_each_reason_stops_its_lanes_and_no_other(reason: Reason, lane: Lane) -> None:
    stops = {
        Reason.HARD_BOUNCE: {Lane.MARKETING, Lane.BILLING, Lane.TRANSACTIONAL},
        Reason.COMPLAINT: {Lane.MARKETING, Lane.BILLING},
        Reason.STAFF: {Lane.MARKETING},
        Reason.OPT_OUT: {Lane.MARKETING},
        Reason.SOFT_BOUNCES: {Lane.MARKETING},
    }
    assert (told([entry(reason)], lane) is not None) == (lane in stops[reason])


def test_of_several_reasons_the_weightiest_that_stops_the_lane_is_told() -> None:
    both = [entry(Reason.OPT_OUT), entry(Reason.COMPLAINT)]
    assert told(both, Lane.MARKETING) == "because complaint"
    assert told([entry(Reason.OPT_OUT)], Lane.BILLING) is None


def test_soft_bounces_suppress_at_the_third_day_within_thirty() -> None:
    rule = SoftBounceRule()
    days = {"2026-09-01", "2026-09-16", "2026-10-14", "2026-10-15"}
    assert rule.stale(days, "2026-10-15") == {"2026-09-01"}
    assert rule.suppression("a@example.com", {"2026-10-14", "2026-10-15"}) is None
    found = rule.suppression("a@example.com", days - {"2026-09-01"})
    assert found is not None
    assert (found.reason, found.lanes) == (Reason.SOFT_BOUNCES, frozenset({Lane.MARKETING}))


def test_a_transient_bounce_is_noted_with_its_day_and_a_permanent_one_is_not() -> None:
    def bounce(kind: str) -> tuple[SoftBounce, ...]:
        people = [{"emailAddress": "Ana@example.com"}]
        event = {
            "eventType": "Bounce",
            "mail": {"tags": {"campaign": ["c"], "chunk": ["0"], "position": ["1"]}},
            "bounce": {
                "bounceType": kind,
                "timestamp": "2026-10-15T23:59:59.000Z",
                "bouncedRecipients": people,
            },
        }
        found = report(event)
        assert found is not None
        return found.soft_bounces

    assert bounce("Transient") == (SoftBounce("ana@example.com", "2026-10-15"),)
    assert bounce("Permanent") == ()


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", Language.PORTUGUESE),
        ("en-US,en;q=0.9", Language.ENGLISH),
        ("fr, en;q=0.8, pt;q=0.5", Language.ENGLISH),
        ("pt-PT, en", Language.PORTUGUESE),
        ("de", Language.PORTUGUESE),
    ],
)
def test_a_page_speaks_the_visitors_language(header: str, language: Language) -> None:
    assert language_for(header) is language


@pytest.mark.parametrize("name", WORDS)
def test_every_page_says_the_same_things_in_both_languages(name: str) -> None:
    assert WORDS[name][Language.PORTUGUESE].keys() == WORDS[name][Language.ENGLISH].keys()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", ["bad", "expired"])
def test_pages_about_bad_links_have_no_link_and_no_script(name: str, language: Language) -> None:
    html = page(name, language)
    assert f'<html lang="{language}">' in html
    assert "<script" not in html
    assert "href" not in html
