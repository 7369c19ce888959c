"""How often each person was written to: items beside the suppressed addresses, and what they allow.

Key format: `email cap#<address in lower case>`; `turns` holds `<day>:<campaign>/<recipient>` of
each mail that still counts, `expires_at` lets DynamoDB forget the item once none does.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from recado import settings, table, wire
from recado.errors import Retryable
from sender.domain.caps import Asked, Cap, History, Turn, decide
from sender.domain.mail import Mail
from sender.store import SuppressionStore

_PREFIX = "cap#"
_ATTEMPTS = 10
_DAY_SECONDS = 86_400


class CapStore:
    """Takes a turn for everybody marketing writes to, and refuses whoever had enough."""

    def __init__(
        self, table_name: str, dynamodb: table.DynamoDB, beside: SuppressionStore, cap: Cap
    ) -> None:
        self._table = table_name
        self._dynamodb = dynamodb
        self._beside = beside
        self.cap = cap

    @classmethod
    def from_env(cls, beside: SuppressionStore) -> "CapStore | None":
        """The cap of the deployed suite; `None` without one.

        Raises:
            Misconfigured: MARKETING_CAP is not like `3/7d`.
        """
        text = settings.optional("MARKETING_CAP")
        if not text:
            return None
        try:
            cap = Cap.parse(text)
        except ValueError as error:
            raise settings.Misconfigured(
                f"the environment variable MARKETING_CAP {error}"
            ) from error
        return cls(settings.text("SUPPRESSION_TABLE"), wire.client(), beside, cap)

    @staticmethod
    def keys(addresses: Collection[str]) -> list[str]:
        """What to read of the table to know how often these addresses were written to."""
        return [_PREFIX + address.lower() for address in addresses if address]

    def take(
        self, campaign_id: str, mails: Sequence[tuple[Mail, str]], day: int, seen: Mapping[str, Any]
    ) -> frozenset[int]:
        """Take a turn for each mail and its recipient's id; returns the positions over the cap.

        `seen` holds the items as they were just read. Two campaigns at once cannot both take the
        last turn: a history is replaced only as it was read, else all are read and decided anew.

        Raises:
            Retryable: others kept writing to the same people.
        """
        asked = [
            Asked(mail.position, mail.address.lower(), f"{campaign_id}/{recipient_id}")
            for mail, recipient_id in mails
        ]
        addresses = {each.address for each in asked}
        for _ in range(_ATTEMPTS):
            histories = {address: _history(seen.get(_PREFIX + address)) for address in addresses}
            decision = decide(self.cap, histories, asked, day)
            try:
                self._replace(histories, decision.changed)
            except table.TransactionRefused:
                seen = self._beside.read(self.keys(addresses))
            else:
                return decision.refused
        raise Retryable(f"others keep writing to the people of {campaign_id}")

    def _replace(self, before: Mapping[str, History], after: Mapping[str, History]) -> None:
        puts = [self._put(address, before[address], after[address]) for address in after]
        if puts:
            table.transact(puts, dynamodb=self._dynamodb)

    def _put(self, address: str, before: History, after: History) -> dict[str, Any]:
        expires_at = (max(turn.day for turn in after) + self.cap.days + 2) * _DAY_SECONDS
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": {
                "email": {"S": _PREFIX + address},
                "turns": {"S": _text(after)},
                "expires_at": {"N": str(expires_at)},
            },
            "ConditionExpression": "attribute_not_exists(email)",
        }
        if before:
            put["ConditionExpression"] = "turns = :seen"
            put["ExpressionAttributeValues"] = {":seen": {"S": _text(before)}}
        return {"Put": put}


def _text(history: History) -> str:
    return " ".join(f"{turn.day}:{turn.mail}" for turn in history)


def _history(item: Mapping[str, Any] | None) -> History:
    written = item["turns"]["S"].split(" ") if item else []
    return tuple(Turn(int(day), mail) for day, _, mail in (each.partition(":") for each in written))
