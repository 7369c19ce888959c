"""A mail's headers and its readable text; everything else in it is left closed.

The standard library's parser recurses for every level of nesting, copies every attachment, and
needs seconds for a header with ten thousand addresses. Here only boundaries are looked for, in
place, and of each text no more than `MAX_TEXT` bytes are decoded.

Sources: RFC 2045, RFC 2046, RFC 2047, RFC 3676.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header

from signup.domain.plain import cleaned, decoded

MAX_HEADERS = 256_000
"""Bytes of a header block that are read."""
MAX_VALUE = 8_000
"""Characters of one header field that are read."""
MAX_WORDS = 2_000
"""Characters of a header field that are decoded for people."""
MAX_FIELDS = 2_000
MAX_DEPTH = 8
MAX_PARTS = 100
MAX_TEXT = 300_000
"""Bytes of one text part that are decoded: a form and a long quoted thread have a tenth."""
MAX_TEXTS = 6

_END_OF_HEADERS = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_FIELD = re.compile(rb"(?m)^([!-9;-~]{1,100})[ \t]*:((?:.*)(?:\r?\n[ \t].*)*)")
_PARAMETER = r'(?i)[;\s]{name}(?:\*0?\*?)?\s*=\s*(?:"([^"]{{0,200}})"|([^\s;"]{{1,200}}))'
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


@dataclass(frozen=True)
class Headers:
    """Header fields in their order, names in lower case, values unfolded but not decoded."""

    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for field, value in self.fields if field == name]

    def first(self, name: str) -> str:
        """The first value of a field, or nothing."""
        return next(iter(self.all(name)), "")

    def text(self, name: str) -> str:
        """The first value of a field as people read it, on one line (RFC 2047 decoded)."""
        return words(self.first(name))


@dataclass(frozen=True)
class Mail:
    """What is read of a mail. `kinds` are the content types in it, in lower case."""

    headers: Headers
    kinds: frozenset[str]
    plain: str
    html: str


@dataclass(frozen=True)
class _Part:
    headers: Headers
    kind: str
    start: int
    end: int


def mail_of(raw: bytes) -> Mail:
    """A mail's headers and texts."""
    parts = list(_parts(raw))
    plain, html = _texts(raw, parts, "text/plain"), _texts(raw, parts, "text/html")
    return Mail(parts[0].headers, frozenset(part.kind for part in parts), plain, html)


def parameter(value: str, name: str) -> str:
    """A parameter of a header field such as Content-Type, or nothing."""
    found = re.search(_PARAMETER.format(name=re.escape(name)), value)
    return (found.group(1) or found.group(2) or "") if found else ""


def words(value: str) -> str:
    """A header field's value with encoded words decoded, cleaned, on one line."""
    try:
        pieces = decode_header(value[:MAX_WORDS])
    except (HeaderParseError, binascii.Error, ValueError):
        return cleaned(value)
    text = "".join(
        piece if isinstance(piece, str) else decoded(piece, charset or "utf-8")
        for piece, charset in pieces
    )
    return " ".join(cleaned(text).split())


def _parts(raw: bytes) -> Iterator[_Part]:
    """The mail itself and the parts in it, in their order; forwarded mails are not opened."""
    waiting = [(0, len(raw), 0, "text/plain")]
    for _ in range(MAX_PARTS):
        if not waiting:
            return
        start, end, depth, usual = waiting.pop()
        part = _opened(raw, start, end, usual)
        yield part
        if part.kind.startswith("multipart/") and depth < MAX_DEPTH:
            inner = "message/rfc822" if part.kind == "multipart/digest" else "text/plain"
            places = _between_boundaries(raw, part)
            waiting += [(begin, stop, depth + 1, inner) for begin, stop in reversed(places)]


def _opened(raw: bytes, start: int, end: int, usual: str) -> _Part:
    if raw.startswith((b"\n", b"\r\n"), start, end):
        body = raw.index(b"\n", start) + 1
        return _Part(Headers(()), usual, body, end)
    found = _END_OF_HEADERS.search(raw, start, min(end, start + MAX_HEADERS))
    stop, body = found.span() if found else (min(end, start + MAX_HEADERS), end)
    headers = _headers(raw[start:stop])
    kind = headers.first("content-type").split(";")[0].strip().lower()[:100]
    return _Part(headers, kind if "/" in kind else usual, body, end)


def _headers(block: bytes) -> Headers:
    fields = []
    for found in _FIELD.finditer(block):
        name, value = found.groups()
        text = decoded(value[:MAX_VALUE], "utf-8")
        fields.append((name.decode("ascii").lower(), re.sub(r"\r?\n[ \t]+", " ", text).strip()))
        if len(fields) == MAX_FIELDS:
            break
    return Headers(tuple(fields))


def _between_boundaries(raw: bytes, part: _Part) -> list[tuple[int, int]]:
    boundary = parameter(part.headers.first("content-type"), "boundary")
    if not boundary:
        return []
    mark = re.escape(b"--" + boundary.encode("utf-8", errors="replace"))
    line = re.compile(rb"\n" + mark + rb"(--)?[ \t]*(?:\r?\n|\Z)")
    places: list[tuple[int, int]] = []
    begin = -1
    at = max(part.start - 1, 0)
    while found := line.search(raw, at, part.end):
        if begin >= 0:
            places.append((begin, found.start()))
        begin = found.end()
        at = found.end() - 1
        if found.group(1) or len(places) >= MAX_PARTS:
            return places
    if begin >= 0:
        places.append((begin, part.end))
    return places


def _texts(raw: bytes, parts: list[_Part], kind: str) -> str:
    readable = [part for part in parts if part.kind == kind and not _attached(part.headers)]
    return "\n".join(_text(raw, part) for part in readable[:MAX_TEXTS])


def _attached(headers: Headers) -> bool:
    return headers.first("content-disposition").lower().startswith("attachment")


def _text(raw: bytes, part: _Part) -> str:
    data = raw[part.start : min(part.end, part.start + MAX_TEXT)]
    encoding = part.headers.first("content-transfer-encoding").lower().strip()
    if encoding == "base64":
        data = _from_base64(data)
    elif encoding == "quoted-printable":
        data = binascii.a2b_qp(data)
    kind = part.headers.first("content-type")
    text = decoded(data, parameter(kind, "charset"))
    if parameter(kind, "format").lower() == "flowed":
        return _unfolded(text, glued=parameter(kind, "delsp").lower() == "yes")
    return text


def _from_base64(data: bytes) -> bytes:
    letters = _NOT_BASE64.sub(b"", data.split(b"=", 1)[0])
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _unfolded(text: str, *, glued: bool) -> str:
    """Paragraphs of format=flowed as one line each (RFC 3676, 4.2 and 4.5)."""
    paragraphs: list[list[str]] = []
    flows, depth = False, 0
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        quoted = len(line) - len(content)
        if content == "-- ":
            paragraphs.append([content])
            flows = False
            continue
        content = content.removeprefix(" ")
        if flows and quoted == depth:
            paragraphs[-1].append(content)
        else:
            paragraphs.append([">" * quoted + " " * bool(quoted), content])
        flows, depth = content.endswith(" "), quoted
        if flows and glued:
            paragraphs[-1][-1] = content[:-1]
    return "\n".join("".join(pieces) for pieces in paragraphs)
