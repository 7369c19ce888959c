"""A table in memory that does what chat's store asks of DynamoDB, one request at a time.

It knows the two conditions and the three key conditions that the store writes, and refuses all
else; the integration tests show that DynamoDB's own rules accept them.
"""

from collections.abc import Callable
from copy import deepcopy
from threading import Lock
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]
PAGE = 1_000


class MemoryTable:
    """One table; `on_write` is called before each transaction, to let others be faster."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], Item] = {}
        self.on_write: Callable[[], None] = lambda: None
        self.refused = 0
        self._lock = Lock()

    def get_item(self, *, Key: Item, **_: Any) -> Item:  # noqa: N803
        with self._lock:
            found = self.items.get(_key(Key))
            return {"Item": deepcopy(found)} if found else {}

    def query(self, **request: Any) -> Item:
        values = request["ExpressionAttributeValues"]
        chosen = _chooser(request["KeyConditionExpression"], values)
        with self._lock:
            found = [item for key, item in sorted(self.items.items()) if chosen(*key)]
        if not request.get("ScanIndexForward", True):
            found.reverse()
        return {"Items": deepcopy(found[: request.get("Limit", PAGE)])}

    def delete_item(self, *, Key: Item, **_: Any) -> Item:  # noqa: N803
        with self._lock:
            self.items.pop(_key(Key), None)
            return {}

    def transact_write_items(self, *, TransactItems: list[Item]) -> Item:  # noqa: N803
        self.on_write()
        with self._lock:
            keys = [_key(each.get("Item") or each["Key"]) for _, each in _each(TransactItems)]
            assert len(set(keys)) == len(keys) <= 100, "DynamoDB takes 100 items, each once"
            held = [_holds(each, self.items) for _, each in _each(TransactItems)]
            if not all(held):
                self.refused += 1
                raise _refusal(held)
            for what, each in _each(TransactItems):
                if what == "Put":
                    self.items[_key(each["Item"])] = deepcopy(each["Item"])
                else:
                    self.items.pop(_key(each["Key"]), None)
            return {}

    def of(self, pk: str) -> list[str]:
        """The sort keys of a partition."""
        return [sk for each, sk in sorted(self.items) if each == pk]

    def __getattr__(self, operation: str) -> Any:
        raise AttributeError(f"chat's store does not use {operation}")


def _key(item: Item) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _each(writes: list[Item]) -> list[tuple[str, Item]]:
    return [entry for write in writes for entry in write.items()]


def _holds(write: Item, items: dict[tuple[str, str], Item]) -> bool:
    condition = write.get("ConditionExpression")
    there = items.get(_key(write.get("Item") or write["Key"]))
    if condition is None:
        return True
    if condition == "attribute_not_exists(pk)":
        return there is None
    assert condition == "#version = :read", condition
    read = write["ExpressionAttributeValues"][":read"]
    return there is not None and there[write["ExpressionAttributeNames"]["#version"]] == read


def _chooser(condition: str, values: Item) -> Callable[[str, str], bool]:
    given = {name: value["S"] for name, value in values.items()}
    match condition:
        case "pk = :pk AND sk BETWEEN :first AND :last":
            return lambda pk, sk: pk == given[":pk"] and given[":first"] <= sk <= given[":last"]
        case "pk = :name AND sk < :to":
            return lambda pk, sk: pk == given[":name"] and sk < given[":to"]
        case "pk = :pk AND sk < :before":
            return lambda pk, sk: pk == given[":pk"] and sk < given[":before"]
    raise AssertionError(condition)


def _refusal(held: list[bool]) -> ClientError:
    reasons = [{"Code": "None" if each else "ConditionalCheckFailed"} for each in held]
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": reasons,
    }
    return ClientError(answer, "TransactWriteItems")
