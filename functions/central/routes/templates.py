"""Mail templates."""

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import AfterValidator, Field

from central import collaborators
from central.domain.templates import TemplateBodies, TemplateSummary
from central.routes import PAGE, Cursor, Id, Limit
from recado import clock, rest
from recado.audience import MAX_ROW_BYTES
from recado.auth import Role
from recado.contracts import Scalar
from recado.links import PROVIDED
from recado.listing import Page
from recado.model import Frozen, Language, TemplateVersion
from recado.templating import compile_body

router = rest.router()


class TemplateLine(Frozen):
    """A template in short; `fields` are what it needs from every recipient."""

    id: str
    version: int
    languages: tuple[Language, ...]
    fields: tuple[str, ...]
    updated_at: datetime


def _as_large_as_a_row(fields: dict[str, Scalar]) -> dict[str, Scalar]:
    size = sum(len(str(value).encode()) for value in fields.values())
    if size > MAX_ROW_BYTES:
        raise ValueError(f"hold {size} bytes: a recipient has at most {MAX_ROW_BYTES}")
    return fields


class PreviewRequest(Frozen):
    """Values to try a template with, no more than a row of an audience holds."""

    language: Language = Language.PORTUGUESE
    fields: Annotated[dict[str, Scalar], AfterValidator(_as_large_as_a_row)] = Field(
        default_factory=dict
    )


class Preview(Frozen):
    """A message as a recipient would get it."""

    subject: str
    html: str
    text: str


@router.put("/v1/templates/<template_id>", tags=["templates"])
def keep(template_id: Id, new: TemplateBodies) -> TemplateLine:
    """Store a template; a new version only if its content differs from the latest."""
    return _line(collaborators.templates().put(template_id, new.bodies, clock.now()))


@router.get("/v1/templates", tags=["templates"])
def templates(cursor: Cursor = None, limit: Limit = PAGE) -> Page[TemplateLine]:
    """List templates by id."""
    page = collaborators.templates().page(cursor, limit)
    return Page[TemplateLine](items=tuple(map(_line, page.items)), cursor=page.cursor)


@router.get("/v1/templates/<template_id>", tags=["templates"])
def template(
    template_id: Id, version: Annotated[int | None, Query(ge=1)] = None
) -> TemplateVersion:
    """Show a template's bodies, of the latest version unless told which."""
    return collaborators.templates().get(template_id, version)


@router.post("/v1/templates/<template_id>/preview", tags=["templates"])
@rest.allow(Role.VIEWER)
def preview(template_id: Id, request: PreviewRequest) -> Preview:
    """Render the latest version with values of your own."""
    body = collaborators.templates().get(template_id).body(request.language)
    mail = compile_body(body, request.language).render({**PROVIDED, **request.fields})
    return Preview(subject=mail.subject, html=mail.html, text=mail.text)


def _line(summary: TemplateSummary) -> TemplateLine:
    return TemplateLine(**summary.model_dump(exclude={"digest"}))
