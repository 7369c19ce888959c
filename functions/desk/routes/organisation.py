"""What admins call: kinds, servers, attendants, rules, business hours, the board."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from desk.collaborators import organising
from desk.domain.kinds import Kind
from desk.domain.rules import Rules
from desk.domain.servers import Server
from desk.domain.sla import Calendar
from desk.domain.staff import Name, Profile, TokenId
from desk.organising import Board
from desk.routes import Id
from recado import clock, rest
from recado.auth import Role
from recado.errors import Rejected
from recado.model import Frozen, Identifier, Language

router = rest.router()
Share = Annotated[float, Field(ge=0, le=1)]


class KindSettings(Frozen):
    """A kind of request; its buffer fills in stages, each a share of `buffer`."""

    names: dict[Language, Name] = Field(default_factory=dict)
    buffer: int = Field(default=50, ge=0, le=5_000)
    call_back_from: Share = 0.6
    deflect_from: Share = 0.8


class ServerSettings(Frozen):
    """How many tickets a server's attendants may serve at once, together."""

    capacity: int = Field(ge=1, le=1_000)


class AttendantSettings(Frozen):
    """An attendant; `token_id` is the id of the API token they will use."""

    name: Name
    server_id: Identifier
    skills: frozenset[Identifier] = Field(min_length=1, max_length=50)
    capacity: int = Field(default=1, ge=1, le=50)
    token_id: TokenId


class Kinds(Frozen):
    """Every kind of request."""

    items: tuple[Kind, ...]


class Servers(Frozen):
    """Every server."""

    items: tuple[Server, ...]


class Attendants(Frozen):
    """Every attendant."""

    items: tuple[Profile, ...]


@router.get("/v1/desk/kinds", tags=["kinds"])
@rest.allow(Role.ATTENDANT)
def kinds() -> Kinds:
    """List the kinds of request."""
    return Kinds(items=tuple(organising().kinds()))


@router.put("/v1/desk/kinds/<kind_id>", tags=["kinds"])
def put_kind(kind_id: Id, new: KindSettings) -> Kind:
    """Make or change a kind of request."""
    return organising().put_kind(Kind(id=kind_id, **new.model_dump()))


@router.delete("/v1/desk/kinds/<kind_id>", status_code=204, tags=["kinds"])
def remove_kind(kind_id: Id) -> Response[str]:
    """Remove a kind that no open ticket and no attendant has."""
    organising().remove_kind(kind_id)
    return rest.nothing()


@router.get("/v1/desk/servers", tags=["servers"])
@rest.allow(Role.ADMIN)
def servers() -> Servers:
    """List the servers."""
    return Servers(items=tuple(organising().servers()))


@router.put("/v1/desk/servers/<server_id>", tags=["servers"])
def put_server(server_id: Id, new: ServerSettings) -> Server:
    """Make a server, or change its capacity."""
    return organising().put_server(server_id, new.capacity)


@router.delete("/v1/desk/servers/<server_id>", status_code=204, tags=["servers"])
def remove_server(server_id: Id) -> Response[str]:
    """Remove a server without attendants."""
    organising().remove_server(server_id)
    return rest.nothing()


@router.get("/v1/desk/attendants", tags=["staff"])
@rest.allow(Role.ADMIN)
def attendants() -> Attendants:
    """List the attendants."""
    return Attendants(items=tuple(organising().attendants()))


@router.put("/v1/desk/attendants/<attendant_id>", tags=["staff"])
def put_attendant(attendant_id: Id, new: AttendantSettings) -> Profile:
    """Make or change an attendant; who has tickets stays on their server."""
    return organising().put_attendant(Profile(id=attendant_id, **new.model_dump()))


@router.delete("/v1/desk/attendants/<attendant_id>", status_code=204, tags=["staff"])
def remove_attendant(attendant_id: Id) -> Response[str]:
    """Remove an attendant who is signed out."""
    organising().remove_attendant(attendant_id)
    return rest.nothing()


@router.get("/v1/desk/rules", tags=["rules"])
@rest.allow(Role.ADMIN)
def rules() -> Rules:
    """Show leases, deadlines and limits."""
    return organising().rules()


@router.put("/v1/desk/rules", tags=["rules"])
def put_rules(new: Rules) -> Rules:
    """Set leases, deadlines and limits; what is left out gets its default."""
    return organising().put_rules(new)


@router.get("/v1/desk/calendar", tags=["rules"])
@rest.allow(Role.ADMIN)
def calendar() -> Calendar:
    """Show the business hours of the SLA clock."""
    return organising().calendar()


@router.put("/v1/desk/calendar", tags=["rules"])
def put_calendar(new: Calendar) -> Calendar:
    """Set the business hours and holidays of the SLA clock."""
    if not clock.is_zone(new.zone):
        raise Rejected("is no IANA time zone, such as America/Sao_Paulo", field="zone")
    return organising().put_calendar(new)


@router.get("/v1/desk/board", tags=["board"])
@rest.allow(Role.ADMIN)
def board() -> Board:
    """Show what waits, who is there and how full each server is."""
    return organising().board()
