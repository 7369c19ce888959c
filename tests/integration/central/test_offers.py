"""What a launch asks of marketing, and what staff see of the people it reached."""

from collections.abc import Callable
from typing import Any

import pytest

from recado.contracts import PlanCampaign
from recado.ledger.engagement import EngagementBook
from recado.ledger.reach import Kind
from recado.links import Reference
from tests.integration.central.conftest import Api
from tests.integration.conftest import Suite

OFFER = {
    "subject": "Oferta para {{ first_name }}",
    "html": "<p>Oferta</p><a href='{{ unsubscribe_url }}'>Sair</a>",
    "text": "Sair: {{ preferences_url }}",
}
ANA = {"id": "C-1", "name": "Ana Souza", "document": "52998224725", "email": "ana@example.com"}
Messages = Callable[[str], list[Any]]


def offer(api: Api, lane: str = "marketing", body: dict[str, str] = OFFER, **changes: Any) -> str:
    """A draft of an offer to everybody, who is Ana; its id."""
    api.ok("POST", "/v1/customers", ANA)
    api.ok("PUT", "/v1/templates/offer", {"bodies": {"pt-BR": body}})
    new = {
        "name": "Oferta",
        "lane": lane,
        "template_id": "offer",
        "audience": {"segment": "all"},
    }
    made: str = api.ok("POST", "/v1/campaigns", new | changes)["id"]
    return made


def test_our_links_are_provided_and_not_asked_of_the_audience(api: Api) -> None:
    campaign_id = offer(api)
    assert api.ok("GET", "/v1/templates")["items"][0]["fields"] == ["first_name"]
    assert api("POST", f"/v1/campaigns/{campaign_id}/launch").status == 202
    preview = api.ok("POST", "/v1/templates/offer/preview", {"fields": {"first_name": "Ana"}})
    assert preview["text"] == "Sair: https://links.example/p/sample"


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("html", "<p>Oferta</p>"),
        ("text", "Oferta"),
        ("html", "{% if first_name == 'Bia' %}{{ unsubscribe_url }}{% endif %}"),
        ("text", "{# {{ unsubscribe_url }} #}"),
    ],
)
def test_marketing_without_a_way_out_is_not_launched(api: Api, part: str, source: str) -> None:
    campaign_id = offer(api, body=OFFER | {part: source})
    answer = api("POST", f"/v1/campaigns/{campaign_id}/launch")
    assert (answer.status, answer.body["field"]) == (422, "template_id")
    assert answer.body["message"] == (
        "pt-BR: marketing has to say how to get no more of it: put {{ unsubscribe_url }} or"
        f" {{{{ preferences_url }}}} into the {part}"
    )


def test_an_invoice_needs_no_way_out(api: Api) -> None:
    campaign_id = offer(api, "billing", {"subject": "s", "html": "h", "text": "t"})
    assert api("POST", f"/v1/campaigns/{campaign_id}/launch").status == 202


@pytest.mark.parametrize(
    ("lane", "asked", "followed"),
    [
        ("marketing", None, True),
        ("marketing", False, False),
        ("billing", None, False),
        ("billing", True, True),
        ("transactional", None, False),
    ],
)
def test_opens_and_clicks_are_followed_in_marketing_unless_told_otherwise(
    api: Api,
    suite: Suite,
    messages: Messages,
    lane: str,
    asked: bool | None,  # noqa: FBT001
    followed: bool,  # noqa: FBT001
) -> None:
    campaign_id = offer(api, lane, tracking=asked)
    api("POST", f"/v1/campaigns/{campaign_id}/launch")
    (command,) = messages(suite.outputs["PlanQueueUrl"])
    assert PlanCampaign.model_validate(command).tracking is followed


def test_a_campaign_shows_what_its_recipients_did_by_variant(api: Api) -> None:
    campaign_id = offer(api)
    assert api.ok("GET", f"/v1/campaigns/{campaign_id}")["engagement"] == []
    book = EngagementBook.from_env()
    ana = Reference(campaign_id, 0, 0, 0, "A", "https://operadora.example/")
    assert book.note(ana, Kind.CLICK)
    assert not book.note(ana, Kind.CLICK)
    assert book.note_link(ana)
    assert not book.note_link(ana)
    assert book.note(Reference(campaign_id, 0, 1, 0, "B"), Kind.UNSUBSCRIBE)
    shown = api.ok("GET", f"/v1/campaigns/{campaign_id}")["engagement"]
    zeros = dict.fromkeys(Kind, 0)
    assert shown == [
        {"variant": "A", "links": {"https://operadora.example/": 1}} | zeros | {"clicks": 1},
        {"variant": "B", "links": {}} | zeros | {"unsubscribes": 1},
    ]
