"""Rules that staff edit: what can be used, and what is said of the rest."""

import json
from typing import Any

import pytest

from marketing.domain.rules import RuleDocument, default_document, next_version, parse
from operations.bodies import SAMPLES
from recado.errors import Conflict, Rejected
from recado.model import Language

RULE = default_document().rules[1].model_dump(mode="json")


def document(*rules: dict[str, Any], **fields: Any) -> str:
    return json.dumps({"version": 1, "rules": list(rules)} | fields)


def test_the_examples_are_in_both_languages_and_write_to_nobody() -> None:
    rules = default_document().rules
    assert [rule.id for rule in rules] == ["retention", "speed-upgrade", "better-plan"]
    assert all(set(rule.name) == set(Language) for rule in rules)
    assert not any(rule.enabled for rule in rules)


def test_each_example_has_a_sample_of_its_template() -> None:
    for rule in default_document().rules:
        assert (SAMPLES / rule.template_id / "en.html").exists()


@pytest.mark.parametrize(
    ("changes", "place", "remedy"),
    [
        ({"cool_down_days": 10}, "rules.0.cool_down_days", "make it as long at least"),
        ({"name": {"en": "Faster"}}, "rules.0.name", "add that language"),
        ({"hold_out": 80}, "rules.0.hold_out", "less than or equal to 50"),
        ({"goal": {"kind": "plan_is"}}, "rules.0.goal", "plans belong to the goal plan_is"),
        ({"id": "Mit Umlauten"}, "rules.0.id", "pattern"),
        ({"discount": 5}, "rules.0.discount", "not permitted"),
        ({"who": {"overdue": True}}, "rules.0.exclusions", "for nobody else"),
        (
            {"journey": [{"do": "branch", "on": "opened"}]},
            "rules.0.journey.0",
            "give one or remove the branch",
        ),
        (
            {"journey": [{"do": "send", "template_id": "t"}] * 10},
            "rules.0.journey",
            "take some out",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_remedy(
    changes: dict[str, Any], place: str, remedy: str
) -> None:
    with pytest.raises(Rejected) as refused:
        parse(document(RULE | changes))
    assert place in str(refused.value)
    assert remedy in str(refused.value)


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(Rejected) as refused:
        parse(document(RULE | {"hold_out": 80}, RULE | {"priority": -1}))
    assert "rules.0.hold_out" in str(refused.value)
    assert "rules.1.priority" in str(refused.value)


def test_two_rules_of_one_id_are_refused() -> None:
    with pytest.raises(Rejected, match="give each its own"):
        parse(document(RULE, RULE))


def test_a_change_is_a_new_version_of_the_newest_only() -> None:
    latest = default_document()
    edited = latest.model_copy(update={"days_between_offers": 30})
    assert next_version(latest, latest) is None
    new = next_version(latest, edited)
    assert new == RuleDocument(version=2, days_between_offers=30, rules=latest.rules)
    with pytest.raises(Conflict, match="the newest is 2"):
        next_version(new, edited)
