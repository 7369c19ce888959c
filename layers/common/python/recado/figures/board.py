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

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from recado import settings, table, wire
from recado.figures.health import Health
from recado.figures.lines import Line, Lines
from recado.figures.names import Figures, Service, total
from recado.figures.periods import Period

MONTHS = "MONTHS"

Consolidated = dict[Service, dict[str, int]]
"""Counters by service."""


def days_of(month: str) -> str:
    """The partition of a month's days: small, so that a range of it is read at once anywhere."""
    return f"DAYS#{month}"


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
        self._lines = Lines(table_name, dynamodb, MONTHS, days_of)

    @classmethod
    def from_env(cls) -> "FiguresBoard":
        """The figures of the deployed suite."""
        return cls(settings.text("MONITORING_TABLE"), wire.client())

    def of(self, *periods: Period) -> list[Consolidated]:
        """Each period's figures, by service: three queries and one for each part of a month."""
        return [_by_service(found) for found in self._lines.of(*periods)]

    def by_day(self, period: Period) -> dict[date, Consolidated]:
        """The figures of each day of a period on which anything was counted."""
        found: dict[date, Consolidated] = {}
        for when, service, item in self._lines.by_day(period):
            found.setdefault(date.fromisoformat(when), {})[Service(service)] = counters(item)
        return found

    def campaign_days(self, campaign_id: str) -> dict[date, dict[str, int]]:
        """What a campaign's mail added on each day."""
        items = self._query(campaign_key(campaign_id, "")["pk"]["S"], "DAY#", "DAY$")
        return {date.fromisoformat(each["sk"]["S"][4:]): counters(each) for each in items}

    def _query(self, pk: str, first: str, last: str) -> Iterator[table.Item]:
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues=table.to_item({":pk": pk, ":first": first, ":last": last}),
        ):
            yield from page


def _by_service(lines: Iterable[Line]) -> Consolidated:
    found: dict[str, list[Figures]] = defaultdict(list)
    for _, service, item in lines:
        found[service].append(counters(item))
    return {service: total(found[service]) for service in Service}


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
