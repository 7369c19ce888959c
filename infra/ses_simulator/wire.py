"""Requests of SESv2 read into values: shapes, limits and the rules SES checks before it accepts.

Sources: botocore's ``sesv2`` model (names, patterns of MessageTag and MessageHeader), "Service
quotas in Amazon SES" (50 destinations a call, 50 recipients a message, message size).
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, NamedTuple

from ses_simulator.errors import Refusal, bad_request

JsonObject = dict[str, Any]
Tags = dict[str, str]
Header = tuple[str, str]

MAX_BULK_ENTRIES = 50
MAX_RECIPIENTS = 50
MAX_MESSAGE_BYTES = 10 * 1024 * 1024
MAX_RAW_BYTES = 40 * 1024 * 1024
MAX_HEADER_LINE = 996

_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]\Z"
)
_NAMED = re.compile(r"(?:\"[^\"\r\n]*\"|[^<>\"\r\n]*)\s*<([^<>]+)>\s*\Z")
_TAG = re.compile(r"[A-Za-z0-9_\-.@]{1,256}\Z")
_TAG_NAME = re.compile(r"(?:ses:)?[A-Za-z0-9_\-.@]{1,256}\Z")
_HEADER_NAME = re.compile(r"[!-9;-~]{1,126}\Z")
_HEADER_VALUE = re.compile(r"[ -~]{1,995}\Z")


class Destination(NamedTuple):
    """Who a message goes to, as written in the request."""

    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()

    def everyone(self) -> tuple[str, ...]:
        """All recipients, in the order To, Cc, Bcc."""
        return self.to + self.cc + self.bcc


class Content(NamedTuple):
    """What a message says, rendered. ``raw`` is the MIME source of a Raw message."""

    subject: str
    html: str | None = None
    text: str | None = None
    raw: str | None = None


def read_json(body: bytes) -> JsonObject:
    """The JSON object in a request body; an empty body is an empty object."""
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError as error:
        raise bad_request(f"Could not parse the request body as JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_request("The request body must be a JSON object.")
    return value


def required(request: JsonObject, field: str) -> Any:
    """The value of a field that must be there and not be empty."""
    value = request.get(field)
    if value in (None, "", [], {}):
        raise bad_request(f"{field} is required.")
    return value


@lru_cache(maxsize=8_192)
def bare_address(text: str) -> str | None:
    """``user@example.com`` out of itself or of ``Name <user@example.com>``; else None."""
    if _ADDRESS.match(text):
        return text
    named = _NAMED.match(text)
    if named and _ADDRESS.match(named[1]):
        return named[1]
    return None


def destination(value: JsonObject | None) -> Destination:
    """A Destination object of the wire."""
    value = value or {}
    return Destination(
        tuple(value.get("ToAddresses") or ()),
        tuple(value.get("CcAddresses") or ()),
        tuple(value.get("BccAddresses") or ()),
    )


def tags(items: list[JsonObject] | None) -> Tags:
    """A list of MessageTag as a mapping."""
    return {item.get("Name", ""): item.get("Value", "") for item in items or ()}


def headers(items: list[JsonObject] | None) -> tuple[Header, ...]:
    """A list of MessageHeader as pairs."""
    return tuple((item.get("Name", ""), item.get("Value", "")) for item in items or ())


def replaced(base: tuple[Header, ...], over: tuple[Header, ...]) -> tuple[Header, ...]:
    """Template headers with an entry's ReplacementHeaders laid over those of the same name."""
    if not over:
        return base
    taken = {name.lower() for name, _ in over}
    return (*(header for header in base if header[0].lower() not in taken), *over)


def template_data(text: str | None, field: str) -> JsonObject:
    """TemplateData: a JSON object written in a string."""
    if not text:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise bad_request(f"{field} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise bad_request(f"{field} must be a JSON object.")
    return value


def problem(destination: Destination, tags: Tags, headers: tuple[Header, ...]) -> Refusal | None:
    """The first rule of addresses, tags or headers that a message breaks: INVALID_PARAMETER."""
    text = _destination_problem(destination) or _tags_problem(tags) or _headers_problem(headers)
    return Refusal("INVALID_PARAMETER", text) if text else None


def content_problem(content: Content) -> Refusal | None:
    """Whether a rendered message is larger than SES takes."""
    parts = [part for part in (content.subject, content.html, content.text) if part]
    if sum(map(len, parts)) * 4 <= MAX_MESSAGE_BYTES:
        return None
    if sum(len(part.encode()) for part in parts) <= MAX_MESSAGE_BYTES:
        return None
    return Refusal(
        "INVALID_PARAMETER", f"Message length is more than {MAX_MESSAGE_BYTES} bytes long."
    )


def _destination_problem(destination: Destination) -> str | None:
    everyone = destination.everyone()
    if not everyone:
        return "Destination needs at least one address."
    if len(everyone) > MAX_RECIPIENTS:
        return f"Recipient count exceeds {MAX_RECIPIENTS}."
    for address in everyone:
        if not isinstance(address, str) or bare_address(address) is None:
            return f"Illegal address: {address}"
    return None


def _tags_problem(tags: Tags) -> str | None:
    for name, value in tags.items():
        if not _is_tag_name(name):
            return f"Invalid tag name <{name}>: only A-Z a-z 0-9 _ - . @, up to 256 characters."
        if not _TAG.match(value):
            return f"Invalid tag value <{value}>: only A-Z a-z 0-9 _ - . @, up to 256 characters."
    return None


@lru_cache(maxsize=1_024)
def _is_tag_name(name: str) -> bool:
    return _TAG_NAME.match(name) is not None


@lru_cache(maxsize=1_024)
def _is_header_name(name: str) -> bool:
    return _HEADER_NAME.match(name) is not None


def _headers_problem(headers: tuple[Header, ...]) -> str | None:
    for name, value in headers:
        if not _is_header_name(name):
            return f"Invalid header name: {name!r}"
        if not _HEADER_VALUE.match(value):
            return f"Invalid value of header {name}: printable ASCII only, no line breaks."
        if len(name) + len(value) > MAX_HEADER_LINE:
            return f"Header {name} is longer than {MAX_HEADER_LINE} characters."
    return None
