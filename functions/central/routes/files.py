"""Files staff upload: imports of customers and invoices, and audiences of campaigns."""

from datetime import datetime

from pydantic import Field

from central import collaborators
from central.domain.campaigns import AUDIENCES
from central.domain.imports import Import, ImportStatus, opened, safe_name
from central.domain.rows import Kind
from central.reading import all_rejected
from central.routes import PAGE, Cursor, Id, Limit
from recado import clock, ids, rest
from recado.listing import Page
from recado.model import Frozen

router = rest.router()


class NewImport(Frozen):
    """A file somebody is about to upload."""

    kind: Kind
    filename: str = Field(description="Ends in .csv or .ndjson.", max_length=255)


class NewAudience(Frozen):
    """A file of recipients somebody is about to upload."""

    filename: str = Field(description="Ends in .csv or .ndjson.", max_length=255)


class Upload(Frozen):
    """Where to PUT the file's content."""

    id: str
    upload_url: str
    expires_at: datetime


class AudienceUpload(Frozen):
    """Where to PUT an audience, and what to call it in a campaign."""

    file: str
    upload_url: str
    expires_at: datetime


class RowError(Frozen):
    """A row that was refused."""

    line: int
    id: str
    reason: str


class ImportLine(Frozen):
    """An import, in short. Always: rows = accepted + unchanged + rejected."""

    id: str
    kind: Kind
    filename: str
    status: ImportStatus
    rows: int
    accepted: int
    unchanged: int
    rejected: int
    reason: str = Field(description="Why the file as a whole was refused.")
    notes: tuple[str, ...] = Field(description="What was noticed and did no harm.")
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class ImportReport(ImportLine):
    """An import with its refused rows: the first 100 here, all at `errors_url`."""

    errors: tuple[RowError, ...]
    errors_url: str | None = Field(description="NDJSON with the raw rows, once the import is done.")


@router.post("/v1/imports", status_code=201, tags=["imports"])
def open_import(new: NewImport) -> Upload:
    """Ask for a link to upload customers or invoices to; reading starts by itself."""
    now = clock.now()
    job = opened(ids.new("imp", now), new.kind, new.filename, now)
    collaborators.imports().create(job)
    link = collaborators.files().upload_link(job.file, now)
    return Upload(id=job.id, upload_url=link.url, expires_at=link.expires_at)


@router.get("/v1/imports", tags=["imports"])
def imports(cursor: Cursor = None, limit: Limit = PAGE) -> Page[ImportLine]:
    """List imports, the newest first."""
    page = collaborators.imports().page(cursor, limit)
    return Page[ImportLine](items=tuple(map(_line, page.items)), cursor=page.cursor)


@router.get("/v1/imports/<import_id>", tags=["imports"])
def report(import_id: Id) -> ImportReport:
    """Show how an import goes and which rows were refused."""
    job = collaborators.imports().get(import_id)
    errors = collaborators.imports().errors(import_id) if job.rejected else []
    url = None
    if job.status is ImportStatus.DONE and job.rejected:
        url = collaborators.files().download_link(all_rejected(import_id), clock.now()).url
    rows = tuple(RowError.model_validate(error) for error in errors)
    return ImportReport(**dict(_line(job)), errors=rows, errors_url=url)


@router.post("/v1/audiences", status_code=201, tags=["campaigns"])
def open_audience(new: NewAudience) -> AudienceUpload:
    """Ask for a link to upload a campaign's recipients to."""
    now = clock.now()
    file = f"{AUDIENCES}{ids.new('aud', now)}/{safe_name(new.filename)}"
    link = collaborators.files().upload_link(file, now)
    return AudienceUpload(file=file, upload_url=link.url, expires_at=link.expires_at)


def _line(job: Import) -> ImportLine:
    ignored = ", ".join(job.ignored)
    notes = (f"these columns mean nothing here and were ignored: {ignored}",) if ignored else ()
    shared = set(ImportLine.model_fields) - {"notes"}
    return ImportLine(**job.model_dump(include=shared), notes=notes)
