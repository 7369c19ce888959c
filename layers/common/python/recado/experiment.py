"""Who gets which variant of a campaign, and who is kept out on purpose: a function of their ids.

A recipient's id and the campaign's are hashed to one of 10,000 buckets, and each variant owns a
contiguous range of them. So the same recipient has the same variant whatever the order, the chunk
or the retry, and another campaign divides people anew. The hold-out has a hash of its own: being
kept out says nothing about the variant.
"""

from collections.abc import Mapping
from hashlib import blake2b
from itertools import accumulate

BUCKETS = 10_000
_PER_CENT = BUCKETS // 100


def bucket(purpose: str, campaign_id: str, recipient_id: str) -> int:
    """A recipient's bucket in a campaign, 0 to 9,999; each purpose has a draw of its own."""
    text = f"{purpose}\n{campaign_id}\n{recipient_id}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest()) % BUCKETS


def is_held_out(per_cent: int, campaign_id: str, recipient_id: str) -> bool:
    """Whether a recipient is among the `per_cent` of the audience that get no mail."""
    return per_cent > 0 and bucket("hold-out", campaign_id, recipient_id) < per_cent * _PER_CENT


def variant_of(weights: Mapping[str, int], campaign_id: str, recipient_id: str) -> str:
    """The variant a recipient gets: each has a share of people as its weight is of their sum."""
    drawn = bucket("variant", campaign_id, recipient_id)
    ends = accumulate(weights.values())
    total = sum(weights.values())
    return next(
        name for name, end in zip(weights, ends, strict=True) if drawn * total < end * BUCKETS
    )
