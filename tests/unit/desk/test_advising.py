"""The advisor as staff ask it."""

from itertools import count
from typing import Any

import pytest
from pydantic import ValidationError

from desk.advising import Question, advise
from desk.domain.advice.staffing import WANTED_DAYS
from recado.errors import Rejected


def question(**changed: Any) -> Question:
    return Question.model_validate(
        {"demand": {"technical": 1.0, "sales": 0.3}, "minutes": 60, "days": 20} | changed
    )


def test_each_kind_gets_the_fewest_who_meet_the_target() -> None:
    sales, technical = advise(question()).items
    assert (sales.kind, technical.kind) == ("sales", "technical")
    for each in (sales, technical):
        assert each.met >= WANTED_DAYS
        assert each.confirmed >= WANTED_DAYS
        assert each.met_with_one_fewer < WANTED_DAYS
    assert technical.attendants > sales.attendants


def test_the_same_question_has_the_same_answer() -> None:
    assert advise(question()) == advise(question())


def test_attendants_who_fail_are_more() -> None:
    (calm,) = advise(question(demand={"sales": 0.5})).items
    (failing,) = advise(question(demand={"sales": 0.5}, failure_rate=0.1)).items
    assert failing.attendants > calm.attendants


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"demand": {}}, "demand"),
        ({"demand": {"sales": 0}}, "demand.sales"),
        ({"demand": {"sales": 90}, "minutes": 1440, "days": 200}, "ask for fewer days"),
        ({"demand": {"sales": 90}, "handling": 10}, "in service at once"),
        ({"days": 5}, "days"),
        ({"failure_rate": 1}, "failure_rate"),
    ],
)
def test_a_question_too_large_says_what_to_mend(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        question(**changed)


def test_an_answer_that_takes_too_long_is_refused_in_words() -> None:
    clock = count(step=10)
    with pytest.raises(Rejected, match="fewer days"):
        advise(question(), lambda: float(next(clock)))
