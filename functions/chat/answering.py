"""The bot answers whatever is stored and not answered, whoever stored it.

Storing a message and answering it are two writes. Between them a process may end; then the repeat
of the message, the next one, or the schedule answers.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from chat.deciding import Bot
from chat.domain.conversation import Head
from chat.domain.draft import Draft
from chat.domain.packing import MAX_TRANSCRIPT_LINES
from chat.racing import Pause, settled
from recado.conversation import Line, Speaker

AT_ONCE = 10
"""How many lines of the customer the bot decides about in one write."""


class Reads(Protocol):
    """Conversations, to read."""

    def head(self, conversation_id: str) -> Head: ...

    def lines(self, conversation_id: str, *, after: int, limit: int) -> tuple[Line, ...]: ...

    def latest(self, conversation_id: str, limit: int) -> tuple[Line, ...]: ...


class Writes(Protocol):
    """What writes a change and tells it (`chat.telling`)."""

    def write(self, draft: Draft) -> Head: ...


@dataclass(frozen=True)
class Answering:
    """The bot at work."""

    reads: Reads
    writes: Writes
    bot: Bot
    pause: Pause = field(default=time.sleep)

    def answer(self, head: Head, at: datetime) -> Head:
        """Decide about every line the bot has not decided about; returns the state after that.

        Raises:
            Retryable: others kept changing the conversation.
        """
        while head.unanswered:
            head = self._some(head, at)
        return head

    def _some(self, head: Head, at: datetime) -> Head:
        """The next lines, decided about by us or by somebody else."""

        def attempt(head: Head) -> Head:
            return self.writes.write(self._decided(head, at)) if head.unanswered else head

        return settled(head, self.reads.head, attempt, self.pause)

    def _decided(self, head: Head, at: datetime) -> Draft:
        found = self.reads.lines(head.id, after=head.answered, limit=AT_ONCE)
        asked = [line for line in found if line.speaker is Speaker.CUSTOMER]
        draft = Draft(head, at)
        self.bot.answer(draft, asked, lambda: self._history(head.id))
        if draft.head.control.bot_may_speak:
            last = found[-1].sequence
            draft.set(answered=draft.head.lines if last >= head.lines else last)
        return draft

    def _history(self, conversation_id: str) -> Sequence[Line]:
        return self.reads.latest(conversation_id, MAX_TRANSCRIPT_LINES)
