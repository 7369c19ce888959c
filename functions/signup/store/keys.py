"""Keys of signup's table, and when its items are forgotten."""

from datetime import datetime, timedelta
from typing import Any

from recado import table
from signup.domain.invitations import Place

BATCHES, REVIEW = "BATCHES", "REVIEW"
AGAIN, LETTERS = "AGAIN", "LETTERS"
"""The lists. infra/access.yaml lets signup delete what stands on them, and nothing else."""
BATCH, COUNTS, INVITATION = "BATCH", "COUNTS", "INV#"
LIFE = timedelta(days=730)
"""Consent is proof: it is kept for two years with the invitation it belongs to."""
REVIEW_LIFE = timedelta(days=90)

Write = dict[str, Any]
"""One write of a transaction."""


def key(pk: str, sk: str) -> table.Item:
    """Any item."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def of_batch(batch_id: str, sk: str) -> table.Item:
    """An item of a batch."""
    return key(f"BATCH#{batch_id}", sk)


def invitation(place: Place) -> table.Item:
    """An invitation."""
    return of_batch(place.batch_id, f"{INVITATION}{place.number:08d}")


def mail(mail_id: str) -> table.Item:
    """A mail that was dealt with."""
    return key(f"MAIL#{mail_id}", "MAIL")


def mailbox(name: str) -> table.Item:
    """How far a mailbox was read."""
    return key(f"BOX#{name}", "BOX")


def sent(letter_id: str) -> table.Item:
    """Whether a letter was sent."""
    return key(f"LETTER#{letter_id}", "SENT")


def expiry(at: datetime, life: timedelta = LIFE) -> dict[str, dict[str, str]]:
    """The attribute by which DynamoDB forgets an item."""
    return {"expires_at": {"N": str(int((at + life).timestamp()))}}
