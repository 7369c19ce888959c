"""The DynamoDB calls that senders make, on dictionaries. One call at a time, so each is atomic."""

from collections import defaultdict
from typing import Any

from loadtests.cloud.expressions import Invalid, Item, holds, updated

Request = dict[str, Any]
_KEYS = (("pk", "sk"), ("email",))


class Refused(Exception):
    """An error reply: its code, and what else the reply holds."""

    def __init__(self, code: str, **body: Any) -> None:
        super().__init__(code)
        self.code = code
        self.body = body


class Tables:
    """All tables; each exists as soon as it is written to."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[tuple[str, ...], Item]] = defaultdict(dict)
        self._calls = {
            "GetItem": self._get,
            "BatchGetItem": self._batch_get,
            "PutItem": self._put,
            "UpdateItem": self._update,
            "TransactWriteItems": self._transact,
        }

    def call(self, operation: str, request: Request) -> dict[str, Any]:
        """Answer one call.

        Raises:
            Refused: a condition did not hold, or the call is not one that senders make.
        """
        handle = self._calls.get(operation)
        if handle is None:
            raise Refused("ValidationException", message=f"the double has no {operation}")
        try:
            return handle(request)
        except Invalid as error:
            raise Refused("ValidationException", message=str(error)) from error

    def _get(self, request: Request) -> dict[str, Any]:
        found = self._tables[request["TableName"]].get(_key(request["Key"]))
        return {"Item": found} if found else {}

    def _batch_get(self, request: Request) -> dict[str, Any]:
        responses = {
            name: [
                found
                for key in asked["Keys"]
                if (found := self._tables[name].get(_key(key))) is not None
            ]
            for name, asked in request["RequestItems"].items()
        }
        return {"Responses": responses, "UnprocessedKeys": {}}

    def _put(self, request: Request) -> dict[str, Any]:
        self._check(request, request["Item"])
        self._store(request["TableName"], request["Item"])
        return {}

    def _update(self, request: Request) -> dict[str, Any]:
        before = self._check(request, request["Key"])
        after = self._after(request, before)
        self._store(request["TableName"], after)
        return {"Attributes": after} if request.get("ReturnValues") == "ALL_NEW" else {}

    def _transact(self, request: Request) -> dict[str, Any]:
        """Check every write before any is made."""
        writes = [next(iter(each.items())) for each in request["TransactItems"]]
        reasons = []
        for kind, write in writes:
            try:
                self._check(write, write["Item"] if kind == "Put" else write["Key"])
                reasons.append({"Code": "None"})
            except Refused:
                reasons.append({"Code": "ConditionalCheckFailed"})
        if any(reason["Code"] != "None" for reason in reasons):
            raise Refused("TransactionCanceledException", CancellationReasons=reasons)
        for kind, write in writes:
            if kind == "Put":
                self._store(write["TableName"], write["Item"])
            elif kind == "Update":
                before = self._tables[write["TableName"]].get(_key(write["Key"]), write["Key"])
                self._store(write["TableName"], self._after(write, before))
            elif kind != "ConditionCheck":
                raise Invalid(f"{kind} in a transaction")
        return {}

    def _check(self, request: Request, keyed: Item) -> Item:
        """The item as it is (its key alone when it is new), if the condition holds for it."""
        stored = self._tables[request["TableName"]].get(_key(keyed))
        condition = request.get("ConditionExpression")
        names, values = _words(request)
        if condition and not holds(condition, names, stored or {}, values):
            old = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and stored
            raise Refused("ConditionalCheckFailedException", **({"Item": stored} if old else {}))
        return stored or {name: keyed[name] for name in _key_names(keyed)}

    def _after(self, request: Request, before: Item) -> Item:
        names, values = _words(request)
        return updated(request["UpdateExpression"], names, before, values)

    def _store(self, table: str, item: Item) -> None:
        self._tables[table][_key(item)] = item


def _key_names(item: Item) -> tuple[str, ...]:
    for names in _KEYS:
        if all(name in item for name in names):
            return names
    raise Invalid(f"no key in {sorted(item)}")


def _key(item: Item) -> tuple[str, ...]:
    return tuple(item[name]["S"] for name in _key_names(item))


def _words(request: Request) -> tuple[dict[str, str], Item]:
    return (
        request.get("ExpressionAttributeNames", {}),
        request.get("ExpressionAttributeValues", {}),
    )
