"""What signup tells central and the reports: who wants to be a customer, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from recado.contracts import Event
from recado.model import Frozen, Identifier, Language


class Consent(Frozen):
    """The proof that somebody asked for it: what they saw, when and how they agreed.

    `wording` names the text they answered, `message` the `Message-ID` of their mail; its SHA-256
    is kept so that the mail itself can be recognised. `source` says what vouches for it: the
    verdicts on the mail's authentication, or the network address a link was confirmed from.
    """

    wording: str
    how: Literal["verified_reply", "confirmation_link"]
    given_at: datetime
    address: str
    message: str | None = None
    message_sha256: str | None = None
    source: str = ""


class Applicant(Frozen):
    """What a person filled in; `document` and `postcode` without punctuation, `phone` in E.164."""

    name: str
    document: str
    email: str
    phone: str
    address: str
    postcode: str
    plan: str
    language: Language


class RegistrationReceived(Event):
    """Signup has everything: central is asked to register a customer."""

    registration_id: Identifier
    invitation_id: Identifier
    applicant: Applicant
    consent: Consent
    received_at: datetime


class RegistrationOutcome(StrEnum):
    """What central did with a registration."""

    REGISTERED = "registered"
    ALREADY_CUSTOMER = "already_customer"
    REFUSED = "refused"


class RegistrationSettled(Event):
    """Central decided; told at least once, always the same for one registration."""

    registration_id: Identifier
    outcome: RegistrationOutcome
    customer_id: str | None = None
    reason: str = ""
    settled_at: datetime


class InvitationsSent(Event):
    """A batch of invitations was handed to a campaign."""

    batch_id: Identifier
    campaign_id: Identifier
    invited: int = Field(ge=1)
    sent_at: datetime


class ReplySettled(Event):
    """A mail in signup's mailbox was dealt with; `mail_id` is the same for the same mail."""

    mail_id: Identifier
    outcome: Literal["registered", "asked_again", "awaits_confirmation", "ignored", "review"]
    settled_at: datetime
