"""Imports: how far each is, and what was refused."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from central.domain.imports import MAX_REPORTED, Import, ImportStatus
from central.domain.intake import Refusal
from central.store.customers import Write
from recado import settings, table
from recado.errors import NotFound
from recado.listing import Listing, Page

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LISTED = "IMPORTS"


class ImportStore:
    """Imports in central's table."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._listing = Listing(table_name, dynamodb)

    @classmethod
    def from_env(cls) -> "ImportStore":
        """The imports of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def create(self, job: Import) -> None:
        """Store a new import."""
        listed = table.to_item({"listing_pk": LISTED, "listing_sk": job.id})
        self._dynamodb.put_item(
            TableName=self._table, Item=_key(job.id, "IMPORT") | listed | _attributes(job)
        )

    def get(self, import_id: str) -> Import:
        """An import as it stands now.

        Raises:
            NotFound: there is none with this id.
        """
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_key(import_id, "IMPORT"), ConsistentRead=True
        ).get("Item")
        if not item:
            raise NotFound(f"there is no import {import_id}")
        return to_import(dict(item))

    def page(self, cursor: str | None, limit: int) -> Page[Import]:
        """Imports, the newest first."""
        found = self._listing.page(LISTED, cursor, limit, newest_first=True)
        return Page[Import](items=tuple(map(to_import, found.items)), cursor=found.cursor)

    def save(self, before: Import, after: Import) -> bool:
        """Replace what is stored, unless another reader has moved it on; False then."""
        try:
            table.transact([self._replacement(before, after)], dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return False
        return True

    def progress(
        self, before: Import, after: Import, refused: Sequence[Refusal], part: str | None
    ) -> list[Write]:
        """The writes that move an import on; the first one guards them all.

        `part` is the file that holds the batch's refused rows.
        """
        writes = [self._replacement(before, after)]
        reported = refused[: max(0, MAX_REPORTED - before.rejected)]
        if reported:
            writes.append(self._append_errors(before.id, reported))
        if part:
            item = _key(before.id, _part_sort(before.offset)) | table.to_item({"file": part})
            writes.append({"Put": {"TableName": self._table, "Item": item}})
        return writes

    def errors(self, import_id: str) -> list[dict[str, Any]]:
        """The first refused rows: line, id and reason."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=_key(import_id, "ERRORS"), ConsistentRead=True
        ).get("Item", {})
        found = table.from_item(item).get("errors", [])
        return [error | {"line": int(error["line"])} for error in found]

    def parts(self, import_id: str) -> Iterator[str]:
        """The files that hold the refused rows, in the order of the rows."""
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :part)",
            ExpressionAttributeValues=table.to_item(
                {":pk": f"IMPORT#{import_id}", ":part": "PART#"}
            ),
            ConsistentRead=True,
        ):
            yield from (item["file"]["S"] for item in page)

    def _replacement(self, before: Import, after: Import) -> Write:
        values = after.model_dump(mode="json", exclude={"id"}, exclude_none=True)
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(before.id, "IMPORT"),
                "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
                "ConditionExpression": "#status = :was_status AND #offset = :was_offset",
                "ExpressionAttributeNames": {f"#{name}": name for name in values},
                "ExpressionAttributeValues": table.to_item(
                    {f":{name}": value for name, value in values.items()}
                    | {":was_status": before.status, ":was_offset": before.offset}
                ),
            }
        }

    def _append_errors(self, import_id: str, refused: Sequence[Refusal]) -> Write:
        shown = [{"line": row.line, "id": row.id, "reason": row.reason[:500]} for row in refused]
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(import_id, "ERRORS"),
                "UpdateExpression": (
                    "SET #errors = list_append(if_not_exists(#errors, :none), :new)"
                ),
                "ExpressionAttributeNames": {"#errors": "errors"},
                "ExpressionAttributeValues": table.to_item({":none": [], ":new": shown}),
            }
        }


def _key(import_id: str, sort: str) -> table.Item:
    return table.to_item({"pk": f"IMPORT#{import_id}", "sk": sort})


def _part_sort(offset: int) -> str:
    return f"PART#{offset:015d}"


def _attributes(job: Import) -> table.Item:
    return table.to_item(job.model_dump(mode="json", exclude_none=True))


def to_import(item: table.Item) -> Import:
    """An import from its stored item."""
    values = table.from_item(item)
    known = {name: values[name] for name in Import.model_fields if name in values}
    return Import.model_validate(known | {"status": ImportStatus(values["status"])})
