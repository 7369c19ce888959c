"""The desk's adjustable times and limits."""

from datetime import timedelta

from pydantic import Field

from recado.model import Frozen


class Rules(Frozen):
    """Times and limits of leases, replies and moves.

    lease: how long an attendant counts as present after a sign of life.
    first_reply: how long a new owner may stay silent.
    move_cooldown, max_moves: a ticket rests so long between two moves from server to server; after
        `max_moves` it waits in the common queue, open to every server, and is never moved again.
    failing_below, recovered_from: the share of a server's signed-in attendants who answer, below
        which it is failing, and from which it is up again.
    answer_within: the wait for an owner that the desk promises, on the SLA clock; only reported.
    supervised: whether the supervisor works.
    """

    lease: timedelta = timedelta(seconds=90)
    first_reply: timedelta = timedelta(minutes=3)
    move_cooldown: timedelta = timedelta(minutes=5)
    max_moves: int = Field(default=3, ge=0)
    failing_below: float = Field(default=0.5, ge=0, le=1)
    recovered_from: float = Field(default=0.75, ge=0, le=1)
    answer_within: timedelta = timedelta(minutes=5)
    supervised: bool = True
