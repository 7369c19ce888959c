"""Experiments through the API, and templates that could do harm."""

from collections.abc import Callable
from typing import Any

import pytest

from recado.contracts import PlanCampaign, campaign_command
from tests.integration.central.conftest import Api
from tests.integration.conftest import Suite

ANA = {"id": "C-1", "name": "Ana", "document": "52998224725", "email": "ana@example.com"}
WAY_OUT = "{{ unsubscribe_url }}"
BODY = {
    "subject": "Oi {{ first_name }}",
    "html": f"<p>{{{{ name }}}}</p>{WAY_OUT}",
    "text": f"{{{{ name }}}} {WAY_OUT}",
}
SHORT = {"name": "short", "template_id": "short", "weight": 3}
LONG = {"name": "long", "template_id": "long"}
OFFER = {
    "name": "Oferta",
    "lane": "marketing",
    "audience": {"segment": "all"},
    "experiment": {"variants": [SHORT, LONG], "hold_out": 10},
}
Messages = Callable[[str], list[Any]]


@pytest.fixture
def offer(api: Api) -> None:
    """Ana, and two templates."""
    for name in ("short", "long"):
        body = BODY | {"text": f"{name} {WAY_OUT}"}
        api.ok("PUT", f"/v1/templates/{name}", {"bodies": {"pt-BR": body}})
    api.ok("POST", "/v1/customers", ANA)


@pytest.mark.usefixtures("offer")
def test_a_launch_carries_every_variants_template(
    api: Api, suite: Suite, messages: Messages
) -> None:
    campaign_id = api.ok("POST", "/v1/campaigns", OFFER)["id"]
    api.ok("POST", f"/v1/campaigns/{campaign_id}/launch")
    (command,) = messages(suite.outputs["PlanQueueUrl"])
    plan = campaign_command.validate_python(command)
    assert isinstance(plan, PlanCampaign)
    assert plan.experiment is not None
    assert plan.experiment.weights == {"short": 3, "long": 1}
    assert plan.hold_out == 10
    assert {name: template.id for name, template in plan.templates.items()} == {
        "short": "short",
        "long": "long",
    }
    view = api.ok("GET", f"/v1/campaigns/{campaign_id}")
    assert view["template_id"] is None
    assert view["variant_versions"] == {"short": 1, "long": 1}
    assert view["experiment"]["hold_out"] == 10


@pytest.mark.usefixtures("offer")
@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"template_id": "short"}, "template_id", "name either a template_id or an experiment"),
        ({"experiment": None}, "template_id", "name either a template_id or an experiment"),
        (
            {"experiment": {"variants": [SHORT]}},
            "experiment.variants",
            "one variant compares with nothing: add another, or a hold_out",
        ),
        (
            {"experiment": {"variants": [SHORT, SHORT]}},
            "experiment.variants",
            "two variants are called short: give each a name of its own",
        ),
        (
            {"experiment": {"variants": [SHORT, LONG | {"template_id": "none"}]}},
            "experiment.variants.1.template_id",
            "there is no template none",
        ),
        (
            {"lane": "billing"},
            "experiment.hold_out",
            "hold_out is for marketing: billing mail is owed to everybody",
        ),
        ({"experiment": {"variants": []}}, "experiment.variants", ""),
        ({"experiment": {"variants": [SHORT | {"name": "a b"}, LONG]}}, "", ""),
        ({"experiment": {"variants": [SHORT, LONG], "hold_out": 51}}, "experiment.hold_out", ""),
    ],
)
def test_an_experiment_that_makes_no_sense_is_refused(
    api: Api, change: dict[str, Any], field: str, message: str
) -> None:
    answer = api("POST", "/v1/campaigns", OFFER | change)
    assert answer.status == 422
    assert answer.body["field"].startswith(field)
    assert answer.body["message"].startswith(message)


@pytest.mark.usefixtures("offer")
def test_variants_that_are_too_large_together_are_refused_at_the_launch(api: Api) -> None:
    for name in ("short", "long"):
        body = BODY | {"html": "x" * 190_500}
        api.ok("PUT", f"/v1/templates/{name}", {"bodies": {"pt-BR": body}})
    campaign_id = api.ok("POST", "/v1/campaigns", OFFER)["id"]
    answer = api("POST", f"/v1/campaigns/{campaign_id}/launch")
    assert (answer.status, answer.body["field"]) == (422, "experiment.variants")
    assert "at most 380000 fit; link to images, or try fewer variants" in answer.body["message"]


@pytest.mark.usefixtures("offer")
def test_every_variant_is_tried_before_the_launch(api: Api) -> None:
    api.ok("PUT", "/v1/templates/long", {"bodies": {"pt-BR": BODY | {"text": "{{ coupon }}"}}})
    campaign_id = api.ok("POST", "/v1/campaigns", OFFER)["id"]
    answer = api("POST", f"/v1/campaigns/{campaign_id}/launch")
    assert answer.body["message"] == "fields missing for the audience: coupon"
    api.ok(
        "PUT", "/v1/templates/long", {"bodies": {"pt-BR": BODY | {"text": "{{ name | money }}"}}}
    )
    answer = api("POST", f"/v1/campaigns/{campaign_id}/launch")
    assert answer.body["message"].startswith("for the recipient C-1: variant long: pt-BR: ")


@pytest.mark.parametrize(
    ("part", "source", "message"),
    [
        (
            "html",
            "<p>\n{{ 'a'.center(10**9) }}",
            "html is not valid, line 2: a call such as name()",
        ),
        ("text", "{% for a in name %}{% endfor %}", "text is not valid, line 1: for is not part"),
        ("html", "{{ " + "(" * 60_000, "html is not valid, line 1: it is nested too deep"),
        ("subject", "Oi\r\nBcc: x@evil.example", "subject is not valid, line 1: a subject is a"),
    ],
)
def test_a_template_that_could_do_harm_is_not_stored(
    api: Api, part: str, source: str, message: str
) -> None:
    answer = api("PUT", "/v1/templates/t", {"bodies": {"pt-BR": BODY | {part: source}}})
    assert (answer.status, answer.body["field"]) == (422, f"bodies.pt-BR.{part}")
    assert answer.body["message"].startswith(f"pt-BR: the template's {message}")
    assert api("GET", "/v1/templates/t").status == 404


def test_a_preview_takes_no_more_than_a_recipient_could_bring(api: Api) -> None:
    api.ok("PUT", "/v1/templates/t", {"bodies": {"pt-BR": BODY}})
    fields = {"name": "x" * 20_001, "first_name": ""}
    answer = api("POST", "/v1/templates/t/preview", {"fields": fields})
    assert (answer.status, answer.body["message"]) == (
        422,
        "fields hold 20001 bytes: a recipient has at most 20000",
    )
    answer = api("POST", "/v1/templates/t/preview", {"fields": {"first_name": "\x07", "name": ""}})
    assert (answer.status, answer.body["field"]) == (422, "subject")
