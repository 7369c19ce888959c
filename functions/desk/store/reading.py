"""Items of the open desk as values, and moments as numbers that conditions can compare."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from desk.domain.attendants import Attendant
from desk.domain.desk import Desk
from desk.domain.dockets import Docket
from desk.domain.floor import Floor, Handling
from desk.domain.kinds import SALES, TECHNICAL, Kind
from desk.domain.rules import Rules
from desk.domain.servers import Health, Server
from desk.domain.sla import Calendar
from desk.domain.staff import Profile, always_open
from desk.store import ATTENDANT, CALENDAR, HANDLING, KIND, RULES, SERVER, TICKET
from recado import table

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KNOWN_DOCKETS = 1_024


def ticks(moment: datetime) -> int:
    """A moment in microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(item: table.Item, name: str) -> datetime | None:
    """The moment an attribute has in microseconds, if it is there."""
    return _EPOCH + int(item[name]["N"]) * _MICROSECOND if name in item else None


def to_attendant(item: table.Item) -> Attendant:
    """What the policy knows of an attendant."""
    return Attendant(
        id=_id(item, ATTENDANT),
        server_id=item["server_id"]["S"],
        skills=frozenset(item["skills"]["SS"]),
        capacity=int(item["capacity"]["N"]),
        load=int(item["load"]["N"]),
        lease_until=moment(item, "lease_until"),
        available=item["available"]["BOOL"],
        idle_since=moment(item, "idle_since"),
    )


def to_profile(item: table.Item) -> Profile:
    """What staff said of an attendant."""
    return Profile(
        id=_id(item, ATTENDANT),
        name=item["name"]["S"],
        server_id=item["server_id"]["S"],
        skills=frozenset(item["skills"]["SS"]),
        capacity=int(item["capacity"]["N"]),
        token_id=item["token_id"]["S"],
    )


def to_server(item: table.Item) -> Server:
    """A server."""
    return Server(
        id=_id(item, SERVER),
        capacity=int(item["capacity"]["N"]),
        load=int(item["load"]["N"]),
        health=Health(item["health"]["S"]),
    )


def to_docket(item: table.Item) -> Docket:
    """An open ticket's docket."""
    return _docket(item["docket"]["S"])


@lru_cache(maxsize=_KNOWN_DOCKETS)
def _docket(text: str) -> Docket:
    """Most of the desk is as it was when it was last read, and reading JSON is what takes time."""
    return Docket.model_validate_json(text)


def to_floor(items: list[table.Item], zone: str) -> Floor:
    """The open desk; without kinds of their own it has Technical and Sales.

    An attendant whose server is gone is not at the desk, and who waits at one that is gone waits in
    the common queue.
    """
    by_key = {item["sk"]["S"]: item for item in items}

    def some(prefix: str) -> list[table.Item]:
        return [item for key, item in by_key.items() if key.startswith(prefix)]

    servers = {each.id: each for each in map(to_server, some(SERVER))}
    people = [item for item in some(ATTENDANT) if item["server_id"]["S"] in servers]
    dockets = {each.ticket.id: _placed(each, servers) for each in map(to_docket, some(TICKET))}
    desk = Desk(
        rules=_stored(Rules, by_key.get(RULES)) or Rules(),
        kinds={each.id: each for each in kinds_of(some(KIND))},
        servers=servers,
        attendants={each.id: each for each in map(to_attendant, people)},
        tickets={key: each.ticket for key, each in dockets.items()},
    )
    return Floor(
        desk=desk,
        dockets=dockets,
        names={_id(item, ATTENDANT): item["name"]["S"] for item in people},
        handling={_id(item, HANDLING): _to_handling(item) for item in some(HANDLING)},
        calendar=_stored(Calendar, by_key.get(CALENDAR)) or always_open(zone),
    )


def kinds_of(items: list[table.Item]) -> list[Kind]:
    """The kinds of request; Technical and Sales where there are none."""
    found = [Kind.model_validate_json(item["kind"]["S"]) for item in items]
    return found or [SALES, TECHNICAL]


def _placed(docket: Docket, servers: dict[str, Server]) -> Docket:
    ticket = docket.ticket
    if ticket.server_id is None or ticket.server_id in servers:
        return docket
    return docket.model_copy(update={"ticket": ticket.model_copy(update={"server_id": None})})


def _to_handling(item: table.Item) -> Handling:
    return Handling(tickets=int(item["tickets"]["N"]), seconds=float(item["seconds"]["N"]))


def _stored(kind: Any, item: table.Item | None) -> Any:
    return kind.model_validate_json(item["value"]["S"]) if item else None


def _id(item: table.Item, prefix: str) -> str:
    return str(item["sk"]["S"]).removeprefix(prefix)
