"""The use case of the schedule: read what is new in the mailbox, each mail once.

One mark in the table says how far the mailbox was read. It moves on behind a mail when what became
of the mail is written, so that a crash reads a mail again, and nothing is skipped; what is read
again is recognised and changes nothing. A mail that makes trouble goes on a list and is tried
again behind all others; the third time it is put aside for people.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from recado.clock import Clock
from recado.observability import logger
from signup.domain.post import Handled, MailOutcome, mail_id_of
from signup.gateway import Access, Disconnected, Inbox
from signup.receiving import MAX_BYTES, Receiving
from signup.store.mailboxes import Again, LostLease, MailboxStore, Mark

LEASE = timedelta(seconds=150)
"""Longer than the function may run, so that two checks never read side by side."""
MAX_ATTEMPTS = 3

Tally = Counter[str]
"""How many mails had which outcome."""


class Checking:
    """Reads a mailbox."""

    def __init__(
        self,
        access: Access,
        opened: Callable[[Access], AbstractContextManager[Inbox]],
        mailboxes: MailboxStore,
        receiving: Receiving,
        clock: Clock,
    ) -> None:
        self._access = access
        self._opened = opened
        self._mailboxes = mailboxes
        self._receiving = receiving
        self._clock = clock
        self._holder = secrets.token_hex(8)

    def check(self, in_time: Callable[[], bool]) -> Tally:
        """Read new mails until there are no more, or `in_time` says that time is short.

        Raises:
            Disconnected: the mailbox's server went away; what was read is safe.
        """
        mark = self._mailboxes.take(self._access.name, self._holder, self._clock(), LEASE)
        if mark is None:
            logger.info("another check is under way")
            return Counter(busy=1)
        tally: Tally = Counter()
        try:
            with self._opened(self._access) as inbox:
                waiting = list(self._mailboxes.again(self._access.name, inbox.uidvalidity))
                self._read_new(inbox, mark, in_time, tally)
                self._read_again(inbox, waiting, in_time, tally)
        except LostLease:
            logger.warning("another check took the mailbox over")
        finally:
            self._mailboxes.leave(self._access.name, self._holder, self._clock())
        return tally

    def _read_new(
        self, inbox: Inbox, mark: Mark, in_time: Callable[[], bool], tally: Tally
    ) -> None:
        if mark.uidvalidity != inbox.uidvalidity:
            logger.info("a mailbox with a new UIDVALIDITY is read from its beginning")
            mark = Mark(uidvalidity=inbox.uidvalidity, uid=0)
        for uid in inbox.uids(mark.uid):
            if not in_time():
                tally["left"] += 1
                return
            lost = self._try(inbox, Again(uidvalidity=mark.uidvalidity, uid=uid), tally)
            mark = Mark(uidvalidity=mark.uidvalidity, uid=uid)
            self._mailboxes.advance(self._access.name, self._holder, mark)
            if lost:
                raise lost

    def _read_again(
        self, inbox: Inbox, waiting: list[Again], in_time: Callable[[], bool], tally: Tally
    ) -> None:
        for mail in waiting:
            if not in_time():
                return
            lost = self._try(inbox, mail, tally)
            if lost:
                raise lost

    def _try(self, inbox: Inbox, mail: Again, tally: Tally) -> Disconnected | None:
        """Deal with one mail, or note that it made trouble; returns a lost connection."""
        try:
            handled = self._deal_with(inbox, mail)
        except Exception as trouble:  # noqa: BLE001 -- one bad mail never stops the rest
            tally["trouble"] += 1
            self._note(mail, trouble)
            return trouble if isinstance(trouble, Disconnected) else None
        if mail.attempts:
            self._mailboxes.settled(self._access.name, mail.uidvalidity, mail.uid)
        if handled is None:
            return None
        tally[handled.outcome] += 1
        return self._tidy(inbox, mail.uid, handled)

    def _deal_with(self, inbox: Inbox, mail: Again) -> Handled | None:
        """Read a mail and do what it asks for; `None`: it is gone."""
        place, now = self._place(mail), self._clock()
        if mail.attempts >= MAX_ATTEMPTS:
            reason = f"it made trouble {mail.attempts} times: {mail.trouble}"
            return self._receiving.put_aside(_id_of(place), reason, place, now)
        size = inbox.size(mail.uid)
        if size is None:
            return None
        if size > MAX_BYTES:
            head = inbox.head(mail.uid) or place.encode()
            reason = f"it has {size} bytes: at most {MAX_BYTES} are read"
            return self._receiving.put_aside(mail_id_of(head), reason, place, now)
        raw = inbox.mail(mail.uid)
        if raw is None:
            return None
        return self._receiving.receive(raw, place, self._access.trusted_host, now)

    def _note(self, mail: Again, trouble: Exception) -> None:
        logger.warning("a mail made trouble", uid=mail.uid, error=type(trouble).__name__)
        noted = mail.model_copy(
            update={"attempts": mail.attempts + 1, "trouble": type(trouble).__name__}
        )
        self._mailboxes.read_again(self._access.name, noted)

    def _tidy(self, inbox: Inbox, uid: int, handled: Handled) -> Disconnected | None:
        """Show in the mailbox what became of a mail; the table is what counts."""
        try:
            if handled.outcome is MailOutcome.REVIEW:
                inbox.put_aside(uid)
            else:
                inbox.seen(uid)
        except Disconnected as trouble:
            logger.warning("the mailbox was not tidied", uid=uid, reason=str(trouble))
            return trouble
        return None

    def _place(self, mail: Again) -> str:
        return f"{self._access.name} {mail.uidvalidity} {mail.uid}"


def _id_of(place: str) -> str:
    """The id of a mail that cannot be read, by where it lies."""
    return f"mail_{hashlib.sha256(place.encode()).hexdigest()[:40]}"
