"""The use case of inviting: write the invitations down, and ask central for the campaign.

The request names its batch, or gets a new one. All that follows from it is made of the batch's id:
the invitations, their tokens, the audience's file and the campaign. So a request that is repeated,
after a crash or by a client that got no answer, completes the same batch and invites nobody twice.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from recado import ids
from recado.contracts import CampaignAsked, FileAudience
from recado.errors import Rejected
from recado.linkkeys import Keyring
from recado.model import Frozen, Identifier, Lane
from recado.outgoing import Fact
from recado.registration import InvitationsSent
from signup.domain import tokens
from signup.domain.invitations import (
    LIFE,
    Batch,
    BatchId,
    Invitation,
    RejectedPerson,
    campaign_of,
)
from signup.domain.people import (
    MAX_FILE_BYTES,
    MAX_LISTED,
    Person,
    Words,
    once_each,
    people_in,
)
from signup.domain.tokens import Purpose
from signup.outside import Files
from signup.receiving import Terms
from signup.store.invitations import InvitationStore
from signup.writing import WritingBack

TEMPLATE = "signup-invitation"
_FAULTS_SHOWN = 100


class NewInvitations(Frozen):
    """Whom to invite: a list of people, or a file uploaded through `POST /v1/audiences`.

    `id` makes the request repeatable: the same id invites nobody twice.
    """

    id: BatchId | None = Field(default=None, description="`bat_` and a ULID; default: a new one.")
    name: Words = Field(default="", description="What staff will call it.")
    template_id: Identifier = TEMPLATE
    people: tuple[Person, ...] = Field(default=(), max_length=MAX_LISTED)
    file: str | None = Field(default=None, description="As `POST /v1/audiences` returned it.")


@dataclass(frozen=True)
class Inviting:
    """Invites people."""

    invitations: InvitationStore
    files: Files
    writing_back: WritingBack
    keyring: Keyring
    terms: Terms

    def invite(self, new: NewInvitations, by: str, now: datetime) -> Batch:
        """Invite people; a batch that is there already is shown as it is.

        Raises:
            Rejected: there is nobody to invite, or the file cannot be used.
        """
        known = self.invitations.find_batch(new.id) if new.id else None
        if known is not None:
            return known
        people, refused = self._people(new)
        batch_id = new.id or ids.new("bat", now)
        batch = Batch(
            id=batch_id,
            campaign_id=campaign_of(batch_id),
            template_id=new.template_id,
            name=new.name or batch_id,
            invited=len(people),
            rejected=len(refused),
            faults=tuple(refused[:_FAULTS_SHOWN]),
            invited_at=now,
            invited_by=by,
            expires_at=now + LIFE,
        )
        invited = [_invitation(batch, number, person) for number, person in enumerate(people)]
        file = f"audiences/{batch.campaign_id}/invitations.ndjson"
        self.files.put(file, "".join(map(self._row, invited)).encode())
        facts = (Fact.of(_asked(batch, file, self.terms), now), Fact.of(_sent(batch), now))
        self.invitations.add(batch, invited, facts)
        self.writing_back.tell(facts, None)
        return batch

    def _people(self, new: NewInvitations) -> tuple[list[Person], list[RejectedPerson]]:
        if (new.file is None) == (not new.people):
            raise Rejected("name whom to invite: either people or a file", field="people")
        people, refused = list(new.people), list[RejectedPerson]()
        if new.file is not None:
            if not new.file.startswith("audiences/"):
                raise Rejected("name a file as POST /v1/audiences returned it", field="file")
            raw = self.files.read(new.file, MAX_FILE_BYTES + 1)
            if len(raw) > MAX_FILE_BYTES:
                more = f"the file has more than {MAX_FILE_BYTES} bytes: split it"
                raise Rejected(more, field="file")
            people, refused = people_in(raw, csv=new.file.lower().endswith(".csv"))
        if not people:
            raise Rejected("the file holds nobody to invite", field="file")
        return once_each(people), refused

    def _row(self, invitation: Invitation) -> str:
        """A line of the campaign's audience."""
        token = tokens.sign(
            Purpose.ANSWER, invitation.place, invitation.expires_at, self.keyring.keys()
        )
        to = self.terms.mailbox.answer_to(token)
        row = {
            "id": invitation.place.invitation_id,
            "email": invitation.email,
            "language": invitation.language,
            "reply_to": to.address,
            "reference": to.reference,
            "name": invitation.name,
            "first_name": next(iter(invitation.name.split()), ""),
            "plan": invitation.plan,
            "plans": ", ".join(self.terms.plans),
            "code": token,
            "expires_on": invitation.expires_at.date().isoformat(),
        }
        return json.dumps(row, ensure_ascii=False) + "\n"


def _invitation(batch: Batch, number: int, person: Person) -> Invitation:
    return Invitation(
        batch_id=batch.id,
        number=number,
        email=person.email,
        name=person.name,
        language=person.language,
        plan=person.plan,
        expires_at=batch.expires_at,
        changed_at=batch.invited_at,
    )


def _asked(batch: Batch, file: str, terms: Terms) -> CampaignAsked:
    return CampaignAsked(
        campaign_id=batch.campaign_id,
        name=f"Convites: {batch.name}"[:120],
        lane=Lane.MARKETING,
        template_id=batch.template_id,
        audience=FileAudience(file=file),
        starts_at=batch.invited_at,
        by="signup",
        reply_to=terms.mailbox.address,
    )


def _sent(batch: Batch) -> InvitationsSent:
    return InvitationsSent(
        batch_id=batch.id,
        campaign_id=batch.campaign_id,
        invited=batch.invited,
        sent_at=batch.invited_at,
    )
