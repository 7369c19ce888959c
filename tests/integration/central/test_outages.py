"""Outages: announced, current while they go on, ended."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from recado.auth import Role
from recado.model import Language, Outage
from recado.outages import Outages, as_field
from tests.factories import AT
from tests.integration.central.conftest import Api, token

PATH = "/v1/outages"
TEXT = {"pt-BR": "fibra rompida", "en": "a fibre is cut"}
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def new(**fields: Any) -> dict[str, Any]:
    """An outage in Recife from now on, for two hours."""
    return {
        "cities": ["Recife"],
        "text": TEXT,
        "starts_at": AT.isoformat(),
        "expected_end": (AT + 2 * HOUR).isoformat(),
    } | fields


def announced(api: Api, **fields: Any) -> str:
    return str(api.ok("POST", PATH, new(**fields))["id"])


def current(at: datetime, city: str = "") -> list[str]:
    """The ids of the outages that go on, as a fresh process sees them."""
    return [outage.id for outage in Outages.from_env().current(at, city)]


def test_an_announced_outage_is_current_and_listed_until_staff_end_it(api: Api) -> None:
    outage = announced(api)
    assert current(AT) == [outage]
    assert [each["id"] for each in api.ok("GET", PATH)["items"]] == [outage]
    ended = api.ok("POST", f"{PATH}/{outage}/end")
    assert datetime.fromisoformat(ended["ended_at"]) == AT
    assert api.ok("POST", f"{PATH}/{outage}/end") == ended
    assert (current(AT), api.ok("GET", PATH)["items"]) == ([], [])


def test_a_planned_outage_is_listed_but_not_current_before_it_begins(api: Api) -> None:
    outage = announced(api, starts_at=(AT + HOUR).isoformat())
    assert [each["id"] for each in api.ok("GET", PATH)["items"]] == [outage]
    assert (current(AT + HOUR - MINUTE), current(AT + HOUR)) == ([], [outage])


def test_an_outage_that_takes_longer_goes_on_and_a_forgotten_one_does_not(api: Api) -> None:
    outage = announced(api)
    assert current(AT + 26 * HOUR - MINUTE) == [outage]
    assert current(AT + 26 * HOUR) == []


def test_outages_of_a_city_are_found_however_it_is_written(api: Api) -> None:
    outage = announced(api, cities=["Olinda", "São Luís"])
    assert current(AT, "SAO LUIS ") == [outage]
    assert current(AT, "Recife") == []


def test_the_earliest_outage_comes_first(api: Api) -> None:
    second = announced(api)
    first = announced(api, starts_at=(AT - HOUR).isoformat())
    assert current(AT) == [first, second]


def test_a_process_reads_once_a_minute_and_still_knows_what_begins_meanwhile(api: Api) -> None:
    known = Outages.from_env()
    planned = announced(api, starts_at=(AT + MINUTE / 2).isoformat())
    assert known.current(AT) == ()
    later = announced(api)
    assert [each.id for each in known.current(AT + MINUTE / 2)] == [planned]
    assert {each.id for each in known.current(AT + MINUTE)} == {planned, later}


def test_flows_get_the_cities_and_the_text_of_the_customers_language(api: Api) -> None:
    announced(api, cities=["Recife", "Olinda"])
    outages = Outages.from_env().current(AT)
    expected = [{"area": "Recife, Olinda", "note": "a fibre is cut"}]
    assert as_field(outages, Language.ENGLISH) == expected


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"cities": []}, "cities"),
        ({"cities": ["  "]}, "cities.0"),
        ({"text": {"pt-BR": "queda"}}, "text"),
        ({"text": TEXT | {"en": " "}}, "text.en"),
        ({"starts_at": "2026-10-15T12:00:00"}, "starts_at"),
        ({"expected_end": AT.isoformat()}, ""),
    ],
)
def test_an_outage_that_lacks_something_is_refused_with_the_field(
    api: Api, wrong: dict[str, Any], field: str
) -> None:
    answer = api("POST", PATH, new(**wrong))
    assert (answer.status, answer.body["field"]) == (422, field)
    assert not api.ok("GET", PATH)["items"]


def test_no_time_is_too_far_away_to_list(api: Api) -> None:
    outage = announced(
        api, starts_at="0001-01-01T00:00:00+14:00", expected_end="9999-12-31T23:59:59-12:00"
    )
    assert current(AT) == [outage]


def test_an_unknown_outage_cannot_be_ended(api: Api) -> None:
    assert api("POST", f"{PATH}/otg_1/end").status == 404


def test_viewers_see_outages_and_only_admins_announce_them(api: Api) -> None:
    viewer = token(Role.VIEWER)
    assert api("GET", PATH, token=viewer).status == 200
    assert api("POST", PATH, new(), token=viewer).status == 403
    assert api("POST", f"{PATH}/otg_1/end", token=viewer).status == 403


def test_an_outage_that_was_called_off_is_over_from_then_on() -> None:
    outage = Outage.model_validate(new() | {"id": "o", "announced_at": AT, "ended_at": AT + HOUR})
    assert outage.current(AT + HOUR - MINUTE)
    assert not outage.current(AT + HOUR)
