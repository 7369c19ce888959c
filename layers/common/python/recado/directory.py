"""Read access to customers for every service; only `central` writes them.

Key formats (central's table):

    customer   pk CUSTOMER#<id>   sk PROFILE        listed in CUSTOMERS#<shard> by id
    invoice    pk CUSTOMER#<id>   sk INVOICE#<id>

Customers are also found by e-mail address and document (`recado.lookups`).

A segment is read by walking the listing in the order of customer ids. A cursor only moves forward
over ids, so nobody is read twice however much records change meanwhile.
"""

import zlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from recado import settings, table
from recado.contracts import Segment, SegmentAudience
from recado.errors import Rejected
from recado.listing import INDEX
from recado.lookups import by_document, by_email, lookups
from recado.model import Customer, Frozen, Invoice

SHARDS = 8
"""Listing partitions of customers: one DynamoDB partition takes 1,000 writes a second."""

FOUND_AT_MOST = 25
"""How many customers a shared address or document finds."""


def customer_key(customer_id: str) -> table.Item:
    """The primary key of a customer."""
    return table.to_item({"pk": f"CUSTOMER#{customer_id}", "sk": "PROFILE"})


def invoice_key(customer_id: str, invoice_id: str) -> table.Item:
    """The primary key of an invoice."""
    return table.to_item({"pk": f"CUSTOMER#{customer_id}", "sk": f"INVOICE#{invoice_id}"})


def shard_of(customer_id: str) -> int:
    """The listing partition a customer belongs to."""
    return zlib.crc32(customer_id.encode()) % SHARDS


def listing_key(customer_id: str) -> table.Item:
    """The listing index's key of a customer."""
    shard = f"CUSTOMERS#{shard_of(customer_id)}"
    return table.to_item({"listing_pk": shard, "listing_sk": customer_id})


def lookup_key(lookup: str, customer_id: str) -> table.Item:
    """The primary key of the item that finds a customer in a partition of `recado.lookups`."""
    return table.to_item({"pk": lookup, "sk": customer_id})


def to_customer(item: Mapping[str, Any]) -> Customer:
    """A customer from its stored item."""
    values = table.from_item(item)
    return Customer.model_validate(
        {name: values[name] for name in Customer.model_fields if name in values}
    )


def to_invoice(item: Mapping[str, Any]) -> Invoice:
    """An invoice from its stored item."""
    values = table.from_item(item)
    return Invoice.model_validate(
        {name: values[name] for name in Invoice.model_fields if name in values}
    )


class CustomerPage(Frozen):
    """Some customers, and where to go on (`None`: that was all)."""

    customers: tuple[Customer, ...]
    cursor: str | None


class Directory:
    """The customers, to read."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Directory":
        """The directory of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def get(self, customer_id: str) -> Customer | None:
        """One customer, if there is one."""
        item = self._dynamodb.get_item(TableName=self._table, Key=customer_key(customer_id)).get(
            "Item"
        )
        return to_customer(item) if item else None

    def invoices(self, customer_id: str, at_most: int = 1_000) -> tuple[Invoice, ...]:
        """A customer's invoices by id, paid and cancelled ones too; no more than `at_most`."""
        found: list[Invoice] = []
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :invoice)",
            ExpressionAttributeValues={
                ":pk": customer_key(customer_id)["pk"],
                ":invoice": {"S": "INVOICE#"},
            },
        ):
            found += map(to_invoice, page)
            if len(found) >= at_most:
                break
        return tuple(found[:at_most])

    def with_email(self, email: str) -> tuple[Customer, ...]:
        """The customers who have this e-mail address now, by id; at most `FOUND_AT_MOST`."""
        return self._found(by_email(email))

    def with_document(self, document: str) -> tuple[Customer, ...]:
        """The customers who have this CPF or CNPJ now, by id; at most `FOUND_AT_MOST`."""
        return self._found(by_document(document))

    def page(
        self, audience: SegmentAudience, as_of: date, cursor: str | None, limit: int
    ) -> CustomerPage:
        """The next customers of a segment, at most `limit`, from `cursor` (`None`: the first).

        Raises:
            Rejected: the cursor is not one this method returned.
        """
        shard, after = _parse_cursor(cursor)
        found: list[Customer] = []
        while shard < SHARDS and len(found) < limit:
            wanted = limit - len(found)
            answer = self._dynamodb.query(**self._request(audience, as_of, shard, after, wanted))
            found += [to_customer(item) for item in answer["Items"][:wanted]]
            last = answer.get("LastEvaluatedKey")
            if len(answer["Items"]) > wanted:
                after = found[-1].id
            else:
                shard, after = (shard, last["listing_sk"]["S"]) if last else (shard + 1, "")
        return CustomerPage(
            customers=tuple(found), cursor=f"{shard}:{after}" if shard < SHARDS else None
        )

    def count(self, audience: SegmentAudience, as_of: date, enough: int, reads: int) -> int | None:
        """How many customers a segment has, at most `enough`; `None` if `reads` do not tell.

        A read goes through a megabyte of customers, whether or not they belong to the segment.
        """
        counted, shard, after = 0, 0, ""
        for _ in range(reads):
            request = self._request(audience, as_of, shard, after, max(1, enough - counted))
            answer = self._dynamodb.query(**request, Select="COUNT")
            counted += int(answer["Count"])
            last = answer.get("LastEvaluatedKey")
            shard, after = (shard, last["listing_sk"]["S"]) if last else (shard + 1, "")
            if counted >= enough or shard == SHARDS:
                return min(counted, enough)
        return None

    def _found(self, lookup: str) -> tuple[Customer, ...]:
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :lookup",
            ExpressionAttributeValues={":lookup": {"S": lookup}},
            ConsistentRead=True,
            Limit=FOUND_AT_MOST,
        )
        customers = [self.get(item["sk"]["S"]) for item in answer["Items"]]
        return tuple(each for each in customers if each and lookup in lookups(each))

    def _request(
        self, audience: SegmentAudience, as_of: date, shard: int, after: str, limit: int
    ) -> dict[str, Any]:
        names, values, filters = {}, {":shard": f"CUSTOMERS#{shard}"}, []
        if audience.segment is Segment.OVERDUE:
            filters.append("oldest_due <= :latest")
            latest = as_of - timedelta(days=audience.min_days_overdue)
            values[":latest"] = latest.isoformat()
        for field, wanted in (("plan", audience.plan), ("city", audience.city)):
            if wanted is not None:
                filters.append(f"#{field} = :{field}")
                names[f"#{field}"] = field
                values[f":{field}"] = wanted
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": INDEX,
            "KeyConditionExpression": "listing_pk = :shard",
            "ExpressionAttributeValues": table.to_item(values),
        }
        if filters:  # DynamoDB counts a limit before it filters: read full pages instead
            request["FilterExpression"] = " AND ".join(filters)
        else:
            request["Limit"] = limit
        if names:
            request["ExpressionAttributeNames"] = names
        if after:
            request["ExclusiveStartKey"] = customer_key(after) | listing_key(after)
        return request


def _parse_cursor(cursor: str | None) -> tuple[int, str]:
    shard, separator, after = (cursor or "0:").partition(":")
    if not separator or not shard.isdigit() or int(shard) >= SHARDS:
        raise Rejected("this cursor is not one that Recado returned", field="cursor")
    return int(shard), after
