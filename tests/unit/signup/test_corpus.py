"""The labelled replies are enough, honest in form, and read as well as promised."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache

import pytest

from signup.domain.mime import mail_of
from signup_evaluation.corpus import PARTS, TUNING, Case, corpus
from signup_evaluation.evaluate import GOAL
from signup_evaluation.judging import Judged, accuracy, judged

EVERY = [case for part in PARTS for case in corpus(part)]
FIELDS = {"name", "document", "phone", "address", "postcode", "plan"}


@cache
def answers(part: str) -> list[Judged]:
    return judged(corpus(part))


def test_the_corpus_is_large_enough() -> None:
    assert len({case.id for case in EVERY}) == len(EVERY) >= 150
    assert sum(case.language == "pt-BR" for case in EVERY) >= 75
    assert sum(case.language == "en" for case in EVERY) >= 50
    assert len(corpus(TUNING)) * 3 <= len(EVERY) * 2


def test_every_form_is_labelled_whole() -> None:
    forms = [case for case in EVERY if case.verdict in {"form", "no_token"}]
    assert all(set(case.fields) == FIELDS for case in forms)


@pytest.mark.parametrize("part", PARTS)
def test_fields_reach_the_goal(part: str) -> None:
    assert accuracy([answer for answer in answers(part) if answer.about in FIELDS]) >= GOAL


@pytest.mark.parametrize("part", PARTS)
def test_no_machine_is_taken_for_a_person_and_no_person_for_a_machine(part: str) -> None:
    verdicts = [answer for answer in answers(part) if answer.about == "verdict"]
    assert [answer for answer in verdicts if not answer.correct] == []


def test_texts_are_those_that_the_standard_library_finds() -> None:
    compared = [
        (case.id, mail_of(case.raw).plain, text) for case in EVERY if (text := theirs(case))
    ]
    assert len(compared) > 200
    assert [name for name, ours, text in compared if ours.split() != text.split()] == []


def theirs(case: Case) -> str:
    """The standard library's plain text; nothing where ours differs on purpose.

    That is in paragraphs that flow, and where the charset is declared wrongly.
    """
    found = message_from_bytes(case.raw, policy=policy.default)
    part = found.get_body(("plain",))
    honest = "declared" not in case.id and case.id != "unknown-charset"
    if not isinstance(part, EmailMessage) or part.get_param("format") == "flowed" or not honest:
        return ""
    return str(part.get_content())
