"""Counting in the table: a fact once, a campaign's counters as far as they moved."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from monitoring.domain.counting import Entry, summed
from monitoring.domain.mail import Snapshot, by_lane
from recado import settings, table
from recado.figures.board import MONTHS, campaign_key, days_of
from recado.figures.facts import REMEMBERED_FOR
from recado.figures.lines import line_sort
from recado.figures.names import Figures, Service, total
from recado.figures.periods import month_of
from recado.model import Lane

MOST_AT_ONCE = 10
"""Facts counted in one transaction: with a kind and a server each, their counters still fit an
update expression's 4 KB."""
_WATCHED = "WATCHED"

Write = dict[str, Any]


class Book:
    """The counters, as monitoring writes them."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Book":
        """The book of the deployed suite."""
        return cls(settings.text("MONITORING_TABLE"), table.client())

    # ─── facts ─────────────────────────────────────────────────────────────────────────────────

    def count(self, entries: Iterable[Entry], now: datetime) -> int:
        """Count facts that were not counted before; returns how many those were.

        Raises:
            Retryable: others kept touching the same counters.
        """
        once = list({entry.identity: entry for entry in entries}.values())
        return sum(
            self._count(once[start : start + MOST_AT_ONCE], now)
            for start in range(0, len(once), MOST_AT_ONCE)
        )

    def _count(self, fresh: list[Entry], now: datetime) -> int:
        while fresh:
            marks = [self._mark(entry, now) for entry in fresh]
            try:
                table.transact([*marks, *self._lines(summed(fresh))], dynamodb=self._dynamodb)
            except table.TransactionRefused as refused:
                codes = refused.reasons[: len(fresh)]
                fresh = [entry for entry, code in zip(fresh, codes, strict=True) if code == "None"]
            else:
                return len(fresh)
        return 0

    def _lines(self, added: Mapping[tuple[date, Service], Figures]) -> list[Write]:
        """The updates of days and months; a transaction takes each item once."""
        lines: dict[tuple[str, str], Figures] = {}
        for (day, service), figures in added.items():
            month = (MONTHS, line_sort(month_of(day), service))
            lines[days_of(month_of(day)), line_sort(day.isoformat(), service)] = figures
            lines[month] = total([lines.get(month, {}), figures])
        return [self._add(pk, sort, figures) for (pk, sort), figures in lines.items()]

    def _mark(self, entry: Entry, now: datetime) -> Write:
        expiry = {"expires_at": int((now + REMEMBERED_FOR).timestamp())}
        return {
            "Put": {
                "TableName": self._table,
                "Item": _seen(entry) | table.to_item(expiry),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def uncounted(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those of at most 100 entries that were not counted yet."""
        keys = [_seen(entry) for entry in {each.identity: each for each in entries}.values()]
        known: set[str] = set()
        while keys:
            answer = self._dynamodb.batch_get_item(
                RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}}
            )
            known |= {item["pk"]["S"] for item in answer["Responses"].get(self._table, [])}
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        return [entry for entry in entries if _seen(entry)["pk"]["S"] not in known]

    def read_to(self, source: str) -> str | None:
        """How far a service's list was read: the id of the last fact."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_reading(source), ConsistentRead=True
        ).get("Item")
        return str(item["fact_id"]["S"]) if item else None

    def note_read_to(self, source: str, fact_id: str) -> None:
        """Remember how far a service's list was read."""
        item = _reading(source) | table.to_item({"fact_id": fact_id})
        self._dynamodb.put_item(TableName=self._table, Item=item)

    # ─── mail ──────────────────────────────────────────────────────────────────────────────────

    def snapshot(self, campaign_id: str) -> Snapshot | None:
        """A campaign as it was last looked at."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=campaign_key(campaign_id, "SNAPSHOT"), ConsistentRead=True
        ).get("Item")
        return Snapshot.model_validate_json(item["state"]["S"]) if item else None

    def watch(self, campaign_id: str, lane: Lane, now: datetime) -> None:
        """Look at a campaign from now on; one that is looked at already stays as it is."""
        first = Snapshot(campaign_id=campaign_id, lane=lane, moved_at=now)
        try:
            table.transact(
                [self._put(first, "attribute_not_exists(pk)"), self._listed(campaign_id)],
                dynamodb=self._dynamodb,
            )
        except table.TransactionRefused:
            table.transact([self._listed(campaign_id)], dynamodb=self._dynamodb)

    def watched(self) -> Iterator[str]:
        """The campaigns that may still move."""
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :watched",
            ExpressionAttributeValues={":watched": {"S": _WATCHED}},
            ConsistentRead=True,
        ):
            yield from (item["sk"]["S"] for item in page)

    def move(self, after: Snapshot, day: date, moved: Figures) -> bool:
        """Store a new look at a campaign and what it moved by; False where somebody else looked."""
        writes = [
            self._put(after, "version = :read", {":read": {"N": str(after.version - 1)}}),
            *self._lines({(day, Service.MAIL): by_lane(after.lane, moved)}),
            self._add(f"CAMPAIGN#{after.campaign_id}", f"DAY#{day.isoformat()}", moved),
        ]
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return False
        return True

    def unwatch(self, campaign_id: str) -> None:
        """Nothing of a campaign moves any more."""
        key = table.to_item({"pk": _WATCHED, "sk": campaign_id})
        self._dynamodb.delete_item(TableName=self._table, Key=key)

    def _put(self, snapshot: Snapshot, condition: str, values: table.Item | None = None) -> Write:
        item = campaign_key(snapshot.campaign_id, "SNAPSHOT") | table.to_item(
            {"version": snapshot.version, "state": snapshot.model_dump_json()}
        )
        put: Write = {"TableName": self._table, "Item": item, "ConditionExpression": condition}
        if values:
            put["ExpressionAttributeValues"] = values
        return {"Put": put}

    def _listed(self, campaign_id: str) -> Write:
        item = table.to_item({"pk": _WATCHED, "sk": campaign_id})
        return {"Put": {"TableName": self._table, "Item": item}}

    # ─── mending ───────────────────────────────────────────────────────────────────────────────

    def correct(self, day: date, service: Service, missing: Figures) -> None:
        """Add what a recount found missing to a day and its month."""
        table.transact(self._lines({(day, service): missing}), dynamodb=self._dynamodb)

    def correct_month(self, month: str, service: Service, missing: Figures) -> None:
        """Add to a month what its days have and it has not."""
        change = self._add(MONTHS, line_sort(month, service), missing)
        table.transact([change], dynamodb=self._dynamodb)

    def _add(self, pk: str, sort: str, figures: Figures) -> Write:
        return {
            "Update": {
                "TableName": self._table,
                "Key": table.to_item({"pk": pk, "sk": sort}),
                **adding(figures),
            }
        }


def _seen(entry: Entry) -> table.Item:
    return table.to_item({"pk": f"SEEN#{entry.identity}", "sk": "SEEN"})


def _reading(source: str) -> table.Item:
    return table.to_item({"pk": "READ", "sk": source})


def adding(figures: Figures) -> dict[str, Any]:
    """The part of an update that adds to counters."""
    counted = list(figures.items())
    return {
        "UpdateExpression": "ADD " + ", ".join(f"#n{at} :n{at}" for at in range(len(counted))),
        "ExpressionAttributeNames": {f"#n{at}": name for at, (name, _) in enumerate(counted)},
        "ExpressionAttributeValues": {
            f":n{at}": {"N": str(number)} for at, (_, number) in enumerate(counted)
        },
    }
