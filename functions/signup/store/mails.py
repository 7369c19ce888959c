"""Mails that were dealt with, letters that are to be sent, and mails to look at again."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from recado import settings, table, wire
from recado.listing import Page
from recado.outgoing import Fact, Outgoing
from signup.domain.deciding import Decision
from signup.domain.invitations import Invitation
from signup.domain.letters import Letter
from signup.domain.post import Handled, MailOutcome
from signup.store import keys
from signup.store.invitations import InvitationStore

_SENT_LIFE = timedelta(days=30)


class Stale(Exception):
    """Somebody else changed the invitation, or dealt with the mail: read again."""


class MailStore:
    """What became of every mail, and what is to be written back."""

    def __init__(
        self,
        table_name: str,
        dynamodb: table.DynamoDB,
        outgoing: Outgoing,
        invitations: InvitationStore,
    ) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._outgoing = outgoing
        self._invitations = invitations

    @classmethod
    def from_env(cls, outgoing: Outgoing, invitations: InvitationStore) -> "MailStore":
        """The mails of the deployed suite."""
        return cls(settings.text("SIGNUP_TABLE"), wire.client(), outgoing, invitations)

    # ─── what became of mails ──────────────────────────────────────────────────────────────────

    def handled(self, mail_id: str) -> Handled | None:
        """What became of a mail, if it was dealt with."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=keys.mail(mail_id), ConsistentRead=True
        ).get("Item")
        return Handled.model_validate_json(item["state"]["S"]) if item else None

    def commit(
        self,
        before: Invitation | None,
        decision: Decision,
        facts: tuple[Fact, ...],
        now: datetime,
        handled: Handled | None = None,
    ) -> None:
        """Write all that a decision changes, or nothing.

        Raises:
            Stale: the invitation changed since it was read, or the mail was dealt with.
        """
        writes = [*self._outgoing.writes(facts)]
        if before is not None and decision.invitation is not None:
            writes += self._invitations.changes(before, decision.invitation)
        if decision.letter is not None:
            writes.append(self._put(self._letter(decision.letter)))
        if handled is not None:
            writes += self._handled(handled, now)
        try:
            table.transact(writes, dynamodb=self._dynamodb)
        except table.TransactionRefused as refused:
            raise Stale from refused

    def review(self, cursor: str | None, limit: int) -> Page[Handled]:
        """Mails that a person should look at, the newest first."""
        request: dict[str, Any] = (
            {"ExclusiveStartKey": keys.key(keys.REVIEW, cursor)} if cursor else {}
        )
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.REVIEW}},
            ScanIndexForward=False,
            Limit=limit,
            **request,
        )
        items = answer["Items"]
        found = tuple(Handled.model_validate_json(item["state"]["S"]) for item in items)
        more = "LastEvaluatedKey" in answer
        return Page[Handled](items=found, cursor=items[-1]["sk"]["S"] if more else None)

    # ─── letters ───────────────────────────────────────────────────────────────────────────────

    def letters(self) -> Iterator[Letter]:
        """Letters that may not be on the queue yet."""
        for page in table.pages(
            self._dynamodb.query,
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.LETTERS}},
            ConsistentRead=True,
        ):
            for item in page:
                yield Letter.model_validate_json(item["state"]["S"])

    def queued(self, letter: Letter) -> None:
        """A letter is on the queue."""
        self._dynamodb.delete_item(TableName=self._table, Key=keys.key(keys.LETTERS, letter.id))

    def claim(self, letter_id: str, now: datetime, lease: timedelta) -> bool:
        """Take a letter in hand, unless it was sent or somebody has it."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=keys.sent(letter_id),
                UpdateExpression="SET held_until = :until, expires_at = :forget",
                ConditionExpression="attribute_not_exists(sent_at) AND"
                " (attribute_not_exists(held_until) OR held_until < :now)",
                ExpressionAttributeValues={
                    ":until": {"S": (now + lease).isoformat()},
                    ":now": {"S": now.isoformat()},
                    ":forget": keys.expiry(now, _SENT_LIFE)["expires_at"],
                },
            )
        except ClientError as error:
            if not table.condition_failed(error):
                raise
            return False
        return True

    def was_sent(self, letter_id: str) -> bool:
        """Whether a letter was sent, or given up."""
        item = self._dynamodb.get_item(
            TableName=self._table, Key=keys.sent(letter_id), ConsistentRead=True
        ).get("Item", {})
        return "sent_at" in item

    def note_sent(self, letter_id: str, now: datetime, what: str) -> None:
        """A letter was sent, or will never be; `what` says which."""
        self._finish(letter_id, "SET sent_at = :at, outcome = :what", now, what)

    def release(self, letter_id: str) -> None:
        """A letter certainly did not leave: whoever comes next may take it."""
        self._dynamodb.update_item(
            TableName=self._table, Key=keys.sent(letter_id), UpdateExpression="REMOVE held_until"
        )

    def _finish(self, letter_id: str, update: str, now: datetime, what: str) -> None:
        self._dynamodb.update_item(
            TableName=self._table,
            Key=keys.sent(letter_id),
            UpdateExpression=update,
            ExpressionAttributeValues={":at": {"S": now.isoformat()}, ":what": {"S": what}},
        )

    # ───────────────────────────────────────────────────────────────────────────────────────────

    def _handled(self, handled: Handled, now: datetime) -> list[keys.Write]:
        state = {"state": {"S": handled.model_dump_json()}}
        kept = self._put(keys.mail(handled.mail_id) | state | keys.expiry(now))
        kept["Put"]["ConditionExpression"] = "attribute_not_exists(pk)"
        if handled.outcome is not MailOutcome.REVIEW:
            return [kept]
        place = keys.key(keys.REVIEW, f"{now.isoformat()}#{handled.mail_id}")
        return [kept, self._put(place | state | keys.expiry(now, keys.REVIEW_LIFE))]

    def _letter(self, letter: Letter) -> table.Item:
        return keys.key(keys.LETTERS, letter.id) | {"state": {"S": letter.model_dump_json()}}

    def _put(self, item: Mapping[str, Any]) -> keys.Write:
        return {"Put": {"TableName": self._table, "Item": dict(item)}}
