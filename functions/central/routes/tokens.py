"""Tokens of the people and programs that may call the API."""

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path

from central.domain.fields import Name
from central.routes import PAGE, Cursor, Limit
from recado import clock, rest
from recado.auth import Role, TokenRecord, issue, tokens
from recado.errors import NotFound
from recado.listing import Page
from recado.model import Frozen

router = rest.router()


class NewToken(Frozen):
    """Whom a token is for, and what it may do."""

    label: Name
    role: Role


class IssuedToken(Frozen):
    """A new token; its text is shown only now."""

    id: str
    token: str
    role: Role


class TokenLine(Frozen):
    """A token without its secret."""

    id: str
    label: str
    role: Role
    created_at: datetime
    revoked_at: datetime | None


@router.post("/v1/tokens", status_code=201, tags=["tokens"])
def create(new: NewToken) -> IssuedToken:
    """Issue a token."""
    text, record = issue(new.label, new.role, clock.now())
    tokens().put(record)
    return IssuedToken(id=record.id, token=text, role=record.role)


@router.get("/v1/tokens", tags=["tokens"])
def known(cursor: Cursor = None, limit: Limit = PAGE) -> Page[TokenLine]:
    """List tokens, the newest first; never their secrets."""
    page = tokens().page(cursor, limit)
    return Page[TokenLine](items=tuple(map(_line, page.items)), cursor=page.cursor)


@router.delete("/v1/tokens/<token_id>", status_code=204, tags=["tokens"])
def revoke(token_id: Annotated[str, Path(pattern="^[a-z0-9]{12}$")]) -> Response[str]:
    """Make a token useless from now on."""
    if not tokens().revoke(token_id, clock.now()):
        raise NotFound(f"there is no token {token_id}")
    return rest.nothing()


def _line(record: TokenRecord) -> TokenLine:
    return TokenLine(**record.model_dump(exclude={"secret_sha256"}))
