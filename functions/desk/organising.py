"""What admins do: kinds, servers, attendants, rules, business hours, and a look at the whole."""

from datetime import datetime, timedelta

from desk.domain.floor import Floor
from desk.domain.kinds import Kind
from desk.domain.rules import Rules
from desk.domain.servers import Health, Server
from desk.domain.sla import Calendar
from desk.domain.staff import Profile, always_open
from desk.office import Office
from desk.store.staff import StaffStore
from recado.auth import Role, Tokens
from recado.clock import Clock
from recado.errors import Conflict, NotFound, Rejected
from recado.model import Frozen

SHORTEST = timedelta(seconds=5)
"""No lease and no deadline may be shorter."""


class KindLevel(Frozen):
    """What waits of a kind; `oldest` is the longest wait so far on the SLA clock."""

    kind: str
    waiting: int
    call_backs: int
    buffer: int
    in_service: int
    oldest: timedelta | None
    wait: timedelta | None


class ServerLevel(Frozen):
    """How full a server is."""

    id: str
    capacity: int
    load: int
    waiting: int
    health: Health


class AttendantLevel(Frozen):
    """Whether an attendant is there, and how much they have."""

    id: str
    name: str
    server_id: str
    capacity: int
    load: int
    live: bool
    signed_in: bool
    available: bool


class Board(Frozen):
    """The desk at a moment."""

    at: datetime
    kinds: tuple[KindLevel, ...]
    servers: tuple[ServerLevel, ...]
    attendants: tuple[AttendantLevel, ...]


class Organising:
    """The use cases of an admin."""

    def __init__(
        self, staff: StaffStore, office: Office, tokens: Tokens, zone: str, clock: Clock
    ) -> None:
        self._staff = staff
        self._office = office
        self._tokens = tokens
        self._zone = zone
        self._clock = clock

    def kinds(self) -> list[Kind]:
        """The kinds of request."""
        return self._staff.kinds()

    def put_kind(self, kind: Kind) -> Kind:
        """Store a kind; the first one of one's own does not end those the desk began with."""
        others = [each for each in self._staff.kinds() if each.id != kind.id]
        self._staff.put_kinds([*others, kind])
        self._office.settle()
        return kind

    def remove_kind(self, kind_id: str) -> None:
        """Forget a kind.

        Raises:
            Conflict: a ticket or an attendant still has it, or it is the last one.
            NotFound: there is none of this id.
        """
        floor = self._office.floor()
        desk = floor.desk
        if any(each.kind == kind_id for each in desk.tickets.values()):
            raise Conflict(f"tickets of the kind {kind_id} are open: wait until they are closed")
        if any(kind_id in each.skills for each in desk.attendants.values()):
            raise Conflict(f"attendants have the skill {kind_id}: change them first")
        if set(desk.kinds) == {kind_id}:
            raise Conflict(f"{kind_id} is the last kind: make another one first")
        self._staff.put_kinds([each for each in desk.kinds.values() if each.id != kind_id])
        self._staff.remove_kind(kind_id)

    def servers(self) -> list[Server]:
        """The servers."""
        return self._staff.servers()

    def put_server(self, server_id: str, capacity: int) -> Server:
        """Store a server; with more capacity it takes more at once."""
        server = self._staff.put_server(server_id, capacity)
        self._office.settle()
        return server

    def remove_server(self, server_id: str) -> None:
        """Forget a server.

        Raises:
            Conflict: attendants belong to it, or it serves somebody.
            NotFound: there is none of this id.
        """
        if any(each.server_id == server_id for each in self._staff.profiles()):
            raise Conflict(f"attendants belong to server {server_id}: move them first")
        self._staff.remove_server(server_id)

    def attendants(self) -> list[Profile]:
        """The attendants."""
        return self._staff.profiles()

    def put_attendant(self, profile: Profile) -> Profile:
        """Store an attendant.

        Raises:
            Rejected: a skill is no kind of request, or the token may not attend.
            Conflict: as `StaffStore.put_profile`.
        """
        unknown = profile.skills - {each.id for each in self._staff.kinds()}
        if unknown:
            raise Rejected(
                f"there is no kind of request {', '.join(sorted(unknown))}: make it first",
                field="skills",
            )
        record = self._tokens.get(profile.token_id)
        if record is None or record.revoked_at or not record.role.includes(Role.ATTENDANT):
            raise Rejected(
                "is no token with the role attendant: `recado token create --role attendant`",
                field="token_id",
            )
        self._staff.put_profile(profile, self._staff.profile(profile.id))
        self._office.settle()
        return profile

    def remove_attendant(self, attendant_id: str) -> None:
        """Forget an attendant who is signed out.

        Raises:
            Conflict: they are signed in or have tickets.
            NotFound: there is none of this id.
        """
        profile = self._staff.profile(attendant_id)
        if profile is None:
            raise NotFound(f"there is no attendant {attendant_id}")
        self._staff.remove_profile(profile)

    def rules(self) -> Rules:
        """The times and limits in force."""
        return self._staff.rules()

    def put_rules(self, rules: Rules) -> Rules:
        """Store times and limits.

        Raises:
            Rejected: a time is too short for people.
        """
        for name in ("lease", "first_reply"):
            if getattr(rules, name) < SHORTEST:
                raise Rejected(f"must be {SHORTEST.seconds} seconds at least", field=name)
        self._staff.put_rules(rules)
        return rules

    def calendar(self) -> Calendar:
        """The business hours; always open until staff say otherwise."""
        return self._staff.calendar() or always_open(self._zone)

    def put_calendar(self, calendar: Calendar) -> Calendar:
        """Store business hours and holidays."""
        self._staff.put_calendar(calendar)
        return calendar

    def board(self) -> Board:
        """The desk as it is now."""
        now, floor = self._clock(), self._office.floor()
        return Board(
            at=now,
            kinds=tuple(_kind_level(floor, kind, now) for kind in floor.desk.kinds.values()),
            servers=tuple(_server_level(floor, each) for each in floor.desk.servers.values()),
            attendants=tuple(
                AttendantLevel(
                    id=each.id,
                    name=floor.names[each.id],
                    server_id=each.server_id,
                    capacity=each.capacity,
                    load=each.load,
                    live=each.is_live(now),
                    signed_in=each.is_signed_in(),
                    available=each.available,
                )
                for each in floor.desk.attendants.values()
            ),
        )


def _kind_level(floor: Floor, kind: Kind, now: datetime) -> KindLevel:
    waiting = floor.waiting(kind.id)
    everything = sum(each.kind == kind.id for each in floor.desk.tickets.values())
    return KindLevel(
        kind=kind.id,
        waiting=len(waiting),
        call_backs=sum(each.ticket.call_back for each in waiting),
        buffer=kind.buffer,
        in_service=everything - len(waiting),
        oldest=max((each.waited(floor.calendar, now) for each in waiting), default=None),
        wait=floor.wait(kind.id, len(waiting), now),
    )


def _server_level(floor: Floor, server: Server) -> ServerLevel:
    return ServerLevel(
        id=server.id,
        capacity=server.capacity,
        load=server.load,
        waiting=sum(each.server_id == server.id for each in floor.desk.waiting()),
        health=server.health,
    )
