"""Links that only we can have made: compact, signed, expiring, and each for one purpose.

    token = base64url(head ‖ body ‖ mac)        without padding
    head  = purpose (1 byte) ‖ expiry (4, seconds since 1970) ‖ length of the key id (1) ‖ key id
    body  = campaign, chunk, position, time of sending, variant and target, a line each
    mac   = HMAC-SHA256 over all before it, its first 16 bytes (RFC 2104, section 5, allows half)

The token names a place in a campaign's frozen audience and no person. Pure: keys and the time are
arguments; `recado.linkkeys` reads the keys. docs/decisions/0010-signed-links.md has the reasons.
"""

import base64
import binascii
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from recado.errors import RecadoError

UNSUBSCRIBE_FIELD = "unsubscribe_url"
PREFERENCES_FIELD = "preferences_url"
PROVIDED = {
    UNSUBSCRIBE_FIELD: "https://links.example/u/sample",
    PREFERENCES_FIELD: "https://links.example/p/sample",
}
"""Fields that every template may use and no audience has to bring, with values to try them."""

_HEAD = struct.Struct(">cIB")
_MAC_BYTES = 16
_MAX_TOKEN = 4_096


class Purpose(StrEnum):
    """What a link is for; it is also the first part of its path."""

    UNSUBSCRIBE = "u"
    PREFERENCES = "p"
    CLICK = "c"
    OPEN = "o"


class BadLink(RecadoError):
    """A link that leads nowhere; which kind it is says why."""


class ForgedLink(BadLink):
    """Not a token of ours, or somebody changed it, or it was made for another purpose."""


class ExpiredLink(BadLink):
    """Ours, but too old."""


class UnknownKey(BadLink):
    """Signed with a key that is not listed (any more)."""


class Reference(NamedTuple):
    """Whom a link was made for: a place in a campaign, and when its mail was sent (seconds).

    `target` is where a CLICK leads; it is signed, so nobody can make us redirect elsewhere.
    """

    campaign_id: str
    chunk: int
    position: int
    sent_at: int
    variant: str = ""
    target: str = ""


@dataclass(frozen=True)
class Keys:
    """Signing keys by id: `current` signs, every listed one verifies."""

    current: str
    secrets: Mapping[str, bytes]


def sign(purpose: Purpose, reference: Reference, expires: int, keys: Keys) -> str:
    """A token for a purpose that is good until `expires` (seconds since 1970)."""
    identity = keys.current.encode()
    body = (
        f"{reference.campaign_id}\n{reference.chunk}\n{reference.position}\n{reference.sent_at:x}\n"
        f"{reference.variant}\n{reference.target}"
    )
    signed = _HEAD.pack(purpose.encode(), expires, len(identity)) + identity + body.encode()
    return _spelled(signed + _mac(keys.secrets[keys.current], signed))


def verify(token: str, purpose: Purpose, now: int, keys: Keys) -> Reference:
    """What a token of this purpose was made for; `now` is in seconds since 1970.

    Raises:
        ForgedLink: it is not a token, was changed, or was made for another purpose.
        UnknownKey: its key is not among `keys`; newer keys may have it.
        ExpiredLink: it was good once.
    """
    content = _decoded(token)
    signed, mac = content[:-_MAC_BYTES], content[-_MAC_BYTES:]
    try:
        made_for, expires, length = _HEAD.unpack_from(signed)
        identity = signed[_HEAD.size : _HEAD.size + length].decode("ascii")
    except (struct.error, UnicodeDecodeError) as error:
        raise ForgedLink("this link is not one of ours") from error
    secret = keys.secrets.get(identity)
    if secret is None:
        raise UnknownKey("this link was signed with a key that is not in use any more")
    if not hmac.compare_digest(_mac(secret, signed), mac) or made_for != purpose.encode():
        raise ForgedLink("this link is not one of ours, or it is for something else")
    if now >= expires:
        raise ExpiredLink("this link has expired")
    return _reference(signed[_HEAD.size + length :].decode())


def _mac(secret: bytes, message: bytes) -> bytes:
    primed = _primed(secret).copy()
    primed.update(message)
    return primed.digest()[:_MAC_BYTES]


@lru_cache(maxsize=16)
def _primed(secret: bytes) -> hmac.HMAC:
    """Copying a keyed HMAC takes a third less time than keying one for each link."""
    return hmac.new(secret, digestmod="sha256")


def _spelled(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(token: str) -> bytes:
    """The bytes of a token; each has one spelling only, so that no other character passes."""
    try:
        content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise ForgedLink("this link is not one of ours") from error
    if len(token) > _MAX_TOKEN or _spelled(content) != token:
        raise ForgedLink("this link is not one of ours")
    return content


def _reference(body: str) -> Reference:
    campaign_id, chunk, position, sent_at, variant, target = body.split("\n", 5)
    return Reference(campaign_id, int(chunk), int(position), int(sent_at, 16), variant, target)
