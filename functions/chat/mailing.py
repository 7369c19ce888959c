"""The mail that brings a one-time code. Its subject has no code: subjects end up in event logs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Protocol

from chat.domain.codes import CodeMail
from chat.domain.identification import LIFETIME
from recado.letters import Letter
from recado.model import Language
from recado.observability import logger

_SUBJECT = {
    Language.PORTUGUESE: "Seu código de atendimento",
    Language.ENGLISH: "Your customer-service code",
}
_TEXT = {
    Language.PORTUGUESE: (
        "Seu código é {code}. Ele vale por {minutes} minutos, só na conversa em que foi pedido.",
        "Se não foi você que pediu, ignore esta mensagem e não passe o código a ninguém.",
    ),
    Language.ENGLISH: (
        "Your code is {code}. It is valid for {minutes} minutes, only in the chat it is for.",
        "If that was not you, ignore this message and give the code to nobody.",
    ),
}

_TAGS = {"service": "chat", "kind": "code"}


class Addresses(Protocol):
    """Who knows where customers read mail (`chat.knowing`)."""

    def address(self, customer_id: str) -> str | None: ...


class Post(Protocol):
    """What sends mail (`recado.letters`)."""

    def send(self, address: str, letter: Letter, tags: Mapping[str, str]) -> None: ...


@dataclass(frozen=True)
class Mailing:
    """Sends codes."""

    addresses: Addresses
    post: Post

    def send(self, mail: CodeMail, now: datetime) -> bool:
        """Send a code, if anybody is to get it and it is still good; False: nothing was sent.

        Raises:
            Retryable: SES did not take it now.
            Rejected: SES never will.
        """
        if mail.customer_id is None:
            return False
        if now >= mail.expires_at:
            logger.warning("code came too late for its mail", code_id=mail.id)
            return False
        address = self.addresses.address(mail.customer_id)
        if address is None:
            logger.warning("customer of a code is gone", code_id=mail.id)
            return False
        minutes = LIFETIME.seconds // 60
        parts = [part.format(code=mail.code, minutes=minutes) for part in _TEXT[mail.language]]
        html = "".join(f"<p>{escape(part)}</p>" for part in parts)
        letter = Letter(subject=_SUBJECT[mail.language], text="\n\n".join(parts) + "\n", html=html)
        self.post.send(address, letter, _TAGS)
        return True
