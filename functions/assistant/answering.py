"""Who answers the customer's words: chat, or the customer's own bills.

Chat has every message, and answers it unless the question is about bills and chat has proved who is
writing. Then the figures are computed here, a language model may only put them into words, and the
answer goes into the conversation with the message, vouched for (`recado.vouching`).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from assistant.domain import phrases
from assistant.domain.financial.facts import facts
from assistant.domain.financial.questions import Depth, depth_of
from assistant.domain.guarding import keeps_to
from assistant.domain.ports import LanguageModel, ModelFault, Prompt
from assistant.domain.sentences import Splitting
from assistant.domain.stages import Deadline, Stage
from assistant.domain.turns import Asked, Conversation, Trouble, Turn
from recado.conversation import MAX_TEXT
from recado.errors import RecadoError
from recado.model import Frozen, Invoice, Language
from recado.observability import logger


class Standing(Frozen):
    """How a conversation stands, as far as the assistant has to know.

    `customer_id` is set once a code proved it; `busy` while chat waits for an answer of its own.
    """

    language: Language
    with_bot: bool
    busy: bool
    customer_id: str | None


class Said(Frozen):
    """What the customer said, with our own answer if there is one.

    `about_bills` lets chat ask who is writing, whatever it would have made of the words.
    """

    message_id: str
    text: str
    answer: str = ""
    about_bills: bool = False


class Chat(Protocol):
    """Chat's REST API (`gateway.chat`); every call may raise `ModelFault` or what chat refuses."""

    async def begin(self, language: Language, timeout: float) -> Conversation: ...

    async def standing(self, conversation: Conversation, timeout: float) -> Standing: ...

    async def say(
        self, conversation: Conversation, said: Said, timeout: float
    ) -> tuple[str, ...]: ...


class Bills(Protocol):
    """The customers' invoices."""

    async def of(self, customer_id: str, timeout: float) -> Sequence[Invoice]: ...


class Memory(Protocol):
    """What a customer asked before it was known who asks."""

    async def asked(self, conversation_id: str, timeout: float) -> Depth | None: ...

    async def remember(self, conversation_id: str, depth: Depth | None, timeout: float) -> None: ...


class Today(Protocol):
    """The operator's calendar day."""

    def __call__(self) -> date: ...


@dataclass(frozen=True)
class Answering:
    """Answers by chat or from bills; without a `mind` the facts are the answer as they stand."""

    chat: Chat
    bills: Bills
    memory: Memory
    mind: LanguageModel | None
    today: Today

    async def reply(
        self, asked: Asked, text: str, turn: Turn, deadline: Deadline
    ) -> AsyncIterator[str]:
        """The answer in pieces.

        Raises:
            ModelFault: chat is not there.
            RecadoError: there is no such conversation, or it does not take this.
        """
        conversation, standing = await self._admitted(asked, deadline)
        turn.conversation, turn.language = conversation, standing.language
        work = _Reply(self, asked.message_id, text, conversation, turn, deadline)
        depth = depth_of(text)
        if depth and standing.customer_id and standing.with_bot and not standing.busy:
            return work.from_bills(depth, standing.customer_id)
        return await work.by_chat(depth, standing)

    async def _admitted(self, asked: Asked, deadline: Deadline) -> tuple[Conversation, Standing]:
        if asked.conversation is None:
            begun = await deadline.kept(
                Stage.CHAT, lambda left: self.chat.begin(asked.language, left)
            )
            fresh = Standing(language=asked.language, with_bot=True, busy=False, customer_id=None)
            return begun, fresh
        known = asked.conversation
        standing = await deadline.kept(Stage.CHAT, lambda left: self.chat.standing(known, left))
        return known, standing


@dataclass(frozen=True)
class _Reply:
    by: Answering
    message_id: str
    text: str
    conversation: Conversation
    turn: Turn
    deadline: Deadline

    async def by_chat(self, depth: Depth | None, before: Standing) -> AsyncIterator[str]:
        """Chat's own lines; then what was asked before chat knew who is writing."""
        lines = await self._told(about_bills=depth is not None)
        if not lines:
            return _each(phrases.PASSED_ON[self.turn.language])
        if before.customer_id is not None:
            return _each(*lines)
        after = await self._standing()
        self.turn.language = after.language
        if after.customer_id is not None:
            return self._with_what_was_asked(lines, after.customer_id)
        if depth is None:
            return _each(*lines)
        await self._remember(depth)
        asks_who = after.busy or not after.with_bot
        return _each(*lines) if asks_who else _each(*lines, phrases.WHO_IS_IT[after.language])

    async def from_bills(self, depth: Depth, customer_id: str) -> AsyncIterator[str]:
        """The answer to a financial question, which chat gets when it is complete."""
        self.turn.depth = depth
        said: list[str] = []
        async for piece in self._figures(depth, customer_id):
            said.append(piece)
            yield piece
        try:
            await self._told("".join(said)[:MAX_TEXT].strip())
        except RecadoError as error:
            self._in_trouble(Stage.CHAT, error)

    async def _with_what_was_asked(
        self, lines: Sequence[str], customer_id: str
    ) -> AsyncIterator[str]:
        for line in lines:
            yield f"{line}\n"
        depth = await self._asked_before()
        if depth is None:
            return
        self.turn.depth = depth
        async for piece in self._figures(depth, customer_id):
            yield piece

    async def _figures(self, depth: Depth, customer_id: str) -> AsyncIterator[str]:
        language = self.turn.language
        try:
            invoices = await self.deadline.kept(
                Stage.FIGURES, lambda left: self.by.bills.of(customer_id, left)
            )
        except ModelFault as fault:
            self._in_trouble(Stage.FIGURES, fault)
            yield phrases.FAILED[Stage.FIGURES][language]
            return
        computed = facts(depth, invoices, self.by.today(), language)
        if self.by.mind is None:
            yield "\n".join(computed)
            return
        async for sentence in self._in_words(self.by.mind, computed):
            yield sentence

    async def _in_words(self, mind: LanguageModel, computed: tuple[str, ...]) -> AsyncIterator[str]:
        """The facts as a language model puts them, as long as it keeps to their figures."""
        prompt = Prompt(question=self.text, language=self.turn.language, facts=computed)
        splitting, said = Splitting(), 0
        try:
            async for piece in self.deadline.pieces(
                Stage.LLM, lambda left: mind.complete(prompt, left)
            ):
                for sentence in splitting.feed(piece):
                    _check(sentence, computed)
                    said += 1
                    yield f"{sentence}\n"
            for sentence in splitting.rest():
                _check(sentence, computed)
                said += 1
                yield f"{sentence}\n"
        except (ModelFault, _MadeUp) as fault:
            self._in_trouble(Stage.LLM, fault)
            if said:
                yield f"{phrases.EXACTLY[self.turn.language]}\n"
            said = 0
        if not said:
            yield "\n".join(computed)

    async def _told(self, answer: str = "", *, about_bills: bool = False) -> tuple[str, ...]:
        said = Said(
            message_id=self.message_id, text=self.text, answer=answer, about_bills=about_bills
        )
        return await self.deadline.kept(
            Stage.CHAT, lambda left: self.by.chat.say(self.conversation, said, left)
        )

    async def _standing(self) -> Standing:
        return await self.deadline.kept(
            Stage.CHAT, lambda left: self.by.chat.standing(self.conversation, left)
        )

    async def _asked_before(self) -> Depth | None:
        """What was asked before, once; a memory that fails has nothing."""
        try:
            asked = await self.deadline.kept(
                Stage.FIGURES, lambda left: self.by.memory.asked(self.conversation.id, left)
            )
        except ModelFault as fault:
            self._in_trouble(Stage.FIGURES, fault)
            return None
        if asked:
            await self._remember(None)
        return asked

    async def _remember(self, depth: Depth | None) -> None:
        """Remember what was asked; a memory that fails costs the customer a repeated question."""
        try:
            await self.deadline.kept(
                Stage.FIGURES,
                lambda left: self.by.memory.remember(self.conversation.id, depth, left),
            )
        except ModelFault as fault:
            self._in_trouble(Stage.FIGURES, fault)

    def _in_trouble(self, stage: Stage, error: Exception) -> None:
        logger.warning("a stage failed", stage=stage, error=type(error).__name__)
        self.turn.troubles.append(Trouble(stage, type(error).__name__, str(error)))


class _MadeUp(Exception):
    """A language model wrote a figure that was not computed."""


def _check(sentence: str, computed: Sequence[str]) -> None:
    if not keeps_to(sentence, computed):
        raise _MadeUp("the language model wrote a figure that was not computed; it was not said")


async def _each(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield f"{text}\n"
