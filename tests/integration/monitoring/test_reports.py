"""Reports through central's API: a period, the one before it, its days, a table, health."""

import csv
import io
import json
from datetime import timedelta

import pytest

from recado import auth
from tests.factories import AT
from tests.integration.central.conftest import Api, token
from tests.integration.monitoring.conftest import Monitored
from tests.unit.monitoring.facts import chat, ticket


@pytest.fixture
def api(monitored: Monitored) -> Api:
    """The API, called by somebody who may only look."""
    return Api(token(auth.Role.VIEWER))


def test_a_period_stands_beside_the_one_before_it(api: Api, monitored: Monitored) -> None:
    yesterday = AT - timedelta(days=1)
    told = [chat(1, AT, ("speed",)), chat(2, AT, ("speed",), 1), chat(3, yesterday)]
    for event in (*told, ticket(1, AT)):
        monitored.hear(json.loads(monitored.happen(event, AT)))
    report = api.ok("GET", "/v1/reports/period", **{"from": "2026-10-15", "to": "2026-10-15"})
    assert report["period"]["chat"]["chats"] == 2
    assert report["period"]["chat"]["containment"] == 0.5
    assert report["period"]["desk"]["servers"]["north"]["wait_seconds"] == 1.0
    assert (report["previous"]["first"], report["previous"]["chat"]["chats"]) == ("2026-10-14", 1)
    assert report["overdue"]["aging"]["90+"] == {"invoices": 0, "amount": "0.00"}
    month = api.ok("GET", "/v1/reports/period")
    assert (month["period"]["first"], month["period"]["chat"]["chats"]) == ("2026-10-01", 3)
    year = api.ok("GET", "/v1/reports/period", **{"from": "2026-01-01", "to": "2026-12-31"})
    assert year["period"]["chat"]["chats"] == 3


def test_days_are_shown_one_by_one_and_as_a_table(api: Api, monitored: Monitored) -> None:
    monitored.hear(json.loads(monitored.happen(chat(1, AT, ("=1+1",)), AT)))
    asked = {"from": "2026-10-14", "to": "2026-10-15"}
    days = api.ok("GET", "/v1/reports/days", **asked)["items"]
    assert [day["chat"]["chats"] for day in days] == [0, 1]
    table = api("GET", "/v1/reports/export", **asked)
    assert table.status == 200
    first, second = csv.DictReader(io.StringIO(table.body.removeprefix("\ufeff")))
    assert (first["first"], second["first"]) == ("2026-10-14", "2026-10-15")
    assert (first["chat.chats"], second["chat.intents.=1+1"]) == ("0", "1")


def test_a_period_that_makes_no_sense_is_refused_with_its_field(api: Api) -> None:
    wrong = api("GET", "/v1/reports/period", **{"from": "2026-10-15", "to": "2026-10-14"})
    assert (wrong.status, wrong.body["field"]) == (422, "to")
    long = api("GET", "/v1/reports/days", **{"from": "2026-01-01", "to": "2026-10-14"})
    assert (long.status, long.body["field"]) == (422, "to")


def test_health_is_what_monitoring_saw_last(api: Api, monitored: Monitored) -> None:
    assert api.ok("GET", "/v1/reports/health")["attention"] == [
        "nobody has looked yet: wait five minutes"
    ]
    monitored.every_five_minutes()
    health = api.ok("GET", "/v1/reports/health")
    assert [queue["queue"] for queue in health["queues"]] == ["PlanQueue", "MonitoringQueue"]
    assert (health["attention"], health["errors"]) == ([], None)
