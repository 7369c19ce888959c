"""Cutting a stream of bytes into the records of a CSV or NDJSON file, in constant memory.

A CSV record may hold line breaks inside quotes. One whose quote is never closed must not swallow
the rows behind it: when the lines it seems to span do not make a whole row, only its first line is
given up, and reading goes on with the next one.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

MAX_RECORD_BYTES = 65_536
MAX_RECORD_LINES = 50

_BOM = b"\xef\xbb\xbf"
_QUOTE = b'"'


class Line(NamedTuple):
    """A line with its end: its text, cut off after the limit, and how long it really is."""

    text: bytes
    length: int

    @property
    def too_long(self) -> bool:
        """Whether part of the line is missing from `text`."""
        return self.length > MAX_RECORD_BYTES


class Position(NamedTuple):
    """Where in a file: bytes before, and the number of the line that begins here."""

    offset: int
    line: int


class Record(NamedTuple):
    """One record: where it begins, where the next one does, and why it cannot be read, if so."""

    start: Position
    end: Position
    raw: bytes
    fault: str = ""


@dataclass(frozen=True)
class Quoting:
    """How a CSV file quotes: its separator, and the test whether bytes are one whole row."""

    separator: bytes
    is_row: Callable[[bytes], bool]


def split_lines(blocks: Iterable[bytes]) -> Iterator[Line]:
    """The lines of a stream; of a line that is too long only the beginning is held."""
    kept, length = b"", 0
    for block in blocks:
        start = 0
        while start < len(block):
            end = block.find(b"\n", start) + 1 or len(block)
            room = max(0, MAX_RECORD_BYTES - len(kept))
            kept += block[start : min(end, start + room)]
            length += end - start
            if block[end - 1 : end] == b"\n":
                yield Line(kept, length)
                kept, length = b"", 0
            start = end
    if length:
        yield Line(kept, length)


def records(lines: Iterable[Line], start: Position, quoting: Quoting | None) -> Iterator[Record]:
    """The records from `start` on; blank lines are none. Without `quoting` each line is one."""
    source = _Lines(lines)
    position = start
    while (first := source.next()) is not None:
        span, fault = [first], ""
        if first.too_long:
            fault = f"the row has more than {MAX_RECORD_BYTES} bytes: shorten it"
        elif quoting and _ends_inside(first.text, quoting.separator, inside=False):
            span, fault = _quoted_span(first, source, quoting)
        end = Position(
            position.offset + sum(line.length for line in span), position.line + len(span)
        )
        raw = b"".join(line.text for line in span)
        if not _is_blank(raw):
            yield Record(position, end, raw, fault)
        position = end


class _Lines:
    """Lines to read, some of which were read ahead and given back."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._ahead = iter(lines)
        self._returned: deque[Line] = deque()

    def next(self) -> Line | None:
        """The next line; `None` after the last."""
        return self._returned.popleft() if self._returned else next(self._ahead, None)

    def give_back(self, lines: Iterable[Line]) -> None:
        """Read these again."""
        self._returned.extendleft(reversed(list(lines)))


def _quoted_span(first: Line, source: _Lines, quoting: Quoting) -> tuple[list[Line], str]:
    """The lines of a record whose first line ends inside quotes, or that line with its fault."""
    span, size, inside = [first], first.length, True
    while inside and len(span) < MAX_RECORD_LINES and size <= MAX_RECORD_BYTES:
        following = source.next()
        if following is None:
            break
        span.append(following)
        size += following.length
        inside = _ends_inside(following.text, quoting.separator, inside=True)
    whole = not inside and size <= MAX_RECORD_BYTES
    if whole and quoting.is_row(b"".join(line.text for line in span)):
        return span, ""
    source.give_back(span[1:])
    return [first], "a quote in this row is never closed: close it, or write it twice"


def _ends_inside(line: bytes, separator: bytes, *, inside: bool) -> bool:
    """Whether a line that begins inside quotes, or not, ends inside quotes."""
    if not inside and _QUOTE not in line:
        return False
    position, at_field_start = 0, not inside
    while True:
        if inside:
            closing = line.find(_QUOTE, position)
            if closing < 0:
                return True
            doubled = line[closing + 1 : closing + 2] == _QUOTE
            position, inside, at_field_start = closing + 1 + doubled, doubled, False
        elif at_field_start and line[position : position + 1] == _QUOTE:
            position, inside = position + 1, True
        else:
            next_field = line.find(separator, position) + 1
            if not next_field:
                return False
            position, at_field_start = next_field, True


def _is_blank(raw: bytes) -> bool:
    return not raw.removeprefix(_BOM).strip(b" \t\r\n,;")
