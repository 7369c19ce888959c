"""Codes that are asked for: how often, and the mail that brings them."""

import hashlib
import hmac
from datetime import datetime

from pydantic import ConfigDict

from chat.domain.identification import CUSTOMER_WINDOW, PER_CUSTOMER
from recado.model import Frozen, Language


class Asked(Frozen):
    """When codes were asked for by one claim, or for one customer; `digest` names which.

    `version` grows with every write.
    """

    digest: str
    version: int = 0
    times: tuple[datetime, ...] = ()

    def again(self, at: datetime) -> "Asked":
        """With one more time, without those that count no more."""
        kept = [time for time in self.times if at - CUSTOMER_WINDOW < time]
        return self.model_copy(update={"times": (*kept, at)[-PER_CUSTOMER:]})


class CodeMail(Frozen):
    """A code on its way.

    Nobody is known by the claim where `customer_id` is None: the message is put on the queue like
    any other, so that its time tells nothing, and is not sent.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    id: str
    conversation_id: str
    customer_id: str | None
    language: Language
    code: str
    expires_at: datetime


def counted(key: bytes, what: str, value: str) -> str:
    """What a limit counts by, from which nobody learns the value."""
    return hmac.new(key, f"{what}\n{value}".encode(), hashlib.sha256).hexdigest()
