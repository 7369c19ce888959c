"""A conversation's end: whoever brings it about, it tells what the conversation revealed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from chat.domain.conversation import Head
from chat.domain.draft import Draft
from chat.domain.revealing import revealed
from recado.conversation import Line

_PAGE = 200


class Reads(Protocol):
    """A conversation's lines (`chat.store`)."""

    def lines(self, conversation_id: str, *, after: int, limit: int) -> tuple[Line, ...]: ...


def ended(reads: Reads, head: Head, at: datetime) -> Draft:
    """The end of a conversation as it was read, to be written."""
    draft = Draft(head, at)
    draft.end(revealed(tuple(_all(reads, head)), head.noticed))
    return draft


def _all(reads: Reads, head: Head) -> Iterator[Line]:
    after = 0
    while after < head.lines:
        page = reads.lines(head.id, after=after, limit=_PAGE)
        if not page:
            return
        yield from page
        after = page[-1].sequence
