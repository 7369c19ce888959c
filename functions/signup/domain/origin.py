"""Who wrote, and which invitation they answer."""

import re
from collections.abc import Iterator
from email.utils import getaddresses

from signup.domain.mime import Headers

MAX_TOKENS = 20
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,251}[A-Za-z0-9])?"
)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_RECEIVED_FOR = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-forwarded-to")
_THREAD = ("in-reply-to", "references")
_TOKEN = "[A-Za-z0-9][A-Za-z0-9_.=-]{7,199}"  # noqa: S105
_CODE = re.compile(
    r"(?i)(?:c[óo]digo do convite|invitation code)[\s*_]{0,4}:[\s*_>]{0,6}(" + _TOKEN + ")"
)


def sender(headers: Headers) -> str:
    """The one address in From, its domain in small letters; nothing if there is not exactly one."""
    values = headers.all("from")
    if len(values) != 1 or values[0].count("(") > 20:
        return ""
    found = {address for _, address in getaddresses([values[0][:2_000]]) if address}
    address = found.pop() if len(found) == 1 else ""
    if not _ADDRESS.fullmatch(address) or ".." in address:
        return ""
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox}@{domain.lower()}"


def message_id(headers: Headers) -> str | None:
    """The mail's own identifier, if it has one that fits into a header."""
    found = _MESSAGE_ID.search(headers.first("message-id"))
    return found.group() if found else None


def tokens(headers: Headers, text: str, reply_domain: str) -> tuple[str, ...]:
    """What may be a token of ours, surest first: in an address, in the thread, in the text."""
    found = dict.fromkeys(_tokens(headers, text, re.escape(reply_domain)))
    return tuple(found)[:MAX_TOKENS]


def _tokens(headers: Headers, text: str, domain: str) -> Iterator[str]:
    at_us = re.compile(rf"(?i)\+({_TOKEN})@{domain}(?![A-Za-z0-9.\-])")
    in_thread = re.compile(rf"(?i)<({_TOKEN})@{domain}>")
    for pattern, names in ((at_us, _RECEIVED_FOR), (in_thread, _THREAD)):
        for name in names:
            for value in headers.all(name)[:20]:
                yield from pattern.findall(value)
    yield from at_us.findall(text)
    yield from _CODE.findall(text)
