"""Reading consolidated figures, always by key or by a range of keys. Key formats of the table:

    pk DAYS#<month>    sk <day>#<service>      a day's counters of a service
    pk MONTHS          sk <month>#<service>    a month's, moved in the same transactions
    pk CAMPAIGN#<id>   sk DAY#<day>            what a campaign's mail added on a day
    pk CAMPAIGN#<id>   sk SNAPSHOT             the campaign as it was last looked at
    pk WATCHED         sk <campaign>           campaigns that may still move
    pk SEEN#<identity> sk SEEN                 a fact that was counted (`expires_at`)
    pk READ            sk <table>              how far a service's list of facts was read
    pk HEALTH          sk HEALTH               what the last check of the queues found
    pk REPORTS         sk SETTINGS | SENT#<…>  who gets which report, and which were sent

A counter is a number attribute of its own name, a day and a month are the operator's.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from recado import settings, table, wire
from recado.figures.health import Health
from recado.figures.names import Figures, Service, total
from recado.figures.periods import Period, month_of, pieces

MONTHS = "MONTHS"

Consolidated = dict[Service, dict[str, int]]
"""Counters by service."""


def days_of(month: str) -> str:
    """The partition of a month's days: small, so that a range of it is read at once anywhere."""
    return f"DAYS#{month}"


def line_sort(when: str, service: str) -> str:
    """The sort key of a service's counters of a day or a month."""
    return f"{when}#{service}"


def campaign_key(campaign_id: str, sort: str) -> table.Item:
    """The key of an item about a campaign."""
    return table.to_item({"pk": f"CAMPAIGN#{campaign_id}", "sk": sort})


def counters(item: Mapping[str, Any]) -> dict[str, int]:
    """The counters of an item."""
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}


class FiguresBoard:
    """Read access to the consolidated figures for every service."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "FiguresBoard":
        """The figures of the deployed suite."""
        return cls(settings.text("MONITORING_TABLE"), wire.client())

    def of(self, period: Period) -> Consolidated:
        """A period's figures, by service: at most three queries however long it is."""
        made_of = pieces(period)
        found: list[tuple[Service, Figures]] = []
        if made_of.months:
            found += [(service, line) for _, service, line in self._lines(MONTHS, *made_of.months)]
        for days in made_of.days:
            found += [(service, line) for _, service, line in self._days(days)]
        return {
            service: total(line for owner, line in found if owner is service) for service in Service
        }

    def by_day(self, period: Period) -> dict[date, Consolidated]:
        """The figures of each day of a period on which anything was counted."""
        found: dict[date, Consolidated] = {}
        for when, service, line in self._days(period):
            found.setdefault(date.fromisoformat(when), {})[service] = line
        return found

    def campaign_days(self, campaign_id: str) -> dict[date, dict[str, int]]:
        """What a campaign's mail added on each day."""
        items = self._query(campaign_key(campaign_id, "")["pk"]["S"], "DAY#", "DAY$")
        return {date.fromisoformat(each["sk"]["S"][4:]): counters(each) for each in items}

    def _days(self, period: Period) -> Iterator[tuple[str, Service, dict[str, int]]]:
        first, last = period.first.isoformat(), period.last.isoformat()
        for month in dict.fromkeys(map(month_of, period.each_day())):
            yield from self._lines(days_of(month), first, last)

    def _lines(
        self, kind: str, first: str, last: str
    ) -> Iterator[tuple[str, Service, dict[str, int]]]:
        for item in self._query(kind, f"{first}#", f"{last}#~"):
            when, _, service = item["sk"]["S"].partition("#")
            yield when, Service(service), counters(item)

    def _query(self, pk: str, first: str, last: str) -> Iterator[table.Item]:
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=table.to_item({":pk": pk, ":first": first, ":last": last}),
        ):
            yield from page


_HEALTH: table.Item = {"pk": {"S": "HEALTH"}, "sk": {"S": "HEALTH"}}


class HealthBoard:
    """What the last check of the queues found."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "HealthBoard":
        """The board of the deployed suite."""
        return cls(settings.text("MONITORING_TABLE"), wire.client())

    def note(self, health: Health) -> None:
        """Keep what a check found; only monitoring does."""
        item = _HEALTH | table.to_item({"state": health.model_dump_json()})
        self._dynamodb.put_item(TableName=self._table, Item=item)

    def latest(self) -> Health | None:
        """The last check; `None` before the first."""
        item = self._dynamodb.get_item(TableName=self._table, Key=_HEALTH).get("Item")
        return Health.model_validate_json(item["state"]["S"]) if item else None
