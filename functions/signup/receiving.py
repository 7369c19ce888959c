"""The use case of one mail, whichever way it came: read it, decide, write all of it or nothing.

The same mail may come any number of times and by two ways: what became of it is an item of the
transaction that makes it so, so that it takes effect once.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from recado.errors import Retryable
from recado.linkkeys import PATIENCE_S, Keyring
from recado.outgoing import Fact
from recado.registration import ReplySettled
from signup.domain import deciding, tokens
from signup.domain.addresses import Mailbox
from signup.domain.deciding import Decision, Writing
from signup.domain.invitations import Invitation
from signup.domain.post import Handled, MailOutcome, mail_id_of
from signup.domain.reading import Reply, read
from signup.domain.tokens import BadToken, ExpiredToken, Purpose, Reading
from signup.store.invitations import InvitationStore
from signup.store.mails import MailStore, Stale
from signup.writing import WritingBack

MAX_BYTES = 10_000_000
"""Of a larger mail only the headers are looked at; an answer has a few kilobytes."""
_ATTEMPTS = 8
_MAX_TOKENS = 20
_SHOWN = 200


@dataclass(frozen=True)
class Terms:
    """What is on offer, and where answers go."""

    plans: Collection[str]
    mailbox: Mailbox


class Receiving:
    """Deals with mails."""

    def __init__(
        self,
        invitations: InvitationStore,
        mails: MailStore,
        writing_back: WritingBack,
        keyring: Keyring,
        terms: Terms,
        links_url: str,
        reader: Callable[..., Reply] = read,
    ) -> None:
        self._invitations = invitations
        self._mails = mails
        self._writing_back = writing_back
        self._keyring = keyring
        self._terms = terms
        self._links_url = links_url.rstrip("/")
        self._reader = reader

    def receive(self, raw: bytes, place: str, trusted: str | None, now: datetime) -> Handled:
        """Deal with a mail once, however often it comes; `place` says where it was read.

        Raises:
            Retryable: others kept changing its invitation.
        """
        mail_id = mail_id_of(raw)
        known = self._mails.handled(mail_id)
        if known is not None:
            return known
        reply = self._reader(
            raw,
            trusted=trusted,
            plans=self._terms.plans,
            reply_domain=self._terms.mailbox.domain,
        )
        for _ in range(_ATTEMPTS):
            invitation, why = self._invitation_of(reply, now)
            decision = self._decide(invitation, why, reply, now)
            handled = _handled(mail_id, decision, reply, invitation, place, now)
            try:
                self._commit(invitation, decision, handled, now)
            except Stale:
                known = self._mails.handled(mail_id)
                if known is not None:
                    return known
            else:
                return handled
        raise Retryable("others kept changing the invitation of a mail")

    def put_aside(self, mail_id: str, reason: str, place: str, now: datetime) -> Handled:
        """Leave a mail to people, unread."""
        handled = Handled(
            mail_id=mail_id,
            outcome=MailOutcome.REVIEW,
            reason=reason[:_SHOWN],
            place=place,
            handled_at=now,
        )
        try:
            self._commit(None, Decision(MailOutcome.REVIEW, reason), handled, now)
        except Stale:
            return self._mails.handled(mail_id) or handled
        return handled

    def _invitation_of(self, reply: Reply, now: datetime) -> tuple[Invitation | None, str]:
        """The invitation that a mail's tokens lead to, or why they lead nowhere."""
        why = "no token of ours is in it"
        for token in reply.tokens[:_MAX_TOKENS]:
            try:
                place = self._verified(token, now).place
            except ExpiredToken:
                why = "its invitation has expired"
            except BadToken:
                continue
            else:
                found = self._invitations.invitation(place)
                if found is not None:
                    return found, ""
                why = "its invitation is not known any more"
        return None, why

    def _verified(self, token: str, now: datetime) -> Reading:
        try:
            return tokens.verify(token, Purpose.ANSWER, now, self._keyring.keys())
        except ExpiredToken:
            raise
        except BadToken:
            fresh = self._keyring.keys(not_older_than=PATIENCE_S)
            return tokens.verify(token, Purpose.ANSWER, now, fresh)

    def _decide(
        self, invitation: Invitation | None, why: str, reply: Reply, now: datetime
    ) -> Decision:
        if invitation is None:
            return deciding.without_invitation(reply, why)
        writing = Writing(
            plans=self._terms.plans,
            mailbox=self._terms.mailbox,
            answer_token=lambda each: tokens.sign(
                Purpose.ANSWER, each.place, each.expires_at, self._keyring.keys()
            ),
            confirm_link=self._confirm_link,
        )
        return deciding.answered(invitation, reply, now, writing)

    def _confirm_link(self, invitation: Invitation) -> str:
        token = tokens.sign(
            Purpose.CONFIRM,
            invitation.place,
            invitation.expires_at,
            self._keyring.keys(),
            stamp=deciding.stamp_of(invitation),
        )
        return f"{self._links_url}/s/{token}"

    def _commit(
        self, invitation: Invitation | None, decision: Decision, handled: Handled, now: datetime
    ) -> None:
        settled = ReplySettled(
            mail_id=handled.mail_id, outcome=handled.outcome.value, settled_at=now
        )
        events = [decision.registration, settled] if decision.registration else [settled]
        facts = tuple(Fact.of(event, now) for event in events)
        self._mails.commit(invitation, decision, facts, now, handled)
        self._writing_back.tell(facts, decision.letter)


def _handled(
    mail_id: str,
    decision: Decision,
    reply: Reply,
    invitation: Invitation | None,
    place: str,
    now: datetime,
) -> Handled:
    return Handled(
        mail_id=mail_id,
        outcome=decision.outcome,
        reason=decision.reason[:_SHOWN],
        invitation_id=invitation.place.invitation_id if invitation else None,
        message_id=(reply.message_id or "")[:_SHOWN] or None,
        sender=reply.sender[:_SHOWN],
        subject=reply.subject[:_SHOWN],
        place=place,
        handled_at=now,
    )
