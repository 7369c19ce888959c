"""Batches and invitations: written once, then changed from the version that was read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from recado import settings, table, wire
from recado.errors import NotFound
from recado.listing import Page
from recado.outgoing import Fact, Outgoing
from signup.domain.invitations import Batch, Invitation, Place, State
from signup.store import keys

_AT_ONCE = 90
"""Writes of one transaction; DynamoDB takes 100."""
_NEW = "attribute_not_exists(pk)"


class InvitationStore:
    """The invitations of one deployment."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB, outgoing: Outgoing) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._outgoing = outgoing

    @classmethod
    def from_env(cls, outgoing: Outgoing) -> "InvitationStore":
        """The invitations of the deployed suite."""
        return cls(settings.text("SIGNUP_TABLE"), wire.client(), outgoing)

    # ─── reading ───────────────────────────────────────────────────────────────────────────────

    def batch(self, batch_id: str) -> Batch:
        """A batch.

        Raises:
            NotFound: there is none of that id.
        """
        found = self.find_batch(batch_id)
        if found is None:
            raise NotFound(f"there is no batch {batch_id}")
        return found

    def find_batch(self, batch_id: str) -> Batch | None:
        """A batch, if there is one."""
        item = self._get(keys.of_batch(batch_id, keys.BATCH))
        if item is None:
            return None
        refusal = item["refusal"]["S"] if "refusal" in item else ""
        return Batch.model_validate_json(item["state"]["S"]).model_copy(update={"refusal": refusal})

    def counts(self, batch_id: str) -> dict[str, int]:
        """How many people of a batch are in which stored state."""
        item = self._get(keys.of_batch(batch_id, keys.COUNTS)) or {}
        return {state: int(item[state]["N"]) for state in State if state in item}

    def batches(self, cursor: str | None, limit: int) -> Page[Batch]:
        """Batches, the newest first, after the one `cursor` names."""
        found, more = self._page(keys.BATCHES, "bat_", cursor or "", limit, newest_first=True)
        ids = [item["sk"]["S"] for item in found]
        return Page[Batch](items=tuple(map(self.batch, ids)), cursor=ids[-1] if more else None)

    def invitation(self, place: Place) -> Invitation | None:
        """An invitation, if there is one."""
        item = self._get(keys.invitation(place))
        return _invitation(item) if item else None

    def invitations(self, batch_id: str, cursor: str | None, limit: int) -> Page[Invitation]:
        """The invitations of a batch by number, after the one whose number is `cursor`."""
        after = f"{keys.INVITATION}{int(cursor):08d}" if cursor else ""
        pk = f"BATCH#{batch_id}"
        found, more = self._page(pk, keys.INVITATION, after, limit, newest_first=False)
        people = tuple(map(_invitation, found))
        return Page[Invitation](items=people, cursor=str(people[-1].number) if more else None)

    # ─── writing ───────────────────────────────────────────────────────────────────────────────

    def add(self, batch: Batch, invitations: Sequence[Invitation], facts: Iterable[Fact]) -> None:
        """Write a batch, its invitations first and the facts with it last.

        Doing it again after a crash writes what is missing, and changes nothing else.
        """
        for start in range(0, len(invitations), _AT_ONCE):
            part = invitations[start : start + _AT_ONCE]
            self._once([self.put(each, _NEW) for each in part])
        state = {"state": {"S": batch.model_dump_json()}} | keys.expiry(batch.invited_at)
        sent = {State.SENT.value: {"N": str(len(invitations))}} | keys.expiry(batch.invited_at)
        self._once(
            [
                self._put(keys.of_batch(batch.id, keys.BATCH) | state, _NEW),
                self._put(keys.of_batch(batch.id, keys.COUNTS) | sent, _NEW),
                self._put(keys.key(keys.BATCHES, batch.id) | keys.expiry(batch.invited_at)),
                *self._outgoing.writes(facts),
            ]
        )

    def refuse(self, batch_id: str, reason: str) -> None:
        """Note why a batch's campaign was not launched.

        Raises:
            NotFound: there is no such batch.
        """
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=keys.of_batch(batch_id, keys.BATCH),
                UpdateExpression="SET refusal = :reason",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":reason": {"S": reason[:1_000]}},
            )
        except ClientError as error:
            if not table.condition_failed(error):
                raise
            raise NotFound(f"there is no batch {batch_id}") from error

    def changes(self, before: Invitation, after: Invitation) -> list[keys.Write]:
        """The writes that turn one version of an invitation into the next."""
        condition = {
            "ConditionExpression": "#version = :read",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":read": {"N": str(before.version)}},
        }
        new = after.model_copy(update={"version": before.version + 1})
        put = self.put(new)
        put["Put"] |= condition
        moved = [self._count(before, after)] if before.state is not after.state else []
        return [put, *moved]

    def put(self, invitation: Invitation, condition: str = "") -> keys.Write:
        """The write of an invitation."""
        item = keys.invitation(invitation.place) | {
            "state": {"S": invitation.model_dump_json()},
            "version": {"N": str(invitation.version)},
        }
        return self._put(item | keys.expiry(invitation.expires_at), condition)

    def _count(self, before: Invitation, after: Invitation) -> keys.Write:
        return {
            "Update": {
                "TableName": self._table,
                "Key": keys.of_batch(before.batch_id, keys.COUNTS),
                "UpdateExpression": "ADD #left :less, #entered :more",
                "ExpressionAttributeNames": {
                    "#left": before.state.value,
                    "#entered": after.state.value,
                },
                "ExpressionAttributeValues": {":less": {"N": "-1"}, ":more": {"N": "1"}},
            }
        }

    def _once(self, writes: list[keys.Write]) -> None:
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused:
            return  # an earlier attempt wrote all of it

    def _put(self, item: table.Item, condition: str = "") -> keys.Write:
        put: keys.Write = {"TableName": self._table, "Item": item}
        return {"Put": put | ({"ConditionExpression": condition} if condition else {})}

    def _get(self, key: table.Item) -> Mapping[str, Any] | None:
        answer = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        found: Mapping[str, Any] | None = answer.get("Item")
        return found

    def _page(
        self, pk: str, prefix: str, after: str, limit: int, *, newest_first: bool
    ) -> tuple[list[Mapping[str, Any]], bool]:
        """At most `limit` items of a partition after a sort key, and whether there may be more."""
        request: dict[str, Any] = {"ExclusiveStartKey": keys.key(pk, after)} if after else {}
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
            ScanIndexForward=not newest_first,
            Limit=limit,
            **request,
        )
        return list(answer["Items"]), "LastEvaluatedKey" in answer


def _invitation(item: Mapping[str, Any]) -> Invitation:
    return Invitation.model_validate_json(item["state"]["S"])
