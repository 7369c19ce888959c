"""Who may call the API: hashed bearer tokens with roles, denied by default.

A token reads `rcd_<id>_<secret>`. Its id finds the record; of the secret (256 random bits) only a
SHA-256 is kept, which is enough for a secret that nobody could guess or look up in a table.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Protocol

from recado import settings, table
from recado.errors import Forbidden, Unauthenticated
from recado.listing import Listing, Page
from recado.model import Frozen

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LISTED = "TOKENS"
_FORM = re.compile(r"rcd_(?P<id>[a-z0-9]{12})_(?P<secret>[A-Za-z0-9\-]{43})")


class Role(StrEnum):
    """What a token may do; each role includes the ones below it."""

    ADMIN = "admin"
    ATTENDANT = "attendant"
    VIEWER = "viewer"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do what `other` may."""
        return list(Role).index(self) <= list(Role).index(other)


class Caller(Frozen):
    """Who is behind a request."""

    token_id: str
    label: str
    role: Role


class TokenRecord(Frozen):
    """What is stored of a token."""

    id: str
    label: str
    role: Role
    secret_sha256: str
    created_at: datetime
    revoked_at: datetime | None = None


def key(token_id: str) -> table.Item:
    """The primary key of a token in central's table."""
    return table.to_item({"pk": f"TOKEN#{token_id}", "sk": "TOKEN"})


def issue(label: str, role: Role, at: datetime) -> tuple[str, TokenRecord]:
    """A new token: its text, shown once, and the record to store."""
    token_id = secrets.token_hex(6)
    secret = secrets.token_urlsafe(32).replace("_", "-")
    record = TokenRecord(
        id=token_id, label=label, role=role, secret_sha256=_digest(secret), created_at=at
    )
    return f"rcd_{token_id}_{secret}", record


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Tokens:
    """The token records in central's table."""

    def __init__(self, table_name: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table_name
        self._dynamodb = dynamodb

    @classmethod
    def from_env(cls) -> "Tokens":
        """The tokens of the deployed suite."""
        return cls(settings.text("CENTRAL_TABLE"), table.client())

    def put(self, record: TokenRecord) -> None:
        """Store a new token's record."""
        order = f"{record.created_at.isoformat()}#{record.id}"
        item = table.to_item(
            record.model_dump(mode="json") | {"listing_pk": LISTED, "listing_sk": order}
        )
        self._dynamodb.put_item(TableName=self._table, Item=key(record.id) | item)

    def page(self, cursor: str | None, limit: int) -> Page[TokenRecord]:
        """Token records, the newest first."""
        found = Listing(self._table, self._dynamodb).page(LISTED, cursor, limit, newest_first=True)
        return Page[TokenRecord](items=tuple(map(_to_record, found.items)), cursor=found.cursor)

    def revoke(self, token_id: str, at: datetime) -> bool:
        """Make a token useless from now on; False when there is no such token."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=key(token_id),
                UpdateExpression="SET revoked_at = :at",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues=table.to_item({":at": at.isoformat()}),
            )
        except self._dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def get(self, token_id: str) -> TokenRecord | None:
        """A token's record, if there is one."""
        found = self._dynamodb.get_item(
            TableName=self._table, Key=key(token_id), ConsistentRead=True
        ).get("Item")
        return _to_record(dict(found)) if found else None


def _to_record(item: table.Item) -> TokenRecord:
    values = table.from_item(item)
    return TokenRecord.model_validate({name: values.get(name) for name in TokenRecord.model_fields})


class KnownTokens(Protocol):
    """Where a token's record is looked up: central's table, or a fake."""

    def get(self, token_id: str) -> TokenRecord | None: ...


@cache
def tokens() -> Tokens:
    """The tokens this process checks against."""
    return Tokens.from_env()


def authenticate(header: str | None, known: KnownTokens) -> Caller:
    """Who sent this `Authorization` header.

    Raises:
        Unauthenticated: no header, a malformed one, an unknown or a revoked token; the message
            does not tell which of the last two.
    """
    scheme, _, text = (header or "").partition(" ")
    match = _FORM.fullmatch(text.strip()) if scheme.lower() == "bearer" else None
    if match is None:
        raise Unauthenticated(
            "send the header `Authorization: Bearer rcd_…` with a token of Recado"
        )
    record = known.get(match["id"])
    expected = record.secret_sha256 if record else _digest("")
    genuine = hmac.compare_digest(expected, _digest(match["secret"]))
    if record is None or not genuine or record.revoked_at is not None:
        raise Unauthenticated("this token is not known here, or it has been revoked")
    return Caller(token_id=record.id, label=record.label, role=record.role)


def require(caller: Caller, role: Role) -> None:
    """Raises `Forbidden` unless the caller's role includes `role`."""
    if not caller.role.includes(role):
        raise Forbidden(f"this needs the role {role}; the token {caller.label!r} is {caller.role}")
