"""Kinds, servers, attendants, rules and the calendar, as staff set them."""

from typing import Any

from botocore.exceptions import ClientError
from pydantic import BaseModel

from desk.domain.kinds import Kind
from desk.domain.rules import Rules
from desk.domain.servers import Health, Server
from desk.domain.sla import Calendar
from desk.domain.staff import Profile
from desk.store import ATTENDANT, CALENDAR, DESK, KIND, RULES, SERVER, desk_key, token_key
from desk.store.reading import kinds_of, to_profile, to_server
from recado import settings, table, wire
from recado.errors import Conflict, NotFound


class StaffStore:
    """What staff say about the desk."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "StaffStore":
        """The desk of the deployed suite."""
        return cls(settings.text("DESK_TABLE"), wire.client())

    def attendant_of(self, token_id: str) -> str | None:
        """Whose API token this is."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=token_key(token_id), ConsistentRead=True
        ).get("Item")
        return str(item["attendant_id"]["S"]) if item else None

    def kinds(self) -> list[Kind]:
        """The kinds of request, by id."""
        return kinds_of(self._all(KIND))

    def put_kinds(self, kinds: list[Kind]) -> None:
        """Store kinds; the others stay."""
        for kind in kinds:
            values = {"kind": kind.model_dump_json()}
            item = desk_key(f"{KIND}{kind.id}") | table.to_item(values)
            self._dynamodb.put_item(TableName=self._table, Item=item)

    def remove_kind(self, kind_id: str) -> None:
        """Forget a kind.

        Raises:
            NotFound: there is none of this id.
        """
        self._remove(f"{KIND}{kind_id}", "attribute_exists(pk)", {})

    def servers(self) -> list[Server]:
        """The servers, by id."""
        return [to_server(item) for item in self._all(SERVER)]

    def put_server(self, server_id: str, capacity: int) -> Server:
        """Store a server's capacity; a new one is up and serves nobody."""
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key=desk_key(f"{SERVER}{server_id}"),
            UpdateExpression=(
                "SET #capacity = :capacity, #load = if_not_exists(#load, :none),"
                " health = if_not_exists(health, :up)"
            ),
            ExpressionAttributeNames={"#capacity": "capacity", "#load": "load"},
            ExpressionAttributeValues=table.to_item(
                {":capacity": capacity, ":none": 0, ":up": Health.UP.value}
            ),
            ReturnValues="ALL_NEW",
        )
        return to_server(dict(answer["Attributes"]))

    def remove_server(self, server_id: str) -> None:
        """Forget a server.

        Raises:
            NotFound: there is none of this id.
            Conflict: it serves somebody.
        """
        self._remove(f"{SERVER}{server_id}", "#load = :none", {":none": 0})

    def profiles(self) -> list[Profile]:
        """The attendants, by id."""
        return [to_profile(item) for item in self._all(ATTENDANT)]

    def profile(self, attendant_id: str) -> Profile | None:
        """An attendant, if there is one."""
        item = self._item(f"{ATTENDANT}{attendant_id}")
        return to_profile(item) if item else None

    def put_profile(self, profile: Profile, before: Profile | None) -> None:
        """Store an attendant who was `before`, with the token that is theirs.

        Raises:
            Conflict: the server is not there, the token is another attendant's, they have tickets
                and would change server, or somebody else changed them meanwhile.
        """
        writes = [
            self._server_stands(profile),
            self._token_is(profile),
            self._described(profile, before),
        ]
        if before is not None and before.token_id != profile.token_id:
            writes.append(self._token_gone(before))
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused as error:
            raise Conflict(_why(profile, error.reasons)) from error

    def remove_profile(self, profile: Profile) -> None:
        """Forget an attendant and whose token that was.

        Raises:
            Conflict: they have tickets, or are signed in.
        """
        delete = {
            "TableName": self._table,
            "Key": desk_key(f"{ATTENDANT}{profile.id}"),
            "ConditionExpression": "#load = :none AND attribute_not_exists(lease_until)",
            "ExpressionAttributeNames": {"#load": "load"},
            "ExpressionAttributeValues": table.to_item({":none": 0}),
        }
        try:
            table.transact([{"Delete": delete}, self._token_gone(profile)], dynamodb=self._dynamodb)
        except table.TransactionRefused as error:
            raise Conflict(
                f"attendant {profile.id} is signed in or has tickets: let them sign out first"
            ) from error

    def rules(self) -> Rules:
        """The times and limits in force."""
        item = self._item(RULES)
        return Rules.model_validate_json(item["value"]["S"]) if item else Rules()

    def put_rules(self, rules: Rules) -> None:
        """Store times and limits; a lease already given keeps its length until the next sign-in."""
        self._put(RULES, rules)

    def calendar(self) -> Calendar | None:
        """The business hours, if staff set any."""
        item = self._item(CALENDAR)
        return Calendar.model_validate_json(item["value"]["S"]) if item else None

    def put_calendar(self, calendar: Calendar) -> None:
        """Store the business hours and holidays."""
        self._put(CALENDAR, calendar)

    def _server_stands(self, profile: Profile) -> dict[str, Any]:
        key = desk_key(f"{SERVER}{profile.server_id}")
        condition = "attribute_exists(pk)"
        return {
            "ConditionCheck": {
                "TableName": self._table,
                "Key": key,
                "ConditionExpression": condition,
            }
        }

    def _token_is(self, profile: Profile) -> dict[str, Any]:
        values = {"attendant_id": profile.id}
        return {
            "Put": {
                "TableName": self._table,
                "Item": token_key(profile.token_id) | table.to_item(values),
                "ConditionExpression": "attribute_not_exists(pk) OR attendant_id = :id",
                "ExpressionAttributeValues": {":id": {"S": profile.id}},
            }
        }

    def _token_gone(self, profile: Profile) -> dict[str, Any]:
        return {
            "Delete": {
                "TableName": self._table,
                "Key": token_key(profile.token_id),
                "ConditionExpression": "attendant_id = :id",
                "ExpressionAttributeValues": {":id": {"S": profile.id}},
            }
        }

    def _described(self, profile: Profile, before: Profile | None) -> dict[str, Any]:
        condition = "attribute_not_exists(pk)"
        values: dict[str, Any] = {
            ":name": profile.name,
            ":server": profile.server_id,
            ":skills": profile.skills,
            ":capacity": profile.capacity,
            ":token": profile.token_id,
            ":none": 0,
            ":yes": True,
        }
        if before is not None:
            condition = "token_id = :was AND (server_id = :server OR #load = :none)"
            values[":was"] = before.token_id
        return {
            "Update": {
                "TableName": self._table,
                "Key": desk_key(f"{ATTENDANT}{profile.id}"),
                "UpdateExpression": (
                    "SET #name = :name, server_id = :server, skills = :skills,"
                    " #capacity = :capacity, token_id = :token,"
                    " #load = if_not_exists(#load, :none),"
                    " available = if_not_exists(available, :yes)"
                ),
                "ConditionExpression": condition,
                "ExpressionAttributeNames": {
                    "#name": "name",
                    "#capacity": "capacity",
                    "#load": "load",
                },
                "ExpressionAttributeValues": table.to_item(values),
            }
        }

    def _put(self, sort: str, value: BaseModel) -> None:
        item = desk_key(sort) | table.to_item({"value": value.model_dump_json()})
        self._dynamodb.put_item(TableName=self._table, Item=item)

    def _item(self, sort: str) -> table.Item | None:
        found: table.Item | None = self._dynamodb.get_item(
            TableName=self._table, Key=desk_key(sort), ConsistentRead=True
        ).get("Item")
        return found

    def _all(self, prefix: str) -> list[table.Item]:
        found: list[table.Item] = []
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues=table.to_item({":pk": DESK, ":prefix": prefix}),
            ConsistentRead=True,
        ):
            found += page
        return found

    def _remove(self, sort: str, condition: str, values: dict[str, Any]) -> None:
        request: dict[str, Any] = {
            "TableName": self._table,
            "Key": desk_key(sort),
            "ConditionExpression": condition,
        }
        if values:
            request["ExpressionAttributeValues"] = table.to_item(values)
            request["ExpressionAttributeNames"] = {"#load": "load"}
        try:
            self._dynamodb.delete_item(**request)
        except ClientError as error:
            if not table.condition_failed(error):
                raise
            what = sort.replace("#", " ")
            if self._item(sort) is None:
                raise NotFound(f"there is no {what}") from error
            raise Conflict(f"{what} is serving somebody: wait until it is empty") from error


def _why(profile: Profile, reasons: list[str]) -> str:
    server, token, *_ = (reason == "ConditionalCheckFailed" for reason in reasons)
    if server:
        return f"there is no server {profile.server_id}: make it first"
    if token:
        return f"the token {profile.token_id} is another attendant's"
    return (
        f"attendant {profile.id} has tickets, so they stay on their server;"
        " or somebody else changed them just now: try again"
    )
