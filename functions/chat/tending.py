"""What nobody else does: answers that were left, facts and codes that were left, idle chats."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import NamedTuple, Protocol, TypeVar

from chat.answering import Answering, Writes
from chat.domain.codes import CodeMail
from chat.domain.conversation import Head
from chat.ending import ended
from chat.racing import Stale
from chat.store.lists import Idle
from recado import ids
from recado.conversation import Line
from recado.errors import NotFound
from recado.observability import logger

GRACE = timedelta(seconds=15)
"""How long who stored a message has to answer it before the schedule does."""


T = TypeVar("T")


class Tally(NamedTuple):
    """How many things were looked after, and how many made trouble."""

    done: int
    failed: int


class Lists(Protocol):
    """What is still to be done (`chat.store.lists`)."""

    def unanswered(self, before: datetime) -> Iterable[str]: ...

    def forget(self, conversation_id: str) -> None: ...

    def idle(self, now: datetime) -> Iterable[Idle]: ...

    def look_again(self, idle: Idle, at: datetime) -> None: ...

    def looked(self, idle: Idle) -> None: ...

    def codes(self, before: str) -> Iterable[CodeMail]: ...


class Reads(Protocol):
    """Conversations, to read."""

    def head(self, conversation_id: str) -> Head: ...

    def lines(self, conversation_id: str, *, after: int, limit: int) -> tuple[Line, ...]: ...


class Sweeps(Protocol):
    """Facts that may not have been published (`recado.outgoing`)."""

    def sweep(self, now: datetime) -> int: ...


class Mails(Protocol):
    """Who puts codes on the queue (`chat.telling`)."""

    def mail(self, codes: Iterable[CodeMail]) -> int: ...


@dataclass(frozen=True)
class Tending:
    """The schedule's work. A conversation that makes trouble holds up no other."""

    store: Reads
    lists: Lists
    answering: Answering
    writes: Writes
    outgoing: Sweeps
    mails: Mails
    idle_after: timedelta

    def heal(self, now: datetime, in_time: Callable[[], bool]) -> Tally:
        """Answer what was stored and never answered."""
        waiting = self.lists.unanswered(now - GRACE)
        return _each(waiting, lambda name: self._healed(name, now), in_time)

    def end_idle(self, now: datetime, in_time: Callable[[], bool]) -> Tally:
        """End conversations with the bot in which nobody wrote for a while."""
        return _each(self.lists.idle(now), lambda idle: self._looked_at(idle, now), in_time)

    def sweep(self, now: datetime) -> int:
        """Tell the facts and mail the codes that were left behind; returns how many.

        Raises:
            Retryable: the bus or the queue took none.
        """
        before = ids.new("cod", now - GRACE, bytes(10))
        return self.outgoing.sweep(now) + self.mails.mail(self.lists.codes(before))

    def _healed(self, conversation_id: str, now: datetime) -> None:
        try:
            head = self.store.head(conversation_id)
        except NotFound:
            self.lists.forget(conversation_id)
            return
        self.answering.answer(head, now)

    def _looked_at(self, idle: Idle, now: datetime) -> None:
        try:
            head = self.store.head(idle.conversation_id)
        except NotFound:
            self.lists.looked(idle)
            return
        due = head.last_at + self.idle_after
        if not head.over and not head.control.bot_may_speak:
            self.lists.look_again(idle, now + self.idle_after)
        elif not head.over and due > now:
            self.lists.look_again(idle, due)
        elif head.over or self._ended(head, now):
            self.lists.looked(idle)

    def _ended(self, head: Head, now: datetime) -> bool:
        """End it as it was read; False where somebody wrote meanwhile."""
        try:
            self.writes.write(ended(self.store, head, now))
        except Stale:
            return False
        return True


def _each(things: Iterable[T], work: Callable[[T], None], in_time: Callable[[], bool]) -> Tally:
    done, failed = 0, 0
    for thing in things:
        if not in_time():
            break
        try:
            work(thing)
        except Exception as error:  # noqa: BLE001 - counted, and the run fails for it in the end
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{PurePath(where.filename).name}:{where.lineno}"
            logger.warning("conversation left alone", error=type(error).__name__, at=place)
            failed += 1
        else:
            done += 1
    return Tally(done, failed)
