"""What a fact adds to the figures: a name that is the same for the same fact, a day, counters."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from recado.contracts import Event
from recado.conversation import ChatEnded, TicketEnded, TicketRefused
from recado.errors import Rejected
from recado.figures.names import Figures, Service, part, total
from recado.offers import OfferScheduled, OfferSettled
from recado.registration import InvitationsSent, RegistrationSettled, ReplySettled
from recado.turns import AssistantTurn

_MILLISECOND = timedelta(milliseconds=1)
_GROUPS = {"offered": "offered", "hold_out": "held_out"}


@dataclass(frozen=True)
class Entry:
    """What one fact adds. Two entries of the same `identity` are the same fact."""

    identity: str
    service: Service
    day: date
    figures: Figures


def entry_of(fact: Event, zone: str) -> Entry:
    """What a fact adds to the figures of its own day in the operator's time zone.

    Raises:
        Rejected: nothing is counted of such a fact.
    """
    figures: Figures
    match fact:
        case ChatEnded():
            name, at, figures = f"chat:{fact.conversation_id}", fact.ended_at, of_chat(fact)
            service = Service.CHAT
        case TicketEnded():
            name, at, figures = f"ticket:{fact.ticket_id}", fact.ended_at, of_ticket(fact)
            service = Service.DESK
        case TicketRefused():
            name, at, service = f"refused:{fact.ticket_id}", fact.at, Service.DESK
            figures = {"refused": 1, part("kind", fact.kind, "refused"): 1}
        case OfferScheduled():
            name, at, service = f"offer:{fact.offer_id}", fact.scheduled_at, Service.OFFERS
            figures = _by_rule(fact.rule, _GROUPS[fact.group])
        case OfferSettled():
            name, at, service = f"settled:{fact.offer_id}", fact.settled_at, Service.OFFERS
            figures = _by_rule(fact.rule, *_settled(fact))
        case RegistrationSettled():
            name, at = f"registration:{fact.registration_id}", fact.settled_at
            service, figures = Service.SIGNUP, {fact.outcome.value: 1}
        case InvitationsSent():
            name, at, service = f"invitations:{fact.batch_id}", fact.sent_at, Service.SIGNUP
            figures = {"invited": fact.invited, "batches": 1}
        case ReplySettled():
            name, at, service = f"reply:{fact.mail_id}", fact.settled_at, Service.SIGNUP
            figures = {part("replies", fact.outcome, "mails"): 1}
        case AssistantTurn():
            name, at = f"turn:{fact.conversation_id or 'none'}:{fact.turn_id}", fact.ended_at
            service, figures = Service.ASSISTANT, of_turn(fact)
        case _:
            raise Rejected(f"nothing is counted of {type(fact).__name__}")
    return Entry(name, service, day_of(at, zone), figures)


def of_chat(fact: ChatEnded) -> Figures:
    """What a conversation adds."""
    figures = {
        "chats": 1,
        "contained": int(fact.handovers == 0),
        "handovers": fact.handovers,
        "messages": fact.messages,
        part("language", fact.language, "chats"): 1,
    }
    if fact.first_answer is not None:
        figures |= {"first_answers": 1, "first_answer_ms": fact.first_answer // _MILLISECOND}
    figures |= {part("intent", intent, "chats"): 1 for intent in fact.intents}
    return total([figures])


def of_ticket(fact: TicketEnded) -> Figures:
    """What a ticket adds, also for its kind and its server."""
    figures = {
        "ended": 1,
        fact.status: 1,
        "requeues": fact.requeues,
        "moves": fact.moves,
        "in_time": int(fact.in_time is True),
    }
    if fact.waited is not None:
        figures |= {"waits": 1, "wait_ms": fact.waited // _MILLISECOND}
    if fact.first_reply_after is not None:
        figures |= {
            "first_replies": 1,
            "first_reply_ms": fact.first_reply_after // _MILLISECOND,
        }
    groups = [("kind", fact.kind)] + ([("server", fact.server_id)] if fact.server_id else [])
    of_groups = {
        part(what, which, name): number
        for what, which in groups
        for name, number in figures.items()
    }
    return total([figures, of_groups])


def of_turn(fact: AssistantTurn) -> Figures:
    """What a turn of the assistant adds, also for each of its stages."""
    figures = {
        "turns": 1,
        "by_voice": int(fact.by_voice),
        "answered": int(not fact.failed),
        part("language", fact.language, "turns"): 1,
    }
    if fact.depth is not None:
        figures[part("depth", fact.depth, "turns")] = 1
    if fact.first_audio_ms is not None:
        figures |= {"first_audios": 1, "first_audio_ms": fact.first_audio_ms}
    for stage, milliseconds in fact.stages.items():
        figures |= {part("stage", stage, "turns"): 1, part("stage", stage, "ms"): milliseconds}
    figures |= {part("stage", stage, "failed"): 1 for stage in fact.failed}
    return total([figures])


def summed(entries: Iterable[Entry]) -> dict[tuple[date, Service], dict[str, int]]:
    """What entries add together, by day and service; an identity counts once."""
    once = {entry.identity: entry for entry in entries}
    groups: dict[tuple[date, Service], list[Figures]] = {}
    for entry in once.values():
        groups.setdefault((entry.day, entry.service), []).append(entry.figures)
    return {group: total(figures) for group, figures in groups.items()}


def day_of(moment: datetime, zone: str) -> date:
    """The operator's calendar day of a moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def _settled(fact: OfferSettled) -> list[str]:
    group = _GROUPS[fact.group]
    return [f"settled_{group}"] + ([f"converted_{group}"] if fact.converted else [])


def _by_rule(rule: str, *names: str) -> dict[str, int]:
    return dict.fromkeys(names, 1) | {part("rule", rule, name): 1 for name in names}
