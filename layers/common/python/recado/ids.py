"""Identifiers that sort by the moment they were made: `cmp_01JQ…` (a prefix and a ULID)."""

import os
from datetime import UTC, datetime

from ulid import ULID


def new(prefix: str, at: datetime, entropy: bytes | None = None) -> str:
    """A fresh id; `entropy` (10 bytes) makes it repeatable in tests."""
    milliseconds = int(at.timestamp() * 1000).to_bytes(6, "big")
    return f"{prefix}_{ULID(milliseconds + (entropy or os.urandom(10)))}"


def made_at(identifier: str) -> datetime:
    """When an id that `new` made was made, to the millisecond."""
    ulid = ULID.from_str(identifier.rpartition("_")[2])
    return datetime.fromtimestamp(ulid.milliseconds / 1000, UTC)
