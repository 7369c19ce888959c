"""What is written back to people who answered: every letter a text of ours, none of theirs in it.

A letter is an automatic answer and says so (RFC 3834, section 5), goes to the invited address and
nowhere else, and belongs to the thread of the mail it answers.
"""

import re
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from html import escape

from recado.contracts import AnswerTo
from recado.model import Frozen, Language
from recado.templating import CompiledMail, compile_body
from signup.domain import form
from signup.domain.extracted import Extracted
from signup.domain.invitations import Invitation

LIFE_DAYS = 3
"""How late a letter may still be sent; later it would only confuse."""
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


class Kind(StrEnum):
    """Why it is written."""

    ASK_AGAIN = "ask_again"
    CONFIRM = "confirm"
    WELCOME = "welcome"
    ALREADY_CUSTOMER = "already_customer"


class Letter(Frozen):
    """A mail to one person; `id` is the same for the same decision.

    `reply_to` and `in_reply_to` are empty where there is none.
    """

    id: str
    kind: Kind
    to: str
    language: Language
    subject: str
    text: str
    html: str
    reply_to: str = ""
    in_reply_to: str = ""
    references: str = ""
    written_at: datetime

    @property
    def headers(self) -> dict[str, str]:
        """What makes it an automatic answer in the thread of the mail it answers."""
        threaded = {"In-Reply-To": self.in_reply_to, "References": self.references}
        present = {name: value for name, value in threaded.items() if value}
        return {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"} | present


def asking(
    invitation: Invitation,
    known: Extracted,
    plans: Collection[str],
    token: str,
    to: AnswerTo,
    now: datetime,
) -> Letter:
    """The letter that asks for what is missing or wrong, with the form as far as it is known."""
    language = invitation.language
    fields = form.understood(known, language, plans)
    rendered = _again(language).render({**fields, "code": token, "plans": ", ".join(plans)})
    return _threaded(
        invitation,
        Kind.ASK_AGAIN,
        (rendered.subject, rendered.text, rendered.html),
        now,
        number=invitation.asked,
        to=to,
    )


def letter(kind: Kind, invitation: Invitation, body: str, now: datetime) -> Letter:
    """Any other letter; `body` is what it has to tell: a link, or a customer's id."""
    language = invitation.language
    words = _WORDS[kind][language]
    name = next(iter(invitation.name.split()), "")
    hello = "Olá" if language is Language.PORTUGUESE else "Hello"
    greeting = f"{hello}, {name}." if name else f"{hello}."
    parts = [greeting, *(part.format(body=body) for part in words[1:])]
    html = "".join(f"<p>{escape(part)}</p>" for part in parts)
    text = "\n\n".join(parts) + "\n"
    return _threaded(invitation, kind, (words[0], text, html), now, number=invitation.confirmations)


def _threaded(
    invitation: Invitation,
    kind: Kind,
    content: tuple[str, str, str],
    now: datetime,
    *,
    number: int,
    to: AnswerTo | None = None,
) -> Letter:
    found = invitation.evidence.message_id if invitation.evidence else None
    answered = found if found and _MESSAGE_ID.fullmatch(found) else ""
    reference = to.reference if to and to.reference else ""
    subject, text, html = content
    return Letter(
        id=f"let_{invitation.place.invitation_id[4:]}_{kind}_{number}",
        kind=kind,
        to=invitation.email,
        language=invitation.language,
        subject=subject,
        text=text,
        html=html,
        reply_to=to.address if to else "",
        in_reply_to=answered,
        references=" ".join(each for each in (reference, answered) if each),
        written_at=now,
    )


@lru_cache
def _again(language: Language) -> CompiledMail:
    return compile_body(form.again(language), language)


_WORDS: dict[Kind, dict[Language, tuple[str, ...]]] = {
    Kind.CONFIRM: {
        Language.PORTUGUESE: (
            "Confirme o seu cadastro",
            (
                "Recebemos um pedido de cadastro com o seu endereço de e-mail. Para concluir, abra "
                "este endereço e confirme:"
            ),
            "{body}",
            "Se não foi você que pediu, ignore esta mensagem: nada será feito.",
        ),
        Language.ENGLISH: (
            "Confirm your sign-up",
            (
                "We got a sign-up with your e-mail address. To complete it, open this address and "
                "confirm:"
            ),
            "{body}",
            "If that was not you, ignore this message: nothing will be done.",
        ),
    },
    Kind.WELCOME: {
        Language.PORTUGUESE: (
            "Cadastro concluído: boas-vindas",
            "O seu cadastro está concluído. O seu código de cliente é {body}.",
        ),
        Language.ENGLISH: (
            "You are signed up: welcome",
            "Your sign-up is complete. Your customer code is {body}.",
        ),
    },
    Kind.ALREADY_CUSTOMER: {
        Language.PORTUGUESE: (
            "Você já é nosso cliente",
            (
                "Recebemos o seu cadastro, mas já há um cliente com este CPF ou CNPJ. Nada foi "
                "mudado. Se precisar de algo, fale com o nosso atendimento."
            ),
        ),
        Language.ENGLISH: (
            "You are our customer already",
            (
                "We got your sign-up, but there is a customer with this CPF or CNPJ already. "
                "Nothing was changed. If you need anything, ask our customer service."
            ),
        ),
    },
}
"""The subject and the paragraphs of each letter."""
