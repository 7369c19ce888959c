"""What counts as opened, clicked and answered since an offer's last mail."""

from datetime import timedelta

import pytest

from marketing.domain.customers import Chat, CustomerFile, Mailed, Offer
from marketing.domain.journey import begun
from marketing.domain.steps import Signal
from marketing.travelling import signals
from recado.ledger.deeds import Deed
from recado.ledger.reach import Kind
from recado.ledger.states import State
from tests.factories import AT

OFFER = Offer(
    id="ofr_1",
    rule="speed",
    rule_version=1,
    customer_id="C-1",
    group="offered",
    made_at=AT,
    settles_at=AT + timedelta(days=30),
    plan_before="Fibra 300",
    conversations=("cnv_1",),
    journey=begun(AT),
    mails=(Mailed(place=0, campaign_id="cmp_1", at=AT),),
)


def file(hours: float) -> CustomerFile:
    """A customer who began a conversation so many hours after the mail."""
    begun_at = AT + timedelta(hours=hours)
    chat = Chat(conversation_id="cnv_2", started_at=begun_at, ended_at=begun_at)
    return CustomerFile(customer_id="C-1", chats=(chat,))


@pytest.mark.parametrize(
    ("kinds", "seen"),
    [
        (set(), set()),
        ({Kind.OPEN}, {Signal.OPENED}),
        ({Kind.CLICK}, {Signal.OPENED, Signal.CLICKED}),
        ({Kind.MACHINE_OPEN, Kind.MACHINE_CLICK}, set()),
    ],
)
def test_only_what_the_person_did_counts(kinds: set[Kind], seen: set[Signal]) -> None:
    deed = Deed(State.DELIVERED, frozenset(kinds))
    assert signals(OFFER, CustomerFile(customer_id="C-1"), deed) == seen


@pytest.mark.parametrize(("hours", "seen"), [(1, {Signal.ANSWERED}), (-1, set())])
def test_a_conversation_begun_after_the_mail_is_an_answer(hours: int, seen: set[Signal]) -> None:
    assert signals(OFFER, file(hours), None) == seen
