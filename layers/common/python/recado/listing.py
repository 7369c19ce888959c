"""Lists that are read page by page: the page every API answers with, and the index behind it."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from recado import table
from recado.errors import Rejected
from recado.model import Frozen

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEX = "listing"
"""The index with `listing_pk` (what is listed) and `listing_sk` (in which order)."""

T = TypeVar("T")


class Page(Frozen, Generic[T]):
    """Some of a list, and the cursor that asks for more (`None`: that was all)."""

    items: tuple[T, ...]
    cursor: str | None = None


@dataclass(frozen=True)
class ItemPage:
    """A page of stored items."""

    items: list[table.Item]
    cursor: str | None


class Listing:
    """The listing index of a table."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    def page(
        self, what: str, cursor: str | None, limit: int, *, newest_first: bool = False
    ) -> ItemPage:
        """At most `limit` items of what is listed under `what`, after `cursor`.

        Raises:
            Rejected: the cursor is not one this method returned.
        """
        request: dict[str, Any] = {}
        if cursor:
            request["ExclusiveStartKey"] = _to_key(what, cursor)
        answer = self._dynamodb.query(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="listing_pk = :what",
            ExpressionAttributeValues={":what": {"S": what}},
            ScanIndexForward=not newest_first,
            Limit=limit,
            **request,
        )
        last = answer.get("LastEvaluatedKey")
        return ItemPage(
            items=[dict(item) for item in answer["Items"]],
            cursor=_to_cursor(dict(last)) if last else None,
        )


def _to_cursor(key: table.Item) -> str:
    parts = [key[name]["S"] for name in ("pk", "sk", "listing_sk")]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def _to_key(what: str, cursor: str) -> table.Item:
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        pk, sk, listing_sk = (str(part) for part in parts)
    except (ValueError, TypeError, binascii.Error) as error:
        raise Rejected("this cursor is not one that Recado returned", field="cursor") from error
    return table.to_item({"pk": pk, "sk": sk, "listing_pk": what, "listing_sk": listing_sk})
