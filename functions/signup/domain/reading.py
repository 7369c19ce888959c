"""TEMPORARY reading of replies, to be replaced whole by the real one when it is merged."""

import email
import email.policy
import hashlib
import re
from collections.abc import Collection
from email.utils import parseaddr
from enum import StrEnum

from recado.model import Frozen, Language
from signup.domain.extracted import Asked, Extracted, Field, Problem, Wrong


class Verdict(StrEnum):
    FORM = "form"
    AUTOMATIC = "automatic"
    BOUNCE = "bounce"
    LOOP = "loop"
    UNREADABLE = "unreadable"
    NO_TOKEN = "no_token"


class Authentication(Frozen):
    spf: str
    dkim: str
    dmarc: str
    aligned: bool


class Reply(Frozen):
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


_LABELS = {
    "nome": "name",
    "name": "name",
    "cpf ou cnpj": "document",
    "cpf": "document",
    "telefone": "phone",
    "phone": "phone",
    "endereço": "address",
    "address": "address",
    "cep": "postcode",
    "postcode": "postcode",
    "plano": "plan",
    "plan": "plan",
}


def read(raw: bytes, *, trusted: str | None, plans: Collection[str], reply_domain: str) -> Reply:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    sender = parseaddr(str(mail.get("From", "")))[1]
    texts = " ".join(str(mail.get(name, "")) for name in ("To", "Cc", "Delivered-To"))
    tokens = re.findall(r"\+([a-z2-7]{20,60})@", texts)
    threads = " ".join(str(mail.get(name, "")) for name in ("References", "In-Reply-To"))
    tokens += re.findall(rf"<([a-z2-7]{{20,60}})@{re.escape(reply_domain)}>", threads)
    body = mail.get_body(("plain",))
    answer = body.get_content() if body else ""
    values: dict[str, Field] = {}
    for line in answer.splitlines():
        label, colon, value = line.partition(":")
        field = _LABELS.get(label.strip().lower())
        if colon and field and value.strip():
            text = value.strip()
            if field in {"document", "postcode"}:
                text = re.sub(r"\D", "", text)
            if field == "phone":
                text = "+55" + re.sub(r"\D", "", text)
            values[field] = Field(value=text, raw=value)
    problems = tuple(
        Problem(field=name, wrong=Wrong.MISSING) for name in Asked if name not in values
    )
    results = str(mail.get("Authentication-Results", ""))
    authentication = None
    if trusted and results.startswith(trusted):
        authentication = Authentication(
            spf="pass", dkim="pass", dmarc="pass", aligned="dmarc=pass" in results
        )
    verdict, reason = Verdict.FORM, ""
    if mail.get("Auto-Submitted", "no") != "no":
        verdict, reason = Verdict.AUTOMATIC, "Auto-Submitted"
    elif not body:
        verdict, reason = Verdict.UNREADABLE, "no text"
    elif not tokens:
        verdict, reason = Verdict.NO_TOKEN, "no token"
    return Reply(
        verdict=verdict,
        reason=reason,
        sender=sender,
        message_id=mail.get("Message-ID"),
        sha256=hashlib.sha256(raw).hexdigest(),
        subject=str(mail.get("Subject", "")),
        tokens=tuple(tokens),
        language=Language.PORTUGUESE,
        answer=answer,
        authentication=authentication,
        fields=Extracted(**values, problems=problems),
    )
