"""The use case of an import: read a file batch by batch, take in its rows, report the others.

A batch is one transaction: its records, the running totals, and the import's position and counts.
So whoever reads the file again, after a crash or because a message came twice, goes on exactly
where the last transaction ended.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from central.domain.imports import Import, ImportStatus
from central.domain.intake import (
    CustomerLine,
    InvoiceLine,
    Known,
    Refusal,
    Verdict,
    take_customers,
    take_invoices,
)
from central.domain.records import Position, records, split_lines
from central.domain.rows import Kind, Row, quoting_of, read_columns, row_of, unknown_columns
from central.gateway import Files
from central.store.customers import MAX_WRITES, CustomerStore
from central.store.imports import ImportStore
from recado import ids, table
from recado.bus import Bus
from recado.clock import Clock
from recado.contracts import CustomersImported
from recado.errors import Rejected, Retryable
from recado.model import Frozen, Identifier
from recado.queue import Outbox

GOOD_ROWS = {Kind.CUSTOMERS: 31, Kind.INVOICES: 40}
"""Rows that mostly fit one transaction of 100 writes, three for a new customer and at most five for
the import itself; a batch that does not is halved."""
MAX_BATCH_ROWS = 1_000
MAX_BATCH_BYTES = 262_144
_ATTEMPTS = 8


class ContinueImport(Frozen):
    """Central's note to itself: read this import on."""

    import_id: Identifier


class Superseded(Exception):
    """Another reader of the same import is ahead: leave it to that one."""


class Entry(NamedTuple):
    """A row and where it begins."""

    start: Position
    row: Row


@dataclass(frozen=True)
class Batch:
    """Rows that are taken in together, and where the next batch begins."""

    entries: Sequence[Entry]
    end: Position
    unknown: frozenset[str] = frozenset()

    def halves(self) -> tuple["Batch", "Batch"]:
        """The same rows in two batches."""
        middle = len(self.entries) // 2
        first = Batch(self.entries[:middle], self.entries[middle].start, self.unknown)
        return first, Batch(self.entries[middle:], self.end)


class Reader:
    """Reads imports to their end, or until the function's time is nearly over."""

    def __init__(
        self,
        imports: ImportStore,
        customers: CustomerStore,
        files: Files,
        notes: Outbox,
        bus: Bus,
        clock: Clock,
        today: Callable[[], date],
    ) -> None:
        self._imports = imports
        self._customers = customers
        self._files = files
        self._notes = notes
        self._bus = bus
        self._clock = clock
        self._today = today

    def read(self, import_id: str, may_go_on: Callable[[], bool]) -> Import:
        """Read an import on from where it is, and return it as it is afterwards.

        Raises:
            NotFound: there is no such import.
            Retryable: others kept changing the same customers.
        """
        job = self._imports.get(import_id)
        try:
            if job.status is ImportStatus.WAITING:
                job = self._begin(job)
            if job.status is ImportStatus.READING:
                job = self._go_on(job, may_go_on)
        except Rejected as refusal:
            return self._end(self._imports.get(import_id), ImportStatus.REFUSED, str(refusal))
        except Superseded:
            return self._imports.get(import_id)
        return job

    def _begin(self, job: Import) -> Import:
        first = next(self._files.blocks(job.file, 0), None)
        if first is None:
            raise Rejected("the file is empty: upload one with rows")
        update = {
            "status": ImportStatus.READING,
            "etag": first.etag,
            "started_at": self._clock(),
        }
        if job.is_csv:
            line = next(split_lines([first.content]))
            if line.too_long:
                raise Rejected("the file's first line is too long to name columns")
            header = read_columns(line.text, job.kind)
            update |= {
                "columns": header.columns,
                "separator": header.separator,
                "offset": line.length,
                "line": 2,
            }
            job = job.ignoring(set(header.columns) - set(job.kind.columns))
        return self._save(job, job.model_copy(update=update))

    def _go_on(self, job: Import, may_go_on: Callable[[], bool]) -> Import:
        for number, batch in enumerate(self._batches(job)):
            if number and not may_go_on():
                self._notes.send([ContinueImport(import_id=job.id)])
                return job
            job = self._take_in(job, batch)
        if job.rejected:
            self._files.join(self._imports.parts(job.id), all_rejected(job.id))
        return self._end(job, ImportStatus.DONE, "")

    def _batches(self, job: Import) -> Iterator[Batch]:
        """The rest of the file; rows that are refused at once make a batch longer, not heavier."""
        header = job.header
        blocks = self._files.blocks(job.file, job.offset, job.etag)
        lines = split_lines(block.content for block in blocks)
        entries: list[Entry] = []
        end, good, size = job.position, 0, 0
        unknown: set[str] = set()
        for record in records(lines, job.position, quoting_of(header) if header else None):
            row = row_of(record, job.kind, header)
            entries.append(Entry(record.start, row))
            end, size = record.end, size + len(record.raw)
            if isinstance(row, CustomerLine | InvoiceLine):
                good += 1
                unknown |= set() if header else unknown_columns(record, job.kind)
            full = good == GOOD_ROWS[job.kind] or len(entries) == MAX_BATCH_ROWS
            if full or size >= MAX_BATCH_BYTES:
                yield Batch(entries, end, frozenset(unknown))
                entries, good, size, unknown = [], 0, 0, set()
        if entries:
            yield Batch(entries, end, frozenset(unknown))

    def _take_in(self, job: Import, batch: Batch) -> Import:
        for _ in range(_ATTEMPTS):
            verdict = self._judge(job, batch)
            refused = _all_refused(batch, verdict)
            after = job.after(
                batch.end,
                accepted=verdict.accepted,
                unchanged=verdict.unchanged,
                rejected=len(refused),
            ).ignoring(set(batch.unknown))
            part = self._keep(job, refused)
            writes = self._imports.progress(job, after, refused, part)
            writes += self._customers.writes(verdict.changes)
            if len(writes) > MAX_WRITES:
                first, second = batch.halves()
                return self._take_in(self._take_in(job, first), second)
            try:
                table.transact(writes)
            except table.TransactionRefused as error:
                if error.reasons[0] == "ConditionalCheckFailed":
                    raise Superseded from error
            else:
                return after
        raise Retryable(f"others keep changing the customers of import {job.id}")

    def _judge(self, job: Import, batch: Batch) -> Verdict:
        rows = [entry.row for entry in batch.entries]
        if job.kind is Kind.CUSTOMERS:
            people = [row for row in rows if isinstance(row, CustomerLine)]
            known = self._customers.known(line.row.id for line in people)
            return take_customers(people, known, job.etag, self._clock(), self._today())
        bills = [row for row in rows if isinstance(row, InvoiceLine)]
        return take_invoices(bills, self._known_bills(bills), job.etag)

    def _known_bills(self, bills: Sequence[InvoiceLine]) -> Known:
        return self._customers.known(
            (line.row.customer_id for line in bills),
            ((line.row.customer_id, line.row.id) for line in bills),
        )

    def _keep(self, job: Import, refused: Sequence[Refusal]) -> str | None:
        """Store refused rows under a name of their own; it counts once the transaction knows it."""
        if not refused:
            return None
        part = f"rejected/{job.id}/{ids.new('part', self._clock())}.ndjson"
        self._files.put(part, "".join(map(_report_line, refused)).encode())
        return part

    def _save(self, before: Import, after: Import) -> Import:
        if not self._imports.save(before, after):
            raise Superseded
        return after

    def _end(self, job: Import, status: ImportStatus, reason: str) -> Import:
        if job.status.over:
            return job
        if status is ImportStatus.DONE:
            self._bus.publish(_told(job))
        update = {"status": status, "reason": reason, "ended_at": self._clock()}
        return self._save(job, job.model_copy(update=update))


def all_rejected(import_id: str) -> str:
    """The file with every refused row of an import."""
    return f"rejected/{import_id}.ndjson"


def _all_refused(batch: Batch, verdict: Verdict) -> list[Refusal]:
    unreadable = [entry.row for entry in batch.entries if isinstance(entry.row, Refusal)]
    return sorted([*unreadable, *verdict.refused], key=lambda refusal: refusal.line)


def _report_line(refusal: Refusal) -> str:
    return json.dumps(vars(refusal), ensure_ascii=False) + "\n"


def _told(job: Import) -> CustomersImported:
    return CustomersImported(
        import_id=job.id,
        kind=job.kind.value,
        accepted=job.accepted,
        unchanged=job.unchanged,
        rejected=job.rejected,
    )
