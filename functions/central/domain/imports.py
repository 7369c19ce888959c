"""An import: a file on its way into customers or invoices, and how far it is."""

import re
from datetime import datetime
from enum import StrEnum

from central.domain.records import Position
from central.domain.rows import Kind
from recado.audience import CsvHeader
from recado.errors import Rejected
from recado.model import Frozen

MAX_REPORTED = 100
"""Refused rows shown with the import itself; all of them are in a file beside it."""
MAX_IGNORED = 20


class ImportStatus(StrEnum):
    """Where an import stands; `refused`: the file as a whole cannot be read."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    REFUSED = "refused"

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self in {ImportStatus.DONE, ImportStatus.REFUSED}


class Import(Frozen):
    """What is kept of an import. Always: rows = accepted + unchanged + rejected.

    `offset` and `line` say where the next record begins; `columns` and `separator` are the CSV
    header's; `ignored` names columns that mean nothing here.
    """

    id: str
    kind: Kind
    filename: str
    file: str
    status: ImportStatus = ImportStatus.WAITING
    etag: str = ""
    offset: int = 0
    line: int = 1
    columns: tuple[str, ...] = ()
    separator: str = ""
    ignored: tuple[str, ...] = ()
    rows: int = 0
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    reason: str = ""
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_csv(self) -> bool:
        """Whether the file is CSV; otherwise it is NDJSON."""
        return self.filename.lower().endswith(".csv")

    @property
    def header(self) -> CsvHeader | None:
        """The CSV header, once it was read."""
        return CsvHeader(self.columns, self.separator) if self.columns else None

    @property
    def position(self) -> Position:
        """Where the next record begins."""
        return Position(self.offset, self.line)

    def after(
        self, position: Position, *, accepted: int, unchanged: int, rejected: int
    ) -> "Import":
        """The import once a batch of rows up to `position` is done."""
        return self.model_copy(
            update={
                "offset": position.offset,
                "line": position.line,
                "rows": self.rows + accepted + unchanged + rejected,
                "accepted": self.accepted + accepted,
                "unchanged": self.unchanged + unchanged,
                "rejected": self.rejected + rejected,
            }
        )

    def ignoring(self, names: set[str]) -> "Import":
        """The import with more column names that mean nothing, the first few of them."""
        known = set(self.ignored)
        more = [name[:64] for name in sorted(names) if name[:64] not in known]
        return self.model_copy(update={"ignored": (*self.ignored, *more)[:MAX_IGNORED]})


def opened(import_id: str, kind: Kind, filename: str, at: datetime) -> Import:
    """A new import, waiting for its file.

    Raises:
        Rejected: the file is neither CSV nor NDJSON.
    """
    name = safe_name(filename)
    file = f"imports/{kind}/{import_id}/{name}"
    return Import(id=import_id, kind=kind, filename=name, file=file, created_at=at)


def import_id_of(file: str) -> str | None:
    """The import a file in the bucket belongs to, by its key."""
    parts = file.split("/")
    return parts[2] if len(parts) == len(("imports", "kind", "id", "name")) else None


def safe_name(filename: str) -> str:
    """A file's name without folders, and with only characters that need no escaping in a URL.

    Raises:
        Rejected: its extension does not say what is in the file.
    """
    name = re.sub(r"[^A-Za-z0-9._\-]", "_", re.split(r"[/\\]", filename)[-1])[-100:]
    if not name.lower().endswith((".csv", ".ndjson")):
        raise Rejected("the filename must end in .csv or .ndjson", field="filename")
    return name
