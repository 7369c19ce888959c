"""What the desk's facts do to a conversation, in the order the desk numbered them.

The bus repeats and reorders. A fact whose turn has not come is parked; one that was heard is passed
over, as is all of an earlier handover and what comes when the conversation is over.
"""

from collections.abc import Mapping
from datetime import datetime

from chat.domain import handover, phrases
from chat.domain.conversation import Head, Offer
from chat.domain.draft import Draft, Parked
from chat.domain.handover import Owner
from recado.conversation import (
    AttendantReplied,
    HandoverEvent,
    TicketAssigned,
    TicketClosed,
    TicketQueued,
    TicketRefused,
    TicketRequeued,
)
from recado.errors import Rejected

AT_ONCE = 40
"""How many facts one write applies; parked ones beyond them have to be heard again."""
_OFFERS: dict[str, tuple[Offer, ...]] = {
    "queue": (),
    "call_back": (Offer.CALL_BACK,),
    "deflect": (Offer.CALL_BACK, Offer.BOT),
}


def hear(
    head: Head, fact: HandoverEvent, parked: Mapping[int, HandoverEvent], at: datetime
) -> Draft | None:
    """What a fact changes, with those parked whose turn comes with it; None: nothing.

    Raises:
        Rejected: it is of a handover that was never asked for.
    """
    if fact.handover > head.control.handover:
        raise Rejected(
            f"handover {fact.handover} of {head.id} was never asked for: "
            "was the table restored to an earlier time?"
        )
    handed = head.handed
    if fact.handover < head.control.handover or fact.number <= handed.heard:
        return None
    draft = Draft(head, at)
    if fact.number > handed.heard + 1:
        if fact.number in parked:
            return None
        draft.parked = Parked(fact)
        draft.hand(parked=handed.parked + 1)
        return draft
    turns = [fact]
    while len(turns) < AT_ONCE and (after := parked.get(turns[-1].number + 1)):
        turns.append(after)
    for turn in turns:
        draft.hand(heard=turn.number)
        _apply(draft, turn)
    draft.hand(parked=handed.parked - sum(turn.number in parked for turn in turns))
    return draft


def _apply(draft: Draft, fact: HandoverEvent) -> None:
    if draft.head.over:
        return
    if isinstance(fact, AttendantReplied):
        draft.relay(fact.text)
        return
    if draft.head.control.bot_may_speak:
        return
    match fact:
        case TicketQueued():
            _queued(draft, fact)
        case TicketRefused():
            draft.give_back(fact.handover, unread_after=0)
            draft.say(phrases.NO_PLACE[draft.head.language])
        case TicketAssigned():
            _assigned(draft, fact)
        case TicketRequeued():
            control = handover.requeue(draft.head.control, handover=fact.handover)
            draft.set(control=control)
        case TicketClosed():
            read = draft.head.handed.told if fact.heard is None else fact.heard
            draft.give_back(fact.handover, unread_after=read)


def _queued(draft: Draft, fact: TicketQueued) -> None:
    if draft.head.control.owner is not Owner.QUEUED:
        return
    offers = _OFFERS[fact.stage]
    draft.hand(offers=offers)
    text = phrases.wait(draft.head.language, fact.ahead, fact.wait, offers)
    draft.tell_wait(fact.handover, text)


def _assigned(draft: Draft, fact: TicketAssigned) -> None:
    control = handover.assign(
        draft.head.control, handover=fact.handover, attendant=fact.attendant_name
    )
    draft.set(control=control)
    draft.hand(offers=())
