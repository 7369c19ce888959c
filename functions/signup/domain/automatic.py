"""Mail that no person wrote, or that is our own come back: never answered.

Sources: RFC 3834 (automatic responses), RFC 3464 (delivery reports), RFC 8098 (read receipts),
RFC 2919 (mailing lists), RFC 5321, 6.3 (loops).
"""

import re
from enum import StrEnum

from signup.domain.mime import Headers, Mail, parameter
from signup.domain.plain import folded

MAX_HOPS = 50
"""`Received` lines from which on a mail goes in circles; Postfix stops there too."""


class Kind(StrEnum):
    """Why a mail is no answer."""

    LOOP = "loop"
    BOUNCE = "bounce"
    AUTOMATIC = "automatic"


_DAEMONS = re.compile(r"(?:mailer-daemon|mail-daemon|postmaster|mailerdaemon)(?:@|$)")
_MACHINES = re.compile(
    r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|nao[-_.]?respond[aer]{1,2}|auto[-_.]?reply|autoresponder|owner-.*"
    r"|.*-(?:request|bounces?|owner)|bounces?|antispam|anti-spam|listserv|majordomo)(?:\+[^@]*)?@"
)
_LISTS = ("list-id", "list-post", "list-unsubscribe", "mailing-list")
_AUTORESPONDERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-ms-exchange-inbox-rules-loop",
    "x-failed-recipients-reply",
)
_BULK = {"bulk", "junk", "list", "auto_reply", "auto-reply"}
_AUTOMATIC_SUBJECT = re.compile(
    r"[\s\[(]*(?:auto(?:matic)?[ -]?(?:reply|response|responder)\b|autoreply\b"
    r"|resposta automatica\b"
    r"|out of (?:the )?office\b|fora do escritorio\b|ausencia (?:temporaria|do escritorio)\b"
    r"|mensagem automatica\b|on vacation\b|confirmacao de leitura\b|read receipt\b|lida:|read:)"
)
_BOUNCE_SUBJECT = re.compile(
    r".*(?:undeliver|failure notice|delivery (?:status notification|failure|failed)|mail delivery"
    r"|returned mail|returned to sender|nao foi possivel entregar|nao entregue|falha na entrega"
    r"|devolvid|could not be delivered)"
)


def kind(mail: Mail, sender: str, reply_domain: str) -> tuple[Kind, str] | None:
    """What kind of machine wrote a mail, and how that shows; None for a person."""
    return (
        _loop(mail.headers, sender.lower(), reply_domain.lower())
        or _bounce(mail, sender.lower())
        or _automatic(mail, sender.lower())
    )


def _loop(headers: Headers, sender: str, reply_domain: str) -> tuple[Kind, str] | None:
    if sender.endswith(f"@{reply_domain}"):
        return Kind.LOOP, "its sender is our own address"
    if any(f"@{reply_domain}" in value.lower() for value in headers.all("x-loop")):
        return Kind.LOOP, "X-Loop names our own address"
    if len(headers.all("received")) > MAX_HOPS:
        return Kind.LOOP, f"it went through more than {MAX_HOPS} hosts"
    return None


def _bounce(mail: Mail, sender: str) -> tuple[Kind, str] | None:
    headers = mail.headers
    report = parameter(headers.first("content-type"), "report-type").lower()
    if report == "delivery-status" or "message/delivery-status" in mail.kinds:
        return Kind.BOUNCE, "it is a delivery report"
    if headers.first("x-failed-recipients"):
        return Kind.BOUNCE, "X-Failed-Recipients names who did not get a mail"
    subject = folded(headers.text("subject"))
    if _DAEMONS.match(sender) and (_null_path(headers) or _BOUNCE_SUBJECT.match(subject)):
        return Kind.BOUNCE, "a mail system reports about another mail"
    return None


def _automatic(mail: Mail, sender: str) -> tuple[Kind, str] | None:
    headers = mail.headers
    submitted = headers.first("auto-submitted").split(";")[0].strip().lower()
    why = ""
    if submitted and submitted != "no":
        why = "Auto-Submitted says so"
    elif any(headers.all(name) for name in _AUTORESPONDERS):
        why = "an autoresponder's header says so"
    elif headers.first("precedence").strip().lower() in _BULK:
        why = "Precedence says so"
    elif any(headers.all(name) for name in _LISTS):
        why = "it comes from a mailing list"
    elif "message/disposition-notification" in mail.kinds or "text/calendar" in mail.kinds:
        why = "it is a read receipt or an answer of a calendar"
    elif _null_path(headers):
        why = "its return path is empty"
    elif _DAEMONS.match(sender) or _MACHINES.match(sender):
        why = "its sender is a machine"
    elif _AUTOMATIC_SUBJECT.match(folded(headers.text("subject"))):
        why = "its subject is that of an automatic reply"
    return (Kind.AUTOMATIC, why) if why else None


def _null_path(headers: Headers) -> bool:
    return headers.first("return-path").strip() == "<>"
