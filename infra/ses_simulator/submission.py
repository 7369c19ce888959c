"""What one send call asks for: an envelope, its messages, the template they are rendered from."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from email.contentmanager import raw_data_manager
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses
from typing import NamedTuple, cast

from ses_simulator.errors import bad_request
from ses_simulator.wire import (
    MAX_BULK_ENTRIES,
    MAX_RAW_BYTES,
    Content,
    Destination,
    Header,
    JsonObject,
    Tags,
    bare_address,
    destination,
    headers,
    replaced,
    required,
    tags,
    template_data,
)


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all messages of one call share."""

    source: str
    reply_to: tuple[str, ...]
    configuration_set: str | None


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """Which template to render: the name of a stored one or inline parts, and the default data."""

    name: str | None
    inline: JsonObject | None
    data: JsonObject


class Entry(NamedTuple):
    """One message: ``content`` is ready, or ``replacement`` (JSON text) fills the template."""

    destination: Destination
    tags: Tags
    headers: tuple[Header, ...]
    content: Content | None = None
    replacement: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One SendEmail or SendBulkEmail call, read."""

    operation: str
    envelope: Envelope
    entries: tuple[Entry, ...]
    template: TemplateUse | None = None

    def recipients(self) -> int:
        """How many recipients all entries have together."""
        return sum(len(entry.destination.everyone()) for entry in self.entries)


def send_email(request: JsonObject) -> Submission:
    """Read a SendEmail request: Content is Simple, Raw or Template."""
    content = required(request, "Content")
    kinds = [kind for kind in ("Simple", "Raw", "Template") if content.get(kind)]
    if len(kinds) != 1:
        raise bad_request("Content needs exactly one of Simple, Raw and Template.")
    if kinds[0] == "Raw":
        return _raw(request, content["Raw"])
    envelope = _envelope(request, required(request, "FromEmailAddress"))
    sent_to, marked = destination(request.get("Destination")), tags(request.get("EmailTags"))
    own_headers = headers(content[kinds[0]].get("Headers"))
    if kinds[0] == "Simple":
        entry = Entry(sent_to, marked, own_headers, content=_simple(content["Simple"]))
        return Submission("SendEmail", envelope, (entry,))
    entry = Entry(sent_to, marked, own_headers)
    return Submission("SendEmail", envelope, (entry,), _template_use(content["Template"]))


def send_bulk_email(request: JsonObject) -> Submission:
    """Read a SendBulkEmail request: one template, up to 50 entries."""
    envelope = _envelope(request, required(request, "FromEmailAddress"))
    template = required(required(request, "DefaultContent"), "Template")
    entries = required(request, "BulkEmailEntries")
    if len(entries) > MAX_BULK_ENTRIES:
        raise bad_request(f"BulkEmailEntries has more than {MAX_BULK_ENTRIES} entries.")
    default_tags = tags(request.get("DefaultEmailTags"))
    default_headers = headers(template.get("Headers"))
    return Submission(
        "SendBulkEmail",
        envelope,
        tuple(_bulk_entry(entry, default_tags, default_headers) for entry in entries),
        _template_use(template),
    )


def _bulk_entry(
    entry: JsonObject, default_tags: Tags, default_headers: tuple[Header, ...]
) -> Entry:
    own_tags = tags(entry.get("ReplacementTags"))
    content = (entry.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
    return Entry(
        destination(entry.get("Destination")),
        {**default_tags, **own_tags} if default_tags else own_tags,
        replaced(default_headers, headers(entry.get("ReplacementHeaders"))),
        replacement=content.get("ReplacementTemplateData"),
    )


def _envelope(request: JsonObject, source: str) -> Envelope:
    if bare_address(source) is None:
        raise bad_request(f"Invalid FromEmailAddress: {source}")
    reply_to = tuple(request.get("ReplyToAddresses") or ())
    for address in reply_to:
        if bare_address(address) is None:
            raise bad_request(f"Invalid ReplyToAddresses: {address}")
    return Envelope(source, reply_to, request.get("ConfigurationSetName") or None)


def _template_use(template: JsonObject) -> TemplateUse:
    arn = template.get("TemplateArn")
    name = template.get("TemplateName") or (arn.rsplit("/", 1)[-1] if arn else None)
    inline = template.get("TemplateContent")
    if (name is None) == (inline is None):
        raise bad_request("Template needs exactly one of TemplateName and TemplateContent.")
    return TemplateUse(name, inline, template_data(template.get("TemplateData"), "TemplateData"))


def _simple(message: JsonObject) -> Content:
    body = required(message, "Body")
    if not (body.get("Html") or body.get("Text")):
        raise bad_request("Body needs Html or Text.")
    return Content(
        subject=(message.get("Subject") or {}).get("Data", ""),
        html=(body.get("Html") or {}).get("Data"),
        text=(body.get("Text") or {}).get("Data"),
    )


def smtp_message(mail_from: str, recipients: list[str], source: bytes) -> Submission:
    """Read a message that came by SMTP: the envelope says to whom it goes, whatever its headers."""
    sent_to = destination({"ToAddresses": recipients})
    return _raw_message({"FromEmailAddress": mail_from}, sent_to, source)


def _raw(request: JsonObject, message: JsonObject) -> Submission:
    return _raw_message(request, destination(request.get("Destination")), _decoded(message))


def _raw_message(request: JsonObject, sent_to: Destination, source: bytes) -> Submission:
    # not the default policy: that one parses every header anew at each access
    parsed = cast("EmailMessage", BytesParser(EmailMessage, policy=compat32).parsebytes(source))
    entry = Entry(
        sent_to if sent_to.everyone() else _addressed(parsed),
        {**_header_tags(parsed), **tags(request.get("EmailTags"))},
        (),
        content=Content(
            subject=str(make_header(decode_header(str(parsed.get("Subject", ""))))),
            html=_body(parsed, "html"),
            text=_body(parsed, "plain"),
            raw=source.decode("utf-8", "replace"),
        ),
    )
    sender = request.get("FromEmailAddress") or str(parsed.get("From", ""))
    envelope = _envelope(request, sender)
    named = envelope.configuration_set or parsed.get("X-SES-CONFIGURATION-SET")
    return Submission("SendEmail", Envelope(sender, envelope.reply_to, named), (entry,))


def _decoded(message: JsonObject) -> bytes:
    try:
        source = base64.b64decode(required(message, "Data"), validate=True)
    except binascii.Error as error:
        raise bad_request(f"Raw.Data is not base64: {error}") from error
    if len(source) > MAX_RAW_BYTES:
        raise bad_request(f"Message length is more than {MAX_RAW_BYTES} bytes long.")
    return source


def _addressed(parsed: EmailMessage) -> Destination:
    def listed(name: str) -> tuple[str, ...]:
        values = [str(value) for value in parsed.get_all(name, [])]
        return tuple(address for _, address in getaddresses(values) if address)

    return Destination(listed("To"), listed("Cc"), listed("Bcc"))


def _header_tags(parsed: EmailMessage) -> Tags:
    pairs = [item.partition("=") for item in str(parsed.get("X-SES-MESSAGE-TAGS", "")).split(",")]
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


def _body(parsed: EmailMessage, kind: str) -> str | None:
    part = parsed.get_body(preferencelist=(kind,))
    return None if part is None else str(part.get_content(content_manager=raw_data_manager))
