"""What follows a change: its facts are told, its letter is queued and sent.

Facts and letters are items of the transaction that makes them true (`recado.outgoing`, the list of
letters); whoever wrote them tells and queues them, and the schedule does it for who could not.

A letter leaves at least once: it is sent again only where the process ended, or SES could not be
asked, between SES's answer and the note that it was sent. An answer of SES that was lost is
taken for a yes.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from recado import letters
from recado.errors import Rejected, Retryable
from recado.model import Lane
from recado.observability import logger
from recado.outgoing import Fact, Outgoing
from recado.queue import Outbox
from signup.domain.letters import LIFE_DAYS, Letter
from signup.store.mails import MailStore

LEASE = timedelta(seconds=60)
"""How long a letter is in one sender's hands; longer than a call to SES."""


class Post(Protocol):
    """What sends mail (`recado.letters`)."""

    def send(self, address: str, letter: letters.Letter, tags: Mapping[str, str]) -> None: ...


class Consent(Protocol):
    """Who knows which addresses are not written to (`recado.consent`)."""

    def refusal(self, email: str, lane: Lane) -> str | None: ...


class WritingBack:
    """Tells facts and queues letters."""

    def __init__(self, outgoing: Outgoing, mails: MailStore, queue: Outbox) -> None:
        self._outgoing = outgoing
        self._mails = mails
        self._queue = queue

    def tell(self, facts: tuple[Fact, ...], letter: Letter | None) -> None:
        """Tell what was just written; what cannot be told now is left to the schedule."""
        try:
            if letter is not None:
                self._enqueue(letter)
            self._outgoing.publish(facts)
        except Retryable as trouble:
            logger.warning("left to the schedule", reason=str(trouble))

    def sweep(self, now: datetime) -> int:
        """Tell and queue what was left; returns how much.

        Raises:
            Retryable: the bus or the queue still does not take it.
        """
        left = list(self._mails.letters())
        for letter in left:
            self._enqueue(letter)
        return len(left) + self._outgoing.sweep(now)

    def _enqueue(self, letter: Letter) -> None:
        self._queue.send([letter])
        self._mails.queued(letter)


class Sending:
    """Sends letters."""

    def __init__(self, mails: MailStore, post: Post, consent: Consent) -> None:
        self._mails = mails
        self._post = post
        self._consent = consent

    def send(self, letter: Letter, now: datetime) -> bool:
        """Send a letter, unless it was sent, is too late or must not be; False: nothing was sent.

        Raises:
            Retryable: it did not leave now, or somebody else has it in hand.
            Rejected: SES never takes it.
        """
        if self._mails.was_sent(letter.id):
            return False
        if not self._mails.claim(letter.id, now, LEASE):
            raise Retryable("a letter is in other hands")
        if now - letter.written_at > timedelta(days=LIFE_DAYS):
            return self._give_up(letter, now, "too late")
        if self._consent.refusal(letter.to, Lane.TRANSACTIONAL) is not None:
            return self._give_up(letter, now, "suppressed")
        try:
            tags = {"service": "signup", "kind": letter.kind.value}
            self._post.send(letter.to, _mail(letter), tags)
        except Retryable:
            self._mails.release(letter.id)
            raise
        except Rejected:
            self._mails.note_sent(letter.id, now, "refused")
            raise
        self._mails.note_sent(letter.id, now, "sent")
        return True

    def _give_up(self, letter: Letter, now: datetime, why: str) -> bool:
        logger.warning("letter not sent", letter_id=letter.id, reason=why)
        self._mails.note_sent(letter.id, now, why)
        return False


def _mail(letter: Letter) -> letters.Letter:
    return letters.Letter(
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        reply_to=letter.reply_to,
        headers=letter.headers,
    )
