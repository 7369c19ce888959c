"""Keys of chat's table, and when its items are forgotten."""

from datetime import datetime, timedelta
from typing import Any

from recado import table

UNANSWERED, IDLE, CODES = "UNANSWERED", "IDLE", "CODES"
"""The lists. infra/access.yaml lets chat delete what stands on them, and nothing else."""
HEAD, LINE, MESSAGE, EARLY, FACT, ASKED = "HEAD", "LINE#", "MSG#", "EARLY#", "FACT#", "ASKED#"
LAST = 99_999_999
"""The largest number a key of eight digits holds."""

Write = dict[str, Any]
"""One write of a transaction."""


def key(conversation_id: str, sk: str) -> table.Item:
    """An item of a conversation."""
    return {"pk": {"S": f"CNV#{conversation_id}"}, "sk": {"S": sk}}


def listed(name: str, sk: str) -> table.Item:
    """An item of a list."""
    return {"pk": {"S": name}, "sk": {"S": sk}}


def numbered(prefix: str, number: int) -> str:
    """A sort key that sorts by number."""
    return f"{prefix}{number:08d}"


def of_handover(handover: int) -> str:
    """What the keys of a handover's early facts begin with."""
    return f"{FACT}{handover:06d}#"


def asked(digest: str) -> table.Item:
    """When codes were asked for."""
    return {"pk": {"S": f"{ASKED}{digest}"}, "sk": {"S": CODES}}


def expiry(at: datetime, life: timedelta) -> dict[str, dict[str, str]]:
    """The attribute by which DynamoDB forgets an item."""
    return {"expires_at": {"N": str(int((at + life).timestamp()))}}
