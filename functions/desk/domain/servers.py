"""Servers: groups of attendants with a limited capacity."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from desk.domain.attendants import Attendant
from desk.domain.rules import Rules
from recado.errors import Conflict
from recado.model import Frozen


class Health(StrEnum):
    """A failing server keeps serving what it can, but is the last choice for anything new."""

    UP = "up"
    FAILING = "failing"


class Server(Frozen):
    """A group of attendants who serve `capacity` tickets at once at most, now `load`."""

    id: str
    capacity: int = Field(ge=1)
    load: int = Field(default=0, ge=0)
    health: Health = Health.UP

    def has_room(self) -> bool:
        """Whether one more ticket may be served here."""
        return self.load < self.capacity


def given(server: Server) -> Server:
    """The server with one ticket more.

    Raises:
        Conflict: it is at its cap.
    """
    if not server.has_room():
        raise Conflict(f"server {server.id} already serves {server.capacity} tickets")
    return server.model_copy(update={"load": server.load + 1})


def relieved(server: Server) -> Server:
    """The server with one ticket less."""
    return server.model_copy(update={"load": server.load - 1})


def health(
    server: Server, attendants: Collection[Attendant], rules: Rules, now: datetime
) -> Health:
    """Up or failing, by the share of its signed-in attendants who answer.

    Between the two limits of `rules` it stays what it was, so that it does not flap.
    """
    members = [each for each in attendants if each.server_id == server.id and each.is_signed_in()]
    if not members:
        return Health.FAILING
    share = sum(each.is_live(now) for each in members) / len(members)
    if share < rules.failing_below:
        return Health.FAILING
    if share >= rules.recovered_from:
        return Health.UP
    return server.health
