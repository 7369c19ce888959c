"""Who is writing: an e-mail address or a CPF/CNPJ, proved with a code sent by e-mail.

Whether a customer exists is never told: an unknown claim gets a challenge too, which no code
opens, and the same replies at the same limits. Its mail is simply not sent.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from stdnum.br import cnpj, cpf

from recado.model import Frozen

DIGITS = 6
CODES = 10**DIGITS
LIFETIME = timedelta(minutes=10)
TRIES = 5
"""Wrong codes before a challenge is spent."""

PER_CONVERSATION = 3
CONVERSATION_WINDOW = timedelta(minutes=30)
PER_CUSTOMER = 5
CUSTOMER_WINDOW = timedelta(hours=24)
"""Five codes a day of five tries each: somebody guessing gets in with a chance of 25 in a million
a day for a customer, over however many conversations."""

_MAIL = re.compile(r"[A-Za-z0-9._%+\-]{1,64}@[A-Za-z0-9.\-]{1,190}\.[A-Za-z]{2,24}")
_CPF = r"\d{3}\.?\d{3}\.?\d{3}-?\d{2}"
_CNPJ = r"[0-9A-Z]{2}\.?[0-9A-Z]{3}\.?[0-9A-Z]{3}/?[0-9A-Z]{4}-?\d{2}"
_DOCUMENT = re.compile(rf"\b(?:{_CNPJ}|{_CPF})\b")
_CODE = re.compile(rf"(?<!\d)(\d{{3}})[ .\-]?(\d{{{DIGITS - 3}}})(?!\d)")


@dataclass(frozen=True)
class Claim:
    """Who somebody says they are; exactly one of the two is not empty."""

    email: str = ""
    document: str = ""

    def digest(self, key: bytes) -> str:
        """What limits count by: the claim itself is stored nowhere."""
        return _mac(key, "claim", self.email or self.document)


def claim_in(said: str) -> Claim | None:
    """The first e-mail address or valid CPF/CNPJ in a message."""
    if mail := _MAIL.search(said):
        return Claim(email=mail.group().lower())
    for found in _DOCUMENT.finditer(said.upper()):
        digits = re.sub(r"[./\-]", "", found.group())
        if len(set(digits)) > 1 and (cpf.is_valid(digits) or cnpj.is_valid(digits)):
            return Claim(document=digits)
    return None


def code_in(said: str) -> str | None:
    """The code in a message: six digits, which may be written in two halves."""
    found = _CODE.search(said)
    return "".join(found.groups()) if found else None


class Sending(StrEnum):
    """What to do when a code is asked for."""

    SEND = "send"
    PRETEND = "pretend"
    """Reply as if it were sent: nobody is known by the claim, or the customer got enough."""
    REFUSE = "refuse"
    """Say that this conversation asked too often."""


def may_send(
    *,
    known: bool,
    in_conversation: Sequence[datetime],
    for_claim: Sequence[datetime],
    for_customer: Sequence[datetime],
    at: datetime,
) -> Sending:
    """Whether a code may leave, by when codes were asked for before.

    Only the conversation's own limit is told. The others count by claim, known or not, and by
    customer, who may be claimed by e-mail and by document.
    """
    if _within(in_conversation, CONVERSATION_WINDOW, at) >= PER_CONVERSATION:
        return Sending.REFUSE
    asked = max(_within(times, CUSTOMER_WINDOW, at) for times in (for_claim, for_customer))
    return Sending.SEND if known and asked < PER_CUSTOMER else Sending.PRETEND


def _within(times: Sequence[datetime], window: timedelta, at: datetime) -> int:
    return sum(at - window < time <= at for time in times)


class Challenge(Frozen):
    """A code that was asked for. `customer_id` is None where nothing was sent."""

    conversation_id: str
    customer_id: str | None
    digest: str
    expires_at: datetime
    tries_left: int = TRIES


class Verdict(StrEnum):
    """What a code proved."""

    PROVED = "proved"
    WRONG = "wrong"
    EXPIRED = "expired"
    SPENT = "spent"


def written(number: int) -> str:
    """A code from a random number below `CODES`, with leading zeros."""
    return f"{number % CODES:0{DIGITS}d}"


def challenge(
    code: str,
    *,
    conversation_id: str,
    customer_id: str | None,
    sending: Sending,
    key: bytes,
    at: datetime,
) -> Challenge:
    """The challenge to store; the code itself is only in the mail.

    Where the mail only pretends to leave nothing opens it, or guesses would go on after the limit.
    """
    return Challenge(
        conversation_id=conversation_id,
        customer_id=customer_id if sending is Sending.SEND else None,
        digest=_mac(key, conversation_id, code),
        expires_at=at + LIFETIME,
    )


def answer(asked: Challenge, code: str, *, key: bytes, at: datetime) -> tuple[Challenge, Verdict]:
    """The challenge after a try, to be written before the verdict is told, and the verdict.

    A code proves once. The comparison takes the same time however much of the code is right, and
    is made for unknown claims too.
    """
    right = hmac.compare_digest(asked.digest, _mac(key, asked.conversation_id, code))
    if asked.tries_left <= 0:
        return asked, Verdict.SPENT
    if at >= asked.expires_at:
        return asked, Verdict.EXPIRED
    if right and asked.customer_id is not None:
        return asked.model_copy(update={"tries_left": 0}), Verdict.PROVED
    left = asked.tries_left - 1
    return asked.model_copy(update={"tries_left": left}), Verdict.WRONG if left else Verdict.SPENT


def _mac(key: bytes, purpose: str, value: str) -> str:
    return hmac.new(key, f"{purpose}\n{value}".encode(), hashlib.sha256).hexdigest()
