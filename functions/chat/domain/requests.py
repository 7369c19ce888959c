"""What a customer may send, over REST and over a WebSocket."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from recado.conversation import MAX_TEXT
from recado.model import Frozen

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def _plain(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    if _CONTROL.search(text):
        raise ValueError("has control characters; of those a line break and a tab are allowed")
    return text


class NewMessage(Frozen):
    """What the customer writes."""

    client_message_id: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:\-]{0,63}$",
        description="The client's own; sending it again changes nothing.",
    )
    number: int | None = Field(
        default=None,
        ge=1,
        le=99_999_999,
        description="1, 2, 3 … of the customer's messages: puts right what overtook another.",
    )
    text: Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(_plain)]


class Choice(Frozen):
    """What a customer in the queue chooses instead of waiting in the chat."""

    choice: Literal["call_back", "bot"]
    phone: str | None = Field(
        default=None, pattern=r"^\+?[0-9][0-9 ()\-]{6,19}$", description="For `call_back`."
    )

    @model_validator(mode="after")
    def _reachable(self) -> "Choice":
        if self.choice == "call_back" and self.phone is None:
            raise ValueError("phone is missing: whom are we to call?")
        return self
