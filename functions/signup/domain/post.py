"""Mails as they come in: how one is recognised, and what became of it."""

import hashlib
import re
from datetime import datetime
from enum import StrEnum

from recado.model import Frozen

_HEADERS_END = re.compile(rb"\r?\n\r?\n")
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^<>\s]{1,250}>)\s*$", re.IGNORECASE | re.MULTILINE)
_MAX_HEADERS = 262_144


class MailOutcome(StrEnum):
    """What became of a mail; the words of `recado.registration.ReplySettled`."""

    REGISTERED = "registered"
    ASKED_AGAIN = "asked_again"
    AWAITS_CONFIRMATION = "awaits_confirmation"
    IGNORED = "ignored"
    REVIEW = "review"


class Handled(Frozen):
    """A mail that was dealt with; `place` says where it was read."""

    mail_id: str
    outcome: MailOutcome
    reason: str
    invitation_id: str | None = None
    message_id: str | None = None
    sender: str = ""
    subject: str = ""
    place: str
    handled_at: datetime


def mail_id_of(raw: bytes) -> str:
    """The same id for the same mail, whichever way and however often it was read.

    It is a digest of the `Message-ID` and the body: headers that hops add on the way, line ends
    and blank lines at the end differ between two copies of one mail. Without a `Message-ID` all
    counts, so that nobody's mail is mistaken for another's.
    """
    cut = _HEADERS_END.search(raw, 0, _MAX_HEADERS)
    head, body = (raw[: cut.start()], raw[cut.end() :]) if cut else (raw[:_MAX_HEADERS], b"")
    named = _MESSAGE_ID.search(head.replace(b"\r\n", b"\n"))
    content = named[1] + b"\n" + _plain(body) if named and cut else _plain(raw)
    return f"mail_{hashlib.sha256(content).hexdigest()[:40]}"


def _plain(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n").rstrip(b"\n")
