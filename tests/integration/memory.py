"""moto's memory: kept and put back whole between tests, and in a transaction only where it changes.

What moto does itself takes most of the time of these tests: it would make every resource anew for
each test, with an RSA key for each KMS key, and copy a table whole for each item of a transaction.
"""

import copyreg
import threading
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

Place = tuple[str, str, str]
"""A service, an account and a region."""

for made, make in ((type(threading.RLock()), threading.RLock), (threading.Condition,) * 2):
    copyreg.pickle(made, lambda _, make=make: (make, ()))  # a copy of a lock is a fresh one


@dataclass(frozen=True)
class Memory:
    """What moto remembers at a moment."""

    backends: dict[Place, Any]

    @classmethod
    def taken(cls) -> "Memory":
        """Of now; stacks are left out, since nobody asks for them again."""
        now = {
            (service.service_name, account, region): backend
            for service in BackendDict._instances
            for account, regions in service.items()
            for region, backend in regions.items()
            if service.service_name != "cloudformation"
        }
        return cls(deepcopy(now))

    def restore(self) -> None:
        """Give moto a copy of its own."""
        for (service, account, region), backend in deepcopy(self.backends).items():
            get_backend(service)[account][region] = backend  # type: ignore[call-overload]


def spare_tables() -> None:
    """From now on a transaction that is refused puts back the items it names, not whole tables.

    And calls come one at a time: moto's conditional writes and transactions are several steps, in
    the middle of which other threads would write. Between two calls anything may happen, as on AWS;
    what this cannot show is a query that sees half of a transaction.
    """
    DynamoHandler.call_action = _alone(DynamoHandler.call_action)  # type: ignore[method-assign]
    models.copy = SimpleNamespace(deepcopy=_no_tables)  # type: ignore[attr-defined]
    DynamoDBBackend.transact_write_items = _undone(  # type: ignore[method-assign]
        DynamoDBBackend.transact_write_items
    )


def _alone(answer: Callable[[DynamoHandler], Any]) -> Callable[[DynamoHandler], Any]:
    turn = threading.RLock()

    def call_action(handler: DynamoHandler) -> Any:
        with turn:
            return answer(handler)

    return call_action


def _no_tables(thing: Any) -> Any:
    return thing if isinstance(thing, Table) else deepcopy(thing)


def _undone(transact: Callable[..., None]) -> Callable[..., None]:
    def transact_write_items(backend: DynamoDBBackend, transact_items: list[Any]) -> None:
        before = [_item(backend, *action.values()) for action in transact_items]
        try:
            transact(backend, transact_items)
        except Exception:
            for table, hash_key, range_key, item in before:
                _put_back(table, hash_key, range_key, item)
            raise

    return transact_write_items


def _item(
    backend: DynamoDBBackend, action: dict[str, Any]
) -> tuple[Table, DynamoType, DynamoType | None, Any]:
    table = backend.get_table(action["TableName"])
    key = action.get("Key") or action["Item"]
    hash_key = DynamoType(key[table.hash_key_attr])
    range_key = DynamoType(key[table.range_key_attr]) if table.range_key_attr else None
    return table, hash_key, range_key, deepcopy(table.get_item(hash_key, range_key))


def _put_back(table: Table, hash_key: DynamoType, range_key: DynamoType | None, item: Any) -> None:
    items: Any = table.items if range_key is None else table.items[hash_key]
    place = hash_key if range_key is None else range_key
    if item is None:
        items.pop(place, None)
    else:
        items[place] = item
