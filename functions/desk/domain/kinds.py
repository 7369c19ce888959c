"""Kinds of request, as data, and how each one's buffer fills up in stages."""

from enum import StrEnum

from pydantic import Field

from recado.model import Frozen, Language


class Stage(StrEnum):
    """What the next request of a kind is met with; only the last one turns it away."""

    QUEUE = "queue"
    CALL_BACK = "call_back"
    DEFLECT = "deflect"
    REFUSE = "refuse"


class Kind(Frozen):
    """A kind of request: its names, and a buffer of `buffer` waiting requests at most.

    From the share `call_back_from` of a full buffer on, a call-back is offered; from
    `deflect_from` on, the bot's help as well. Who declines waits in the buffer like everybody else.
    """

    id: str
    names: dict[Language, str] = Field(default_factory=dict)
    buffer: int = Field(default=50, ge=0)
    call_back_from: float = Field(default=0.6, ge=0, le=1)
    deflect_from: float = Field(default=0.8, ge=0, le=1)


TECHNICAL = Kind(
    id="technical", names={Language.PORTUGUESE: "Suporte técnico", Language.ENGLISH: "Technical"}
)
SALES = Kind(id="sales", names={Language.PORTUGUESE: "Vendas", Language.ENGLISH: "Sales"})


def stage(kind: Kind, waiting: int) -> Stage:
    """What a request meets when `waiting` others of its kind wait and nobody is free for it."""
    if waiting >= kind.buffer:
        return Stage.REFUSE
    if waiting >= kind.deflect_from * kind.buffer:
        return Stage.DEFLECT
    if waiting >= kind.call_back_from * kind.buffer:
        return Stage.CALL_BACK
    return Stage.QUEUE
