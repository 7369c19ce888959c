"""Signed words that lead an answer, or a confirmation, back to its invitation.

    token = base32(batch ‖ number ‖ stamp ‖ day ‖ mac)    in lower case, without padding

    batch   16 bytes, a ULID       number  3 bytes
    stamp   nothing for an answer; for a confirmation 6 bytes that name what is confirmed
    day     2 bytes, days since 1970: good until this day is over (UTC)
    mac     HMAC-SHA256 over the purpose and all before it, its first 10 bytes

An answer's token stands in the part of an address before the @, which mail programs and servers may
turn into lower case and which holds 64 characters (RFC 5321, section 4.5.3.1.1). Eighty bits of the
mac cannot be guessed through a mailbox; RFC 2104 (section 5) asks for at least as many.
"""

import base64
import binascii
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from recado.errors import RecadoError
from recado.links import Keys
from signup.domain.invitations import Place

_MAC_BYTES = 10
_BATCH_BYTES = 16
_NUMBER_BYTES = 3
_DAY = struct.Struct(">H")
_DAY_S = 86_400


class Purpose(StrEnum):
    """What a token is for."""

    ANSWER = "answer"
    CONFIRM = "confirm"


_STAMP_BYTES = {Purpose.ANSWER: 0, Purpose.CONFIRM: 6}


class BadToken(RecadoError):
    """Not a word of ours, or it was changed, or it is for something else."""


class ExpiredToken(BadToken):
    """Ours, but too old."""


@dataclass(frozen=True)
class Reading:
    """What a token says."""

    place: Place
    stamp: bytes = b""


def sign(
    purpose: Purpose, place: Place, expires: datetime, keys: Keys, *, stamp: bytes = b""
) -> str:
    """A token that is good until the end of the day of `expires`."""
    day = _DAY.pack(int(expires.timestamp()) // _DAY_S)
    number = place.number.to_bytes(_NUMBER_BYTES, "big")
    content = place.batch + number + stamp[: _STAMP_BYTES[purpose]] + day
    return _spelled(content + _mac(keys.secrets[keys.current], purpose, content))


def verify(token: str, purpose: Purpose, now: datetime, keys: Keys) -> Reading:
    """What a token of this purpose says.

    Raises:
        ExpiredToken: it was good once.
        BadToken: it is not ours, or for something else.
    """
    whole = _decoded(token.lower())
    stamp_bytes = _STAMP_BYTES[purpose]
    if len(whole) != _BATCH_BYTES + _NUMBER_BYTES + stamp_bytes + _DAY.size + _MAC_BYTES:
        raise BadToken("this is not one of our tokens")
    content, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
    known = [hmac.compare_digest(_mac(key, purpose, content), mac) for key in keys.secrets.values()]
    if not any(known):
        raise BadToken("this is not one of our tokens, or it is for something else")
    number_at = _BATCH_BYTES + _NUMBER_BYTES
    place = Place.of(content[:_BATCH_BYTES], int.from_bytes(content[_BATCH_BYTES:number_at], "big"))
    (day,) = _DAY.unpack(content[-_DAY.size :])
    if now.astimezone(UTC).timestamp() >= (day + 1) * _DAY_S:
        raise ExpiredToken("this token has expired")
    return Reading(place, content[number_at : number_at + stamp_bytes])


def _mac(key: bytes, purpose: Purpose, content: bytes) -> bytes:
    return hmac.digest(key, f"signup {purpose} ".encode() + content, "sha256")[:_MAC_BYTES]


def _spelled(content: bytes) -> str:
    return base64.b32encode(content).decode().rstrip("=").lower()


def _decoded(token: str) -> bytes:
    """The bytes of a token; each has one spelling only."""
    try:
        content = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError) as error:
        raise BadToken("this is not one of our tokens") from error
    if _spelled(content) != token:
        raise BadToken("this is not one of our tokens")
    return content
