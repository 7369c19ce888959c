"""Where an audience comes from, read page by page: a segment of customers, or an uploaded file."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple, Protocol

from campaigns.domain.plan import PAGE_BYTES, PAGE_RECIPIENTS, Page, Row, weight
from campaigns.gateway import AudienceFile, Line
from recado import audience
from recado.contracts import SegmentAudience
from recado.directory import Directory
from recado.errors import Rejected


class Source(Protocol):
    """Somewhere to read the next page of an audience from."""

    def page(self, cursor: str | None) -> Page:
        """The page that begins at `cursor` (`None`: the first)."""
        ...


class SegmentSource:
    """The customers of a segment, as they are when the page is read."""

    def __init__(self, directory: Directory, segment: SegmentAudience, as_of: date) -> None:
        self._directory = directory
        self._segment = segment
        self._as_of = as_of

    def page(self, cursor: str | None) -> Page:
        """The page that begins at `cursor` (`None`: the first)."""
        found = self._directory.page(self._segment, self._as_of, cursor, PAGE_RECIPIENTS)
        rows = tuple(audience.recipient_of(customer, self._as_of) for customer in found.customers)
        return Page(rows=rows, cursor=found.cursor)


class _Position(NamedTuple):
    offset: int
    line: int


class FileSource:
    """The rows of an uploaded NDJSON or CSV file; a cursor is a byte offset and a line number."""

    def __init__(self, file: AudienceFile) -> None:
        self._file = file
        self._is_csv = file.file.lower().endswith(".csv")

    def page(self, cursor: str | None) -> Page:
        """The page that begins at `cursor` (`None`: the first).

        Raises:
            Rejected: there is no such file, or its header is unusable.
        """
        start = _Position(*map(int, (cursor or "0:1").split(":")))
        header = self._header() if self._is_csv else None
        rows: list[Row] = []
        size = 0
        for position, line in self._from(start):
            if len(rows) == PAGE_RECIPIENTS or size > PAGE_BYTES:
                return Page(rows=tuple(rows), cursor=f"{position.offset}:{position.line}")
            is_header = self._is_csv and position.line == 1
            if not is_header and not audience.is_blank(line.text):
                rows.append(audience.parse_line(line.text, position.line, header))
                size += weight(rows[-1])
        return Page(rows=tuple(rows), cursor=None)

    def _header(self) -> audience.CsvHeader:
        first = next(self._file.lines(0), None)
        if first is None:
            raise Rejected("the file is empty", field="audience.file")
        return audience.read_header(first.text)

    def _from(self, start: _Position) -> Iterator[tuple[_Position, Line]]:
        offset, number = start
        for line in self._file.lines(offset):
            yield _Position(offset, number), line
            offset, number = offset + line.length, number + 1
