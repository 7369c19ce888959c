"""Mail templates: versions that never change, and what they need to be rendered."""

import hashlib
from datetime import datetime

from pydantic import Field

from recado.errors import Rejected
from recado.links import PROVIDED
from recado.model import Frozen, Identifier, Language, MailBody, TemplateVersion
from recado.templating import compile_body, fields_used

MAX_BYTES = 200_000
"""A template travels in one message together with its campaign."""


class TemplateBodies(Frozen):
    """A template's messages by language."""

    bodies: dict[Language, MailBody] = Field(min_length=1)


class TemplateSummary(Frozen):
    """A template without its bodies."""

    id: Identifier
    version: int
    languages: tuple[Language, ...]
    fields: tuple[str, ...]
    digest: str = Field(description="SHA-256 of the bodies: the same digest is the same content.")
    updated_at: datetime


def summary_of(template: TemplateVersion, at: datetime) -> TemplateSummary:
    """What a list shows of a template.

    Raises:
        Rejected: a part is not valid Jinja2 or the whole is too large; the message says where.
    """
    content = template.model_dump_json(include={"bodies"}).encode()
    if len(content) > MAX_BYTES:
        raise Rejected(
            f"the template has {len(content)} bytes: at most {MAX_BYTES} fit, link to images",
            field="bodies",
        )
    return TemplateSummary(
        id=template.id,
        version=template.version,
        languages=tuple(template.bodies),
        fields=tuple(sorted(_fields(template) - PROVIDED.keys())),
        digest=hashlib.sha256(content).hexdigest(),
        updated_at=at,
    )


def _fields(template: TemplateVersion) -> set[str]:
    names: set[str] = set()
    for language, body in template.bodies.items():
        try:
            compile_body(body, language)
            names |= fields_used(body)
        except Rejected as error:
            field = f"bodies.{language}.{error.field}"
            raise Rejected(f"{language}: {error}", field=field) from error
    return names
