"""The use cases of what others decide: the person who confirms, and central."""

from datetime import datetime

from recado.contracts import CampaignRefused
from recado.errors import NotFound, Rejected, Retryable
from recado.linkkeys import PATIENCE_S, Keyring
from recado.outgoing import Fact
from recado.registration import RegistrationSettled
from signup.domain import deciding, tokens
from signup.domain.invitations import Invitation, Place, State, batch_of
from signup.domain.tokens import BadToken, ExpiredToken, Purpose, Reading
from signup.store.invitations import InvitationStore
from signup.store.mails import MailStore, Stale
from signup.writing import WritingBack

_ATTEMPTS = 8


class Settling:
    """Takes what a person confirms and what central decides."""

    def __init__(
        self,
        invitations: InvitationStore,
        mails: MailStore,
        writing_back: WritingBack,
        keyring: Keyring,
    ) -> None:
        self._invitations = invitations
        self._mails = mails
        self._writing_back = writing_back
        self._keyring = keyring

    def to_confirm(self, token: str, now: datetime) -> Invitation:
        """The invitation that a confirmation link leads to, as it stands.

        Raises:
            BadToken: the link is not ours, too old, or newer answers replaced what it confirms.
        """
        reading = self._verified(token, now)
        invitation = self._invitations.invitation(reading.place)
        if invitation is None:
            raise ExpiredToken("the invitation is not known any more")
        waits = invitation.standing(now) is State.AWAITS_CONFIRMATION
        replaced = waits and reading.stamp != deciding.stamp_of(invitation)
        if invitation.applicant is None or replaced:
            raise ExpiredToken("newer answers replaced what this link confirms")
        return invitation

    def confirm(self, token: str, now: datetime, network_address: str) -> Invitation:
        """Confirm what a link stands for; doing it again changes nothing.

        Raises:
            BadToken: as `to_confirm` does.
            Retryable: others kept changing the invitation.
        """
        for _ in range(_ATTEMPTS):
            before = self.to_confirm(token, now)
            stamp = self._verified(token, now).stamp
            decision = deciding.confirmed(before, stamp, now, network_address)
            if decision is None or decision.registration is None:
                return before
            facts = (Fact.of(decision.registration, now),)
            try:
                self._mails.commit(before, decision, facts, now)
            except Stale:
                continue
            self._writing_back.tell(facts, None)
            return decision.invitation or before
        raise Retryable("others kept changing this invitation: try again")

    def settle(self, fact: RegistrationSettled, now: datetime) -> None:
        """Note what central decided, and write to the person.

        Raises:
            Rejected: it is about no invitation of ours.
            Retryable: others kept changing the invitation.
        """
        place = Place.named(fact.registration_id)
        for _ in range(_ATTEMPTS):
            before = self._invitations.invitation(place)
            if before is None:
                raise Rejected(f"there is no invitation for {fact.registration_id}")
            decision = deciding.settled(before, fact, now)
            if decision is None:
                return
            try:
                self._mails.commit(before, decision, (), now)
            except Stale:
                continue
            self._writing_back.tell((), decision.letter)
            return
        raise Retryable("others kept changing this invitation")

    def refuse(self, fact: CampaignRefused) -> None:
        """Note why the campaign of a batch was not launched.

        Raises:
            Rejected: the batch is not known.
        """
        batch_id = batch_of(fact.campaign_id)
        if batch_id is None:
            return  # the campaign of another service
        try:
            self._invitations.refuse(batch_id, fact.reason)
        except NotFound as gone:
            raise Rejected(str(gone)) from gone

    def _verified(self, token: str, now: datetime) -> Reading:
        try:
            return tokens.verify(token, Purpose.CONFIRM, now, self._keyring.keys())
        except ExpiredToken:
            raise
        except BadToken:
            fresh = self._keyring.keys(not_older_than=PATIENCE_S)
            return tokens.verify(token, Purpose.CONFIRM, now, fresh)
