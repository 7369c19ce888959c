"""The counters, by service. Each is a whole number that is only ever added to.

A counter of a part, such as an intent or a server, is spelled `<what>#<which>#<counter>`. Times are
in milliseconds, so that a mean is a quotient of two counters.

    mail      the ledger's states (`delivered`, `bounced` …) and what recipients did (`opens` …),
              each also as `lane#<lane>#…`
    chat      chats, contained, handovers, messages, first_answers, first_answer_ms,
              intent#<intent>#chats, language#<tag>#chats
    desk      ended, closed, abandoned, deflected, refused, waits, wait_ms, in_time, first_replies,
              first_reply_ms, requeues, moves; by kind#<kind>#… and server#<server>#…
    offers    offered, held_out, settled_offered, settled_held_out, converted_offered,
              converted_held_out; each also as `rule#<rule>#…`
    signup    invited, batches, registered, already_customer, refused, and mails by outcome as
              replies#<outcome>#mails
    assistant turns, by_voice, answered, first_audios, first_audio_ms, and by stage#<stage>#turns,
              stage#<stage>#ms, stage#<stage>#failed, depth#<depth>#turns, language#<tag>#turns
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

Figures = Mapping[str, int]
"""Counters by name, or what to add to them."""


class Service(StrEnum):
    """Whose figures they are."""

    MAIL = "mail"
    CHAT = "chat"
    DESK = "desk"
    OFFERS = "offers"
    SIGNUP = "signup"
    ASSISTANT = "assistant"


def part(what: str, which: str, counter: str) -> str:
    """The name of a part's counter, such as `intent#invoice_copy#chats`."""
    return f"{what}#{which.replace('#', '_')}#{counter}"


def parts(figures: Figures, what: str) -> dict[str, dict[str, int]]:
    """The counters of every part of a kind: which part, and its counters by their short names."""
    found: dict[str, dict[str, int]] = {}
    for name, number in sorted(figures.items()):
        pieces = name.split("#")
        if len(pieces) == 3 and pieces[0] == what:  # as `part` spells it
            found.setdefault(pieces[1], {})[pieces[2]] = number
    return found


def total(several: Iterable[Figures]) -> dict[str, int]:
    """Sums by name; counters that come to nothing are left out."""
    summed: dict[str, int] = {}
    for figures in several:
        for name, number in figures.items():
            summed[name] = summed.get(name, 0) + number
    return {name: number for name, number in sorted(summed.items()) if number}


def difference(before: Figures, after: Figures) -> dict[str, int]:
    """What to add to `before` to get `after`."""
    return total([after, {name: -number for name, number in before.items()}])
