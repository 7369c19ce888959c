"""The customer's chat, from API Gateway: `docs/chat.md` shows it by example.

A conversation's key, shown once when it begins, is what opens it afterwards. Who has another key
learns as much as who asks for a conversation that does not exist: that there is none.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import Field

from chat import collaborators
from chat.domain.arrivals import Message
from chat.domain.conversation import Head, Offer
from chat.domain.handover import Owner
from chat.domain.requests import Choice, NewMessage
from chat.talking import Begun, Receipt
from recado import auth, clock, rest
from recado.conversation import Line
from recado.errors import Rejected, Unauthenticated
from recado.intent import Intent
from recado.model import Frozen, Language
from recado.observability import logger, metrics
from recado.vouching import Subject, Vouched, genuine

OPEN_PATHS = ("/v1/chat/conversations",)
PAGE, LARGEST_PAGE = 50, 200


class ConversationKeys:
    """Customers, each with the key of the conversation in the path."""

    bearer = "`Authorization: Bearer <the key that came with the conversation>`"

    def admit(self, api: rest.Resolver) -> None:
        """Admit who has the conversation's key."""
        scheme, _, key = (api.current_event.headers.get("Authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Unauthenticated(
                "send the header `Authorization: Bearer …` with the conversation's key"
            )
        conversation_id = api.context["_route_args"]["conversation_id"]
        head = collaborators.talking().admit(conversation_id, key.strip())
        api.append_context(conversation=head)  # type: ignore[no-untyped-call]

    def role_needed(self, function: Callable[..., Any], method: str) -> auth.Role:  # noqa: ARG002
        """Nothing but the key."""
        return auth.Role.VIEWER


api = rest.resolver(
    "Recado: chat",
    "Customers talk to the bot, and through it to attendants.",
    open_paths=OPEN_PATHS,
    guard=ConversationKeys(),
)


class NewConversation(Frozen):
    """How a conversation begins."""

    language: Language = Field(
        default=Language.PORTUGUESE, description="Until a message is in another one."
    )


class NewLine(NewMessage):
    """What the customer writes, or said to the assistant."""

    answer: Vouched | None = Field(
        default=None, description="The assistant's own answer: the bot gives none then."
    )
    intent: Intent | None = Field(
        default=None, description="What it is about, where the client knows, as by a button."
    )


class State(Frozen):
    """How a conversation stands. `next_number` is of the customer's next message.

    `customer_id` is set once a code proved who is writing; `busy` while the bot waits for the
    answer to a question of its own.
    """

    owner: Owner
    attendant: str
    language: Language
    customer_id: str | None
    busy: bool
    offers: tuple[Offer, ...]
    next_number: int
    ended_at: datetime | None


class Lines(Frozen):
    """Some lines in order; `cursor` is `after` for those that follow, now or later."""

    lines: tuple[Line, ...]
    cursor: int
    state: State


def _answer(conversation_id: str, new: NewLine) -> str:
    """The assistant's answer that comes with a message.

    Raises:
        Rejected: somebody else made it up.
    """
    if new.answer is None:
        return ""
    subject = Subject(
        conversation_id=conversation_id, message_id=new.client_message_id, text=new.text
    )
    if not genuine(new.answer, subject, collaborators.assistant_key()()):
        raise Rejected("is not vouched for by the assistant: leave it out", field="answer")
    return new.answer.text


def _head() -> Head:
    head: Head = api.context["conversation"]
    return head


def _state(head: Head) -> State:
    return State(
        owner=head.control.owner,
        attendant=head.control.attendant,
        language=head.language,
        customer_id=head.identity.customer_id,
        busy=head.progress is not None,
        offers=head.handed.offers,
        next_number=head.next_number,
        ended_at=head.ended_at,
    )


@api.post("/v1/chat/conversations", status_code=201, tags=["chat"])
def begin(new: NewConversation) -> Begun:
    """Begin a conversation; its key is shown this once."""
    return collaborators.talking().begin(new.language, clock.now())


@api.post("/v1/chat/conversations/<conversation_id>/messages", status_code=201, tags=["chat"])
def say(conversation_id: str, new: NewLine) -> Receipt:
    """Say something; the answer comes with it, unless a person is to answer."""
    message = Message(
        client_message_id=new.client_message_id,
        text=new.text,
        number=new.number,
        answer=_answer(conversation_id, new),
        intent=new.intent,
    )
    return collaborators.talking().say(_head(), message, clock.now())


@api.get("/v1/chat/conversations/<conversation_id>/messages", tags=["chat"])
def read(
    conversation_id: str,  # noqa: ARG001
    after: Annotated[int, Query(ge=0, le=99_999_998)] = 0,
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = PAGE,
) -> Lines:
    """Read the lines after a sequence, and how the conversation stands."""
    head = _head()
    lines = collaborators.talking().lines_after(head, after, limit)
    return Lines(lines=lines, cursor=lines[-1].sequence if lines else after, state=_state(head))


@api.post("/v1/chat/conversations/<conversation_id>/choice", tags=["chat"])
def choose(conversation_id: str, choice: Choice) -> State:  # noqa: ARG001
    """Choose a call, or the bot, instead of waiting in the queue."""
    talking, now = collaborators.talking(), clock.now()
    if choice.phone is not None and choice.choice == "call_back":
        return _state(talking.call_back(_head(), choice.phone, now))
    return _state(talking.back_to_bot(_head(), now))


@api.post("/v1/chat/conversations/<conversation_id>/end", tags=["chat"])
def end(conversation_id: str) -> State:  # noqa: ARG001
    """End the conversation."""
    return _state(collaborators.talking().end(_head(), clock.now()))


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Wakes on API Gateway."""
    metrics.add_metric(name="Requests", unit=MetricUnit.Count, value=1)
    answer = api.resolve(event, context)
    logger.info("request", method=event.get("httpMethod"), status=answer["statusCode"])
    return answer
