"""What an answer, a confirmation or central's decision does to an invitation.

Nothing here trusts a mail further than its proof goes. The signed token says which invitation is
answered; that it is answered by the person invited is believed where the trusted hop vouches for
the sender and the sender is the invited address, and is asked of that address otherwise. Whatever a
mail says, letters go to the invited address, and only for mail that a person wrote.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from recado.registration import (
    Applicant,
    Consent,
    RegistrationOutcome,
    RegistrationReceived,
    RegistrationSettled,
)
from signup.domain import form
from signup.domain.addresses import Mailbox
from signup.domain.extracted import Asked, Extracted, Field, Problem, Wrong
from signup.domain.invitations import Evidence, Invitation, State
from signup.domain.letters import Kind, Letter, asking, letter
from signup.domain.post import MailOutcome
from signup.domain.reading import Reply, Verdict

MAX_ASKED = 2
MAX_CONFIRMATIONS = 2
_NOT_A_PERSON = {
    Verdict.AUTOMATIC: "an automatic answer",
    Verdict.BOUNCE: "a bounce",
    Verdict.LOOP: "a loop",
}
_SETTLED = {
    RegistrationOutcome.REGISTERED: (State.REGISTERED, Kind.WELCOME),
    RegistrationOutcome.ALREADY_CUSTOMER: (State.ALREADY_CUSTOMER, Kind.ALREADY_CUSTOMER),
    RegistrationOutcome.REFUSED: (State.REFUSED, None),
}


@dataclass(frozen=True)
class Writing:
    """What letters are made with: the plans on offer, addresses for answers, confirmation links."""

    plans: Collection[str]
    mailbox: Mailbox
    answer_token: Callable[[Invitation], str]
    confirm_link: Callable[[Invitation], str]


@dataclass(frozen=True)
class Decision:
    """What came of a mail; `invitation` is the changed one, `None` if it stays as it is."""

    outcome: MailOutcome
    reason: str = ""
    invitation: Invitation | None = None
    letter: Letter | None = None
    registration: RegistrationReceived | None = None


def without_invitation(reply: Reply, why: str) -> Decision:
    """What becomes of a mail that belongs to no open invitation: staff see it, nobody is told."""
    if reply.verdict in _NOT_A_PERSON:
        return Decision(MailOutcome.IGNORED, _because(reply))
    if reply.verdict is Verdict.UNREADABLE:
        return Decision(MailOutcome.REVIEW, f"it could not be read: {reply.reason}")
    return Decision(MailOutcome.REVIEW, why)


def answered(invitation: Invitation, reply: Reply, now: datetime, writing: Writing) -> Decision:
    """What a mail does to the invitation it answers."""
    standing = invitation.standing(now)
    if reply.verdict is not Verdict.FORM:
        return without_invitation(reply, reply.reason)
    if standing is State.EXPIRED:
        return Decision(MailOutcome.REVIEW, "the invitation has expired")
    if not standing.open:
        return Decision(MailOutcome.IGNORED, f"the invitation is {standing} already")
    fresh = _with_answers(invitation, reply, now)
    known = as_known(fresh.answers, reply)
    if known.problems:
        return _ask_again(fresh, known, now, writing)
    complete = _changed(fresh, State.AWAITS_CONFIRMATION, now, applicant=_applicant(fresh))
    if complete.trusted:
        return _receive(complete, _consent_by_reply(complete), now, MailOutcome.REGISTERED)
    return _ask_to_confirm(complete, now, writing)


def confirmed(
    invitation: Invitation, stamp: bytes, now: datetime, network_address: str
) -> Decision | None:
    """What following a confirmation link does; `None` if it changes nothing (any more)."""
    if invitation.standing(now) is not State.AWAITS_CONFIRMATION or stamp != stamp_of(invitation):
        return None
    consent = _consent(invitation, now).model_copy(
        update={"how": "confirmation_link", "source": f"confirmed from {network_address}"}
    )
    return _receive(invitation, consent, now, MailOutcome.REGISTERED)


def settled(invitation: Invitation, fact: RegistrationSettled, now: datetime) -> Decision | None:
    """What central's decision does; `None` if it is known already."""
    if invitation.state is not State.RECEIVED:
        return None
    state, kind = _SETTLED[fact.outcome]
    after = _changed(invitation, state, now, customer_id=fact.customer_id, reason=fact.reason[:500])
    body = (fact.customer_id or "") if kind is Kind.WELCOME else ""
    written = letter(kind, after, body, now) if kind else None
    return Decision(MailOutcome.REGISTERED, invitation=after, letter=written)


def stamp_of(invitation: Invitation) -> bytes:
    """Six bytes that name what a confirmation link confirms: other data need another link."""
    applicant = invitation.applicant
    said = applicant.model_dump_json() if applicant else ""
    return hashlib.sha256(said.encode()).digest()[:6]


def as_known(answers: Mapping[str, str], reply: Reply) -> Extracted:
    """The form as this mail and those before it filled it in.

    What has to be asked for is a fault of this mail, or something no mail has said so far.
    """
    faults = {each.field: each for each in reply.fields.problems if each.wrong is not Wrong.MISSING}
    known = {
        name: Field(value=answers[name], raw=answers[name])
        for name in Asked
        if name in answers and name not in faults
    }
    missing = [Problem(field=name, wrong=Wrong.MISSING) for name in Asked if name not in answers]
    problems = (*faults.values(), *(each for each in missing if each.field not in faults))
    return Extracted.model_validate({**known, "problems": problems})


def _with_answers(invitation: Invitation, reply: Reply, now: datetime) -> Invitation:
    said = {name.value: reply.fields.field(name) for name in Asked}
    fresh = {name: field.value for name, field in said.items() if field is not None}
    known = {"plan": invitation.plan} if invitation.plan else {}
    evidence = Evidence(
        message_id=reply.message_id,
        sha256=reply.sha256,
        received_at=now,
        verdicts=_verdicts(reply),
    )
    return invitation.model_copy(
        update={
            "answers": {**known, **invitation.answers, **fresh},
            "trusted": invitation.trusted and _is_by(invitation, reply),
            "evidence": evidence,
            "language": reply.language,
        }
    )


def _is_by(invitation: Invitation, reply: Reply) -> bool:
    vouched = reply.authentication is not None and reply.authentication.aligned
    return vouched and reply.sender.casefold() == invitation.email.casefold()


def _verdicts(reply: Reply) -> str:
    found = reply.authentication
    if found is None:
        return "no verdict of the trusted hop"
    aligned = "aligned" if found.aligned else "not aligned"
    return f"spf={found.spf} dkim={found.dkim} dmarc={found.dmarc} {aligned}"[:200]


def _ask_again(
    invitation: Invitation, known: Extracted, now: datetime, writing: Writing
) -> Decision:
    named = ", ".join(f"{each.field} {each.wrong}" for each in known.problems)
    if invitation.asked == MAX_ASKED:
        reason = f"still not complete after asking twice: {named}"
        after = _changed(invitation, State.INCOMPLETE, now, reason=reason)
        return Decision(MailOutcome.REVIEW, reason, after)
    after = _changed(invitation, State.ASKED, now, asked=invitation.asked + 1, reason=named)
    token = writing.answer_token(after)
    written = asking(after, known, writing.plans, token, writing.mailbox.answer_to(token), now)
    return Decision(MailOutcome.ASKED_AGAIN, named, after, written)


def _ask_to_confirm(invitation: Invitation, now: datetime, writing: Writing) -> Decision:
    why = f"not proved to be from the invited address ({_proof(invitation)})"
    if invitation.confirmations == MAX_CONFIRMATIONS:
        return Decision(MailOutcome.REVIEW, f"{why}, and {MAX_CONFIRMATIONS} links were sent")
    after = invitation.model_copy(update={"confirmations": invitation.confirmations + 1})
    written = letter(Kind.CONFIRM, after, writing.confirm_link(after), now)
    return Decision(MailOutcome.AWAITS_CONFIRMATION, why, after, written)


def _receive(
    invitation: Invitation, consent: Consent, now: datetime, outcome: MailOutcome
) -> Decision:
    after = _changed(invitation, State.RECEIVED, now, reason="")
    assert after.applicant is not None  # noqa: S101
    registration = RegistrationReceived(
        registration_id=after.place.registration_id,
        invitation_id=after.place.invitation_id,
        applicant=after.applicant,
        consent=consent,
        received_at=now,
    )
    return Decision(outcome, "", after, registration=registration)


def _applicant(invitation: Invitation) -> Applicant:
    said = {name.value: invitation.answers[name] for name in Asked}
    return Applicant(**said, email=invitation.email, language=invitation.language)


def _consent_by_reply(invitation: Invitation) -> Consent:
    received = invitation.evidence.received_at if invitation.evidence else invitation.changed_at
    return _consent(invitation, received)


def _consent(invitation: Invitation, given_at: datetime) -> Consent:
    evidence = invitation.evidence
    return Consent(
        wording=f"{form.WORDING} of {invitation.batch_id}",
        how="verified_reply",
        given_at=given_at,
        address=invitation.email,
        message=evidence.message_id if evidence else None,
        message_sha256=evidence.sha256 if evidence else None,
        source=_proof(invitation),
    )


def _proof(invitation: Invitation) -> str:
    return invitation.evidence.verdicts if invitation.evidence else ""


def _changed(invitation: Invitation, state: State, now: datetime, **changes: object) -> Invitation:
    return invitation.model_copy(update={"state": state, "changed_at": now, **changes})


def _because(reply: Reply) -> str:
    what = _NOT_A_PERSON[reply.verdict]
    return f"{what}: {reply.reason}" if reply.reason else what
