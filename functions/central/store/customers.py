"""Customers, their invoices and the running totals, which all change together."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from central.domain.balance import Tally
from central.domain.customers import oldest_due
from central.domain.intake import Changes, InvoiceId, Known, KnownCustomer, KnownInvoice, Source
from central.store.statistics import total_key
from recado import settings, table
from recado.directory import customer_key, invoice_key, listing_key, lookup_key, to_customer
from recado.errors import Retryable
from recado.listing import Page
from recado.lookups import lookups
from recado.model import Invoice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_WRITES = 100
"""What one DynamoDB transaction takes."""
_MAX_READS = 100
_READ_ATTEMPTS = 8

Write = dict[str, Any]


class Stale(Exception):
    """Somebody else changed a record since it was read: read it again."""


class CustomerStore:
    """The writing side of customers and invoices; `recado.directory` is the reading one."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "CustomerStore":
        """The customers of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def known(self, customer_ids: Iterable[str], invoice_ids: Iterable[InvoiceId] = ()) -> Known:
        """What is stored of these customers and invoices, consistently read.

        Raises:
            Retryable: DynamoDB kept holding items back.
        """
        keys = [customer_key(customer_id) for customer_id in dict.fromkeys(customer_ids)]
        keys += [invoice_key(*invoice_id) for invoice_id in dict.fromkeys(invoice_ids)]
        customers: dict[str, KnownCustomer] = {}
        invoices: dict[InvoiceId, KnownInvoice] = {}
        for item in self._items(keys):
            if item["sk"]["S"] == "PROFILE":
                customer = to_known_customer(item)
                customers[customer.customer.id] = customer
            else:
                invoice = to_known_invoice(item)
                invoices[invoice.invoice.customer_id, invoice.invoice.id] = invoice
        return Known(customers, invoices)

    def invoices(self, customer_id: str, cursor: str | None, limit: int) -> Page[Invoice]:
        """A customer's invoices by id, at most `limit`, after the one `cursor` names."""
        request: dict[str, Any] = {}
        if cursor:
            request["ExclusiveStartKey"] = invoice_key(customer_id, cursor)
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :invoice)",
            ExpressionAttributeValues={
                ":pk": customer_key(customer_id)["pk"],
                ":invoice": {"S": "INVOICE#"},
            },
            Limit=limit,
            **request,
        )
        found = tuple(to_known_invoice(item).invoice for item in answer["Items"])
        more = "LastEvaluatedKey" in answer
        return Page[Invoice](items=found, cursor=found[-1].id if more else None)

    def commit(self, changes: Changes) -> None:
        """Write changes, all or nothing.

        Raises:
            Stale: a customer is no longer the version the changes were made from.
        """
        try:
            table.transact(self.writes(changes), dynamodb=self._dynamodb)
        except table.TransactionRefused as error:
            raise Stale from error

    def writes(self, changes: Changes) -> list[Write]:
        """The transaction that makes these changes."""
        return [
            *(self._put_customer(customer) for customer in changes.customers.values()),
            *(
                self._put_lookup(lookup, customer_id)
                for customer_id, customer in changes.customers.items()
                for lookup in sorted(customer.new_lookups)
            ),
            *(self._put_invoice(invoice) for invoice in changes.invoices.values()),
            *(
                self._note_source(customer_key(customer_id), source)
                for customer_id, source in changes.seen_customers.items()
            ),
            *(
                self._note_source(invoice_key(*invoice_id), source)
                for invoice_id, source in changes.seen_invoices.items()
            ),
            *(self._add(name, tally) for name, tally in changes.tallies.items()),
        ]

    def _items(self, keys: list[table.Item]) -> Iterator[Mapping[str, Any]]:
        for start in range(0, len(keys), _MAX_READS):
            waiting = keys[start : start + _MAX_READS]
            for _ in range(_READ_ATTEMPTS):
                answer = self._dynamodb.batch_get_item(
                    RequestItems={self._table: {"Keys": waiting, "ConsistentRead": True}}
                )
                yield from answer["Responses"].get(self._table, [])
                held_back = answer.get("UnprocessedKeys", {}).get(self._table)
                waiting = [dict(key) for key in held_back["Keys"]] if held_back else []
                if not waiting:
                    break
            else:
                raise Retryable("DynamoDB kept holding back items of a batch")

    def _put_customer(self, known: KnownCustomer) -> Write:
        customer = known.customer
        due = oldest_due(customer)
        attributes = customer.model_dump(mode="json") | {
            "oldest_due": due.isoformat() if due else None,
            "version": known.version + 1,
            "source": _source_value(known.source),
            "findable": True,
        }
        put: Write = {
            "TableName": self._table,
            "Item": customer_key(customer.id)
            | listing_key(customer.id)
            | table.to_item(attributes),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if known.version:
            put["ConditionExpression"] = "#version = :read"
            put["ExpressionAttributeNames"] = {"#version": "version"}
            put["ExpressionAttributeValues"] = table.to_item({":read": known.version})
        return {"Put": put}

    def _put_lookup(self, lookup: str, customer_id: str) -> Write:
        return {"Put": {"TableName": self._table, "Item": lookup_key(lookup, customer_id)}}

    def _put_invoice(self, known: KnownInvoice) -> Write:
        invoice = known.invoice
        attributes = invoice.model_dump(mode="json") | {"source": _source_value(known.source)}
        item = invoice_key(invoice.customer_id, invoice.id) | table.to_item(attributes)
        return {"Put": {"TableName": self._table, "Item": item}}

    def _note_source(self, key: table.Item, source: Source) -> Write:
        return {
            "Update": {
                "TableName": self._table,
                "Key": key,
                "UpdateExpression": "SET #source = :source",
                "ConditionExpression": "attribute_exists(pk)",
                "ExpressionAttributeNames": {"#source": "source"},
                "ExpressionAttributeValues": table.to_item({":source": _source_value(source)}),
            }
        }

    def _add(self, name: str, tally: Tally) -> Write:
        moved = {field: Decimal(value) for field, value in vars(tally).items() if value}
        return {
            "Update": {
                "TableName": self._table,
                "Key": total_key(name),
                "UpdateExpression": "ADD " + ", ".join(f"#{name} :{name}" for name in moved),
                "ExpressionAttributeNames": {f"#{name}": name for name in moved},
                "ExpressionAttributeValues": table.to_item(
                    {f":{name}": value for name, value in moved.items()}
                ),
            }
        }


def to_known_customer(item: Mapping[str, Any]) -> KnownCustomer:
    """A customer from the stored item."""
    values = table.from_item(item)
    customer = to_customer(item)
    return KnownCustomer(
        customer,
        int(values["version"]),
        _to_source(values.get("source")),
        lookups(customer) if values.get("findable") else frozenset(),
    )


def to_known_invoice(item: Mapping[str, Any]) -> KnownInvoice:
    """An invoice from the stored item."""
    values = table.from_item(item)
    known = {name: values[name] for name in Invoice.model_fields if name in values}
    return KnownInvoice(Invoice.model_validate(known), _to_source(values.get("source")))


def _source_value(source: Source | None) -> dict[str, Any] | None:
    return vars(source) if source else None


def _to_source(value: dict[str, Any] | None) -> Source | None:
    return Source(file=value["file"], line=int(value["line"])) if value else None
