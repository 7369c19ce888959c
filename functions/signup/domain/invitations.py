"""Invitations: who was invited, and how far their sign-up is."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints
from ulid import ULID

from recado.errors import Rejected
from recado.model import Frozen, Language
from recado.registration import Applicant

BATCH_ID = r"^bat_[0-7][0-9A-HJKMNP-TV-Z]{25}$"
BatchId = Annotated[str, StringConstraints(pattern=BATCH_ID)]
"""`bat_` and a ULID: short enough, as bytes, for the part of an address before the @."""
MAX_NUMBER = 0xFFFFFF
LIFE = timedelta(days=45)
"""How long an invitation can be answered."""
_NAMED = re.compile(r"(?:inv|reg)_([0-7][0-9A-HJKMNP-TV-Z]{25})_([0-9]{1,8})")


class State(StrEnum):
    """How far an invitation is.

        sent -> asked (once or twice) -> received -> registered, already_customer or refused
                                      -> awaits_confirmation -> received …

    `incomplete`: still not complete after asking twice; staff look at it. An invitation that was
    not settled in time is `expired`, which is never stored but follows from the clock.
    """

    SENT = "sent"
    ASKED = "asked"
    AWAITS_CONFIRMATION = "awaits_confirmation"
    RECEIVED = "received"
    REGISTERED = "registered"
    ALREADY_CUSTOMER = "already_customer"
    REFUSED = "refused"
    INCOMPLETE = "incomplete"
    EXPIRED = "expired"

    @property
    def open(self) -> bool:
        """Whether an answer still changes something."""
        return self in {State.SENT, State.ASKED, State.AWAITS_CONFIRMATION}


class Place(NamedTuple):
    """Which invitation: its batch, and its number there."""

    batch_id: str
    number: int

    @property
    def invitation_id(self) -> str:
        """The invitation's id."""
        return f"inv_{self.batch_id.removeprefix('bat_')}_{self.number}"

    @property
    def registration_id(self) -> str:
        """The id of the registration it may lead to: one invitation registers once."""
        return f"reg_{self.batch_id.removeprefix('bat_')}_{self.number}"

    @property
    def batch(self) -> bytes:
        """The batch as 16 bytes."""
        return bytes(ULID.from_str(self.batch_id.removeprefix("bat_")))

    @classmethod
    def of(cls, batch: bytes, number: int) -> "Place":
        """The place that 16 bytes and a number mean."""
        return cls(f"bat_{ULID(batch)}", number)

    @classmethod
    def named(cls, identifier: str) -> "Place":
        """The place that the id of an invitation or registration names.

        Raises:
            Rejected: it is no such id.
        """
        found = _NAMED.fullmatch(identifier)
        if found is None:
            raise Rejected(f"{identifier[:80]} is not the id of an invitation or a registration")
        return cls(f"bat_{found[1]}", int(found[2]))


class Evidence(Frozen):
    """The mail an answer came with: what is kept of it as proof."""

    message_id: str | None
    sha256: str
    received_at: datetime
    verdicts: str = Field(description="What the trusted hop said of its authentication.")


class Invitation(Frozen):
    """One person who was invited.

    `answers` are the fields known so far, `asked` how often something was asked for again,
    `confirmations` how often a link to confirm was sent. `trusted`: every mail that gave an answer
    was proved to come from the invited address. `version` grows with every write.
    """

    batch_id: BatchId
    number: int = Field(ge=0, le=MAX_NUMBER)
    email: str
    name: str = ""
    language: Language = Language.PORTUGUESE
    plan: str = ""
    expires_at: datetime
    state: State = State.SENT
    changed_at: datetime
    answers: dict[str, str] = Field(default_factory=dict)
    asked: int = 0
    confirmations: int = 0
    trusted: bool = True
    evidence: Evidence | None = None
    applicant: Applicant | None = None
    customer_id: str | None = None
    reason: str = ""
    version: int = 1

    @property
    def place(self) -> Place:
        """Which invitation it is."""
        return Place(self.batch_id, self.number)

    def standing(self, now: datetime) -> State:
        """The state to show at a moment."""
        return State.EXPIRED if self.state.open and now >= self.expires_at else self.state


class RejectedPerson(Frozen):
    """A row of a file that nobody can be invited by."""

    line: int
    reason: str


class Batch(Frozen):
    """People who were invited together, by one campaign."""

    id: BatchId
    campaign_id: str
    template_id: str
    name: str
    invited: int
    rejected: int
    faults: tuple[RejectedPerson, ...] = ()
    invited_at: datetime
    invited_by: str
    expires_at: datetime
    refusal: str = Field(default="", description="Why the campaign could not be launched.")


def campaign_of(batch_id: str) -> str:
    """The id of the campaign that carries a batch's mail."""
    return f"cmp_{batch_id.removeprefix('bat_')}"


def batch_of(campaign_id: str) -> str | None:
    """The batch a campaign carries, if it is one of ours."""
    batch_id = f"bat_{campaign_id.removeprefix('cmp_')}"
    return batch_id if re.fullmatch(BATCH_ID, batch_id) else None


def shown(counts: dict[str, int], expires_at: datetime, now: datetime) -> dict[str, int]:
    """A batch's counts by state as they stand at a moment, without zeros."""
    standing: dict[str, int] = {}
    for name, number in counts.items():
        state = State(name)
        state = State.EXPIRED if state.open and now >= expires_at else state
        standing[state] = standing.get(state, 0) + number
    return {name: number for name, number in sorted(standing.items()) if number}
