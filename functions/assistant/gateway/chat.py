"""Chat's REST API, as the assistant uses it in the customer's name."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import aiohttp

from assistant.answering import Said, Standing
from assistant.domain.ports import Overloaded, TooLate, Unreachable
from assistant.domain.turns import Conversation
from recado.conversation import Speaker
from recado.errors import Conflict, NotFound, RecadoError, Rejected
from recado.intent import Intent
from recado.model import Language
from recado.vouching import Subject, vouched

_ROOT = "/v1/chat/conversations"
_END = 99_999_998
"""After every line a conversation may have: what is read there is only how it stands."""
_REFUSALS: dict[int, type[RecadoError]] = {
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.UNPROCESSABLE_ENTITY: Rejected,
}


class ChatApi:
    """Chat at an address; `key` is what the assistant vouches with for its answers."""

    def __init__(self, url: str, key: Callable[[], bytes]) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._session: aiohttp.ClientSession | None = None

    async def begin(self, language: Language, timeout: float) -> Conversation:
        """A new conversation."""
        answer = await self._call("POST", _ROOT, None, timeout, {"language": language.value})
        return Conversation(id=answer["id"], key=answer["key"])

    async def standing(self, conversation: Conversation, timeout: float) -> Standing:
        """How a conversation stands."""
        path = f"{_ROOT}/{conversation.id}/messages?after={_END}&limit=1"
        state = (await self._call("GET", path, conversation, timeout))["state"]
        return Standing(
            language=state["language"],
            with_bot=state["owner"] == "bot" and state["ended_at"] is None,
            busy=state["busy"],
            customer_id=state["customer_id"],
        )

    async def say(self, conversation: Conversation, said: Said, timeout: float) -> tuple[str, ...]:
        """Say something in the customer's name; returns the lines that others wrote since."""
        body: dict[str, Any] = {"client_message_id": said.message_id, "text": said.text}
        if said.about_bills:
            body["intent"] = Intent.INVOICE_COPY.value
        if said.answer:
            body["answer"] = await self._vouched(conversation, said)
        path = f"{_ROOT}/{conversation.id}/messages"
        receipt = await self._call("POST", path, conversation, timeout, body)
        return tuple(
            line["text"] for line in receipt["lines"] if line["speaker"] != Speaker.CUSTOMER
        )

    async def _vouched(self, conversation: Conversation, said: Said) -> dict[str, Any]:
        subject = Subject(
            conversation_id=conversation.id, message_id=said.message_id, text=said.text
        )
        key = await asyncio.to_thread(self._key)
        return vouched(said.answer, subject, key).model_dump()

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _connected(self) -> aiohttp.ClientSession:
        """The connections, which belong to the event loop that asks first."""
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session

    async def _call(
        self,
        method: str,
        path: str,
        conversation: Conversation | None,
        timeout: float,
        body: Any = None,
    ) -> Any:
        headers = {"Authorization": f"Bearer {conversation.key}"} if conversation else {}
        try:
            async with self._connected().request(
                method,
                self._url + path,
                json=body,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
            ) as response:
                answer = await response.json(content_type=None)
                status = response.status
        except TimeoutError as error:
            raise TooLate(f"chat gave no answer within {timeout:.1f} s") from error
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise Unreachable(
                f"chat cannot be reached ({type(error).__name__}): check the setting CHAT_URL"
            ) from error
        if status < HTTPStatus.BAD_REQUEST:
            return answer
        raise _refusal(status, answer)


def _refusal(status: int, answer: Any) -> RecadoError:
    """What chat said no with; what is not the customer's doing is chat's failure."""
    said = answer.get("message", "") if isinstance(answer, dict) else ""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Overloaded("chat has too much to do: try again in a moment")
    if kind := _REFUSALS.get(status):
        return kind(said or f"chat refused it with {status}")
    return Unreachable(f"chat answered with {status}: {said or 'look into its log'}")
