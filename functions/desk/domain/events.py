"""What happens to the desk, and what the desk decides: the words of a trace."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from desk.domain.kinds import Stage
from desk.domain.supervisor import Reason
from recado.model import Frozen


class _Happened(Frozen):
    at: datetime


class Arrived(_Happened):
    """A customer asks for a person; `requested_at` is when, if the desk heard of it later."""

    type: Literal["arrived"] = "arrived"
    ticket_id: str
    kind: str
    requested_at: datetime | None = None


class ChoseCallBack(_Happened):
    """The customer accepted the call-back offered."""

    type: Literal["chose_call_back"] = "chose_call_back"
    ticket_id: str


class ChoseBot(_Happened):
    """The customer accepted the bot's help instead of waiting."""

    type: Literal["chose_bot"] = "chose_bot"
    ticket_id: str


class GaveUp(_Happened):
    """The customer left without being served."""

    type: Literal["gave_up"] = "gave_up"
    ticket_id: str


class SignedIn(_Happened):
    """An attendant starts, or comes back."""

    type: Literal["signed_in"] = "signed_in"
    attendant_id: str


class HeartBeat(_Happened):
    """An attendant's sign of life."""

    type: Literal["heart_beat"] = "heart_beat"
    attendant_id: str


class SignedOut(_Happened):
    """An attendant leaves."""

    type: Literal["signed_out"] = "signed_out"
    attendant_id: str


class _ByOwner(_Happened):
    ticket_id: str
    attendant_id: str
    token: int


class Replied(_ByOwner):
    """The owner writes to the customer."""

    type: Literal["replied"] = "replied"


class Transferred(_ByOwner):
    """The owner passes the ticket on, to whoever serves `kind`."""

    type: Literal["transferred"] = "transferred"
    kind: str


class Closed(_ByOwner):
    """The owner ends the ticket."""

    type: Literal["closed"] = "closed"
    outcome: str


class Swept(_Happened):
    """The supervisor's clock ticks."""

    type: Literal["swept"] = "swept"


Event = Annotated[
    Arrived
    | ChoseCallBack
    | ChoseBot
    | GaveUp
    | SignedIn
    | HeartBeat
    | SignedOut
    | Replied
    | Transferred
    | Closed
    | Swept,
    Field(discriminator="type"),
]


class Admitted(Frozen):
    """The request is in; `stage` says what the customer is offered."""

    ticket_id: str
    stage: Stage


class Refused(Frozen):
    """The buffer of its kind is full: the customer is told so."""

    ticket_id: str
    kind: str


class Assigned(Frozen):
    """The ticket has an owner, who must show `token` with everything they do to it."""

    ticket_id: str
    attendant_id: str
    server_id: str
    token: int
    at: datetime


class Requeued(Frozen):
    """The ticket was taken from its owner."""

    ticket_id: str
    attendant_id: str
    reason: Reason


class Moved(Frozen):
    """The ticket waits elsewhere; None is the common queue."""

    ticket_id: str
    source: str
    target: str | None
    reason: Reason


Fact = Admitted | Refused | Assigned | Requeued | Moved
