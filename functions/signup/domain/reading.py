"""Reading a mail: is it a person's answer to an invitation, and what did they fill in?

`read` takes whatever arrives. Its time and memory are bounded by the limits of `mime`, `plain` and
`markup`, its patterns look at bounded pieces of text, and nothing that is attached is opened.
"""

import hashlib
from collections.abc import Collection
from enum import StrEnum

from recado.model import Frozen, Language
from signup.domain import automatic, origin
from signup.domain.authentication import Authentication, authentication
from signup.domain.extracted import NOTHING, Asked, Extracted, Field, Problem, Wrong
from signup.domain.filling import Filled, filled
from signup.domain.languages import language_of
from signup.domain.markup import text_of
from signup.domain.mime import Mail, mail_of

__all__ = [
    "Asked",
    "Authentication",
    "Extracted",
    "Field",
    "Problem",
    "Reply",
    "Verdict",
    "Wrong",
    "read",
]

MAX_ANSWER = 4_000
"""Characters of a person's words that are kept."""
MAX_SUBJECT = 300


class Verdict(StrEnum):
    """What kind of mail it is; only a `FORM` may be answered."""

    FORM = "form"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    LOOP = "loop"
    UNREADABLE = "unreadable"
    NO_TOKEN = "no_token"  # noqa: S105
    """A person's mail that shows no invitation."""


class Reply(Frozen):
    """A mail as it was read. No text in it holds a control character, but `answer` has line breaks.

    `reason` says how the verdict shows. `tokens` may be anybody's: their signature decides.
    `answer` is what the person wrote themselves, without quotes and signature. `sha256` is the
    whole mail's.
    """

    verdict: Verdict
    reason: str
    sender: str
    message_id: str | None
    sha256: str
    subject: str
    tokens: tuple[str, ...]
    language: Language
    answer: str
    authentication: Authentication | None
    fields: Extracted


def read(raw: bytes, *, trusted: str | None, plans: Collection[str], reply_domain: str) -> Reply:
    """A mail as it was read; nothing that arrives makes it fail.

    Args:
        raw: the mail as it came.
        trusted: the authserv-id of the server whose Authentication-Results are believed.
        plans: the names of the plans on offer.
        reply_domain: the domain of our reply addresses.
    """
    try:
        return _read(raw, trusted, plans, reply_domain)
    except Exception as error:  # noqa: BLE001 - one mail never stops the rest: people review it
        return _unread(raw, error)


def _read(raw: bytes, trusted: str | None, plans: Collection[str], reply_domain: str) -> Reply:
    mail = mail_of(raw)
    plain, html = filled(mail.plain, plans), _filled_in_html(mail, plans)
    form = html if len(html.extracted.problems) < len(plain.extracted.problems) else plain
    answer = (form.answer or html.answer)[:MAX_ANSWER].replace("\t", " ")
    text = mail.plain or text_of(mail.html)
    subject = mail.headers.text("subject")[:MAX_SUBJECT]
    sender = origin.sender(mail.headers)
    tokens = origin.tokens(mail.headers, text, reply_domain)
    verdict, reason = _verdict(mail, sender, tokens, text, reply_domain)
    person = verdict in {Verdict.FORM, Verdict.NO_TOKEN}
    return Reply(
        verdict=verdict,
        reason=reason,
        sender=sender,
        message_id=origin.message_id(mail.headers),
        sha256=hashlib.sha256(raw).hexdigest(),
        subject=subject,
        tokens=tokens,
        language=language_of(*form.wordings, subject, text),
        answer=answer,
        authentication=authentication(mail.headers, trusted, sender),
        fields=form.extracted if person else NOTHING,
    )


def _unread(raw: bytes, error: Exception) -> Reply:
    return Reply(
        verdict=Verdict.UNREADABLE,
        reason=f"reading it failed with {type(error).__name__}",
        sender="",
        message_id=None,
        sha256=hashlib.sha256(raw).hexdigest(),
        subject="",
        tokens=(),
        language=Language.PORTUGUESE,
        answer="",
        authentication=None,
        fields=NOTHING,
    )


def _filled_in_html(mail: Mail, plans: Collection[str]) -> Filled:
    return filled(text_of(mail.html), plans) if mail.html else Filled(NOTHING, "")


def _verdict(
    mail: Mail, sender: str, tokens: tuple[str, ...], text: str, reply_domain: str
) -> tuple[Verdict, str]:
    if machine := automatic.kind(mail, sender, reply_domain):
        return Verdict(machine[0].value), machine[1]
    if not sender:
        return Verdict.UNREADABLE, "From does not have exactly one address that mail can go to"
    if not text.strip():
        return Verdict.UNREADABLE, "it has no text: only attachments, or it is encrypted"
    if not tokens:
        return Verdict.NO_TOKEN, "no address, thread or code in it belongs to an invitation"
    return Verdict.FORM, "a person's mail with the mark of an invitation"
