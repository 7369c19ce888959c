"""One writer, one notice, and silence of the bot while the conversation is not its own."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from chat.domain import handover
from chat.domain.handover import Control, Owner
from recado.errors import Conflict


class Conversation(RuleBasedStateMachine):
    """Any order of requests, assignments, returns and replies, early, late and repeated.

    The rules that write go through `attempt`, which does what the store does: write where the
    version is still the one that was read.
    """

    prepared = Bundle("prepared")

    def __init__(self) -> None:
        super().__init__()
        self.control = Control()
        self.history = [self.control]
        self.log = []

    def attempt(self, transition: Callable[..., Control], **arguments: Any) -> None:
        try:
            self.control = transition(self.control, **arguments)
        except Conflict:
            return
        self.history.append(self.control)

    @rule(target=prepared)
    def the_bot_prepares_a_reply(self) -> Control:
        return self.control

    @rule(read=consumes(prepared))
    def the_bot_speaks(self, read: Control) -> None:
        before = self.control
        try:
            self.control = handover.speak(before, read=read.version)
        except Conflict:
            return
        assert before.handover == read.handover
        self.log.append(("bot", before.owner))

    @rule()
    def somebody_asks_for_a_person(self) -> None:
        may = self.control.bot_may_speak
        change = handover.request(self.control)
        assert change.notice is may
        self.control = change.control
        if change.notice:
            self.log.append(("notice", change.control.handover))

    @rule(late=st.integers(0, 2))
    def the_desk_tells_the_wait(self, late: int) -> None:
        before = self.control
        change = handover.tell_wait(before, handover=before.handover - late)
        self.control = change.control
        if change.notice:
            assert before.owner is Owner.QUEUED
            assert not late
            self.log.append(("wait", before.handover))

    @rule(late=st.integers(0, 2), attendant=st.sampled_from(["ana", "rui"]))
    def the_desk_assigns(self, late: int, attendant: str) -> None:
        number = self.control.handover - late
        self.attempt(handover.assign, handover=number, attendant=attendant)

    @rule(late=st.integers(0, 2))
    def the_attendant_vanishes(self, late: int) -> None:
        self.attempt(handover.requeue, handover=self.control.handover - late)

    @rule(late=st.integers(0, 2))
    def the_desk_gives_back(self, late: int) -> None:
        before = self.control
        self.attempt(handover.give_back, handover=self.control.handover - late)
        if late:
            assert self.control == before

    @invariant()
    def each_handover_has_exactly_one_notice(self) -> None:
        notices = [number for kind, number in self.log if kind == "notice"]
        assert notices == list(range(1, self.control.handover + 1))

    @invariant()
    def the_wait_is_told_at_most_once_a_handover(self) -> None:
        told = [number for kind, number in self.log if kind == "wait"]
        assert len(set(told)) == len(told)

    @invariant()
    def the_bot_speaks_only_in_its_own_conversation(self) -> None:
        speakers = [owner for kind, owner in self.log if kind == "bot"]
        assert set(speakers) <= {Owner.BOT, Owner.RETURNED}

    @invariant()
    def an_attendant_is_named_exactly_while_a_human_owns_it(self) -> None:
        assert bool(self.control.attendant) is (self.control.owner is Owner.HUMAN)

    @invariant()
    def what_is_returned_can_be_handed_over_again(self) -> None:
        if self.control.owner is Owner.RETURNED:
            again = handover.request(self.control)
            assert again.notice
            assert again.control.handover == self.control.handover + 1
            assert (
                handover.assign(
                    again.control, handover=again.control.handover, attendant="ana"
                ).owner
                is Owner.HUMAN
            )

    @invariant()
    def versions_only_grow(self) -> None:
        versions = [control.version for control in self.history]
        assert versions == sorted(versions)


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=200)


def test_a_reply_prepared_before_the_handover_is_never_said() -> None:
    """chatwoot PR #13673: the bot talked over the human."""
    before = Control()
    queued = handover.request(before).control
    with pytest.raises(Conflict, match="the bot says nothing"):
        handover.speak(queued, read=before.version)
    returned = handover.give_back(queued, handover=1)
    with pytest.raises(Conflict, match="decide again"):
        handover.speak(returned, read=before.version)


def test_asking_twice_gives_one_notice() -> None:
    first = handover.request(Control())
    second = handover.request(first.control)
    assert (first.notice, second.notice) == (True, False)
    assert second.control == first.control


def test_an_attendant_of_an_earlier_handover_is_refused() -> None:
    returned = handover.give_back(handover.request(Control()).control, handover=1)
    again = handover.request(returned).control
    with pytest.raises(Conflict, match="handover 1 is not under way"):
        handover.assign(again, handover=1, attendant="ana")


def test_a_conversation_that_was_never_handed_over_cannot_be_assigned() -> None:
    with pytest.raises(Conflict):
        handover.assign(Control(), handover=0, attendant="ana")
