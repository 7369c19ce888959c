"""How far a mailbox was read, who reads it now, and which mails are to be read again.

Key formats: `signup.store`. UIDs only grow while a mailbox keeps its UIDVALIDITY (RFC 3501, section
2.3.1.1), so one number says what was read; with another UIDVALIDITY reading begins anew, and mails
that were dealt with are recognised by what they are.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from recado import settings, table, wire
from recado.model import Frozen
from signup.store import keys


class Mark(Frozen):
    """All mails with a UID up to `uid` were read, or stand on the list of those to read again."""

    uidvalidity: int = 0
    uid: int = 0


class Again(Frozen):
    """A mail that made trouble, how often, and what the last one was."""

    uidvalidity: int
    uid: int
    attempts: int = 0
    trouble: str = ""


class LostLease(Exception):
    """Somebody else reads the mailbox now."""


class MailboxStore:
    """The mailboxes of one deployment (there is one)."""

    def __init__(self, table_name: str, dynamodb: table.DynamoDB) -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "MailboxStore":
        """The mailboxes of the deployed suite."""
        return cls(settings.text("SIGNUP_TABLE"), wire.client())

    def take(self, name: str, holder: str, now: datetime, lease: timedelta) -> Mark | None:
        """Begin to read a mailbox: the mark to go on from; `None` while somebody else reads it."""
        try:
            after = self._dynamodb.update_item(
                TableName=self._table,
                Key=keys.mailbox(name),
                UpdateExpression="SET holder = :me, held_until = :until",
                ConditionExpression="attribute_not_exists(held_until) OR held_until < :now",
                ExpressionAttributeValues={
                    ":me": {"S": holder},
                    ":until": {"S": (now + lease).isoformat()},
                    ":now": {"S": now.isoformat()},
                },
                ReturnValues="ALL_NEW",
            )["Attributes"]
        except ClientError as error:
            if not table.condition_failed(error):
                raise
            return None
        return Mark(
            uidvalidity=int(after["uidvalidity"]["N"]) if "uidvalidity" in after else 0,
            uid=int(after["uid"]["N"]) if "uid" in after else 0,
        )

    def advance(self, name: str, holder: str, mark: Mark) -> None:
        """Note how far the mailbox was read.

        Raises:
            LostLease: the lease ran out, and somebody else took the mailbox.
        """
        self._as_holder(
            name,
            holder,
            "SET uidvalidity = :validity, #uid = :uid",
            {":validity": {"N": str(mark.uidvalidity)}, ":uid": {"N": str(mark.uid)}},
            {"#uid": "uid"},
        )

    def leave(self, name: str, holder: str, now: datetime) -> None:
        """Let others read the mailbox."""
        try:
            self._as_holder(
                name,
                holder,
                "SET checked_at = :at REMOVE held_until",
                {":at": {"S": now.isoformat()}},
            )
        except LostLease:
            return

    def again(self, name: str, uidvalidity: int) -> Iterator[Again]:
        """The mails to read again; what belongs to another UIDVALIDITY is forgotten."""
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :name)",
            ExpressionAttributeValues={":pk": {"S": keys.AGAIN}, ":name": {"S": f"{name}#"}},
            ConsistentRead=True,
        ):
            for item in page:
                found = Again.model_validate_json(item["state"]["S"])
                if found.uidvalidity == uidvalidity:
                    yield found
                else:
                    self.settled(name, found.uidvalidity, found.uid)

    def read_again(self, name: str, again: Again) -> None:
        """Put a mail on the list of those to read again."""
        item = _again_key(name, again.uidvalidity, again.uid)
        self._dynamodb.put_item(
            TableName=self._table, Item=item | {"state": {"S": again.model_dump_json()}}
        )

    def settled(self, name: str, uidvalidity: int, uid: int) -> None:
        """Take a mail off that list."""
        self._dynamodb.delete_item(TableName=self._table, Key=_again_key(name, uidvalidity, uid))

    def _as_holder(
        self,
        name: str,
        holder: str,
        update: str,
        values: dict[str, dict[str, str]],
        names: dict[str, str] | None = None,
    ) -> None:
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=keys.mailbox(name),
                UpdateExpression=update,
                ConditionExpression="holder = :me",
                ExpressionAttributeValues={":me": {"S": holder}, **values},
                **({"ExpressionAttributeNames": names} if names else {}),
            )
        except ClientError as error:
            if not table.condition_failed(error):
                raise
            raise LostLease from error


def _again_key(name: str, uidvalidity: int, uid: int) -> table.Item:
    return keys.key(keys.AGAIN, f"{name}#{uidvalidity}#{uid:010d}")
