"""The labelled replies are enough, honest in form, and read as well as promised."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache

import pytest

from signup.domain.mime import mail_of
from signup_evaluation.corpus import HELD_OUT, TUNING, Case, corpus
from signup_evaluation.evaluate import GOAL
from signup_evaluation.judging import Judged, accuracy, judged

EVERY = [*corpus(TUNING), *corpus(HELD_OUT)]
FIELDS = {"name", "document", "phone", "address", "postcode", "plan"}


@cache
def answers(part: str) -> list[Judged]:
    return judged(corpus(part))


def test_the_corpus_is_large_enough() -> None:
    assert len({case.id for case in EVERY}) == len(EVERY) >= 150
    assert sum(case.language == "pt-BR" for case in EVERY) >= 75
    assert sum(case.language == "en" for case in EVERY) >= 50
    assert len(corpus(HELD_OUT)) * 3 >= len(EVERY) - 3


def test_every_form_is_labelled_whole() -> None:
    forms = [case for case in EVERY if case.verdict in {"form", "no_token"}]
    assert all(set(case.fields) == FIELDS for case in forms)


@pytest.mark.parametrize("part", [TUNING, HELD_OUT])
def test_fields_reach_the_goal(part: str) -> None:
    assert accuracy([answer for answer in answers(part) if answer.about in FIELDS]) >= GOAL


@pytest.mark.parametrize("part", [TUNING, HELD_OUT])
def test_no_machine_is_taken_for_a_person_and_no_person_for_a_machine(part: str) -> None:
    verdicts = [answer for answer in answers(part) if answer.about == "verdict"]
    assert [answer for answer in verdicts if not answer.correct] == []


@pytest.mark.parametrize("case", EVERY, ids=[case.id for case in EVERY])
def test_texts_are_those_that_the_standard_library_finds(case: Case) -> None:
    theirs = message_from_bytes(case.raw, policy=policy.default)
    assert isinstance(theirs, EmailMessage)
    part = theirs.get_body(("plain",))
    if part is None or str(part.get_content_charset()) not in {
        "utf-8",
        "iso-8859-1",
        "windows-1252",
    }:
        pytest.skip("nothing to compare: no plain text, or a charset declared wrongly")
    if part.get_param("format") == "flowed" or case.id == "utf8-declared-as-latin1":
        pytest.skip("read on purpose otherwise than written")
    assert mail_of(case.raw).plain.split() == str(part.get_content()).split()
