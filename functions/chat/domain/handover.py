"""Who may speak in a conversation: the bot, nobody yet, or an attendant. One writer, one notice.

    BOT --request--> QUEUED --assign--> HUMAN --give_back--> RETURNED --request--> QUEUED ...
                       ^                  |                      |
                       +----requeue-------+                      +--speak--> BOT

Every transition takes the state that was read and returns the one to write; the store writes it
only where `version` is still the one that was read, so that of two racing writers one reads again.
A handover has a number: what comes late from an earlier one is refused.
"""

from dataclasses import dataclass
from enum import StrEnum

from recado.errors import Conflict
from recado.model import Frozen


class Owner(StrEnum):
    """Who has the conversation."""

    BOT = "bot"
    QUEUED = "queued"
    HUMAN = "human"
    RETURNED = "returned"
    """With the bot again, which has not spoken since."""


class Control(Frozen):
    """Who has a conversation, and how often it was handed over.

    `version` grows with every change; `attendant` is who has it while a human does. `wait_told` is
    the latest handover of which the customer learnt what to expect.
    """

    owner: Owner = Owner.BOT
    handover: int = 0
    version: int = 0
    attendant: str = ""
    wait_told: int = 0

    @property
    def bot_may_speak(self) -> bool:
        """Whether a message of the bot may be stored."""
        return self.owner in {Owner.BOT, Owner.RETURNED}


@dataclass(frozen=True)
class Change:
    """The state to write and, with it in one transaction, the bot's notice where there is one."""

    control: Control
    notice: bool = False


def speak(control: Control, *, read: int) -> Control:
    """The state after a message of the bot that was prepared at version `read`.

    Raises:
        Conflict: the conversation is no longer the bot's, or changed hands meanwhile.
    """
    if not control.bot_may_speak:
        raise Conflict(f"the conversation is {control.owner}: the bot says nothing")
    if control.version != read:
        raise Conflict(f"the conversation changed (version {control.version}): decide again")
    return _moved(control, Owner.BOT) if control.owner is Owner.RETURNED else control


def request(control: Control) -> Change:
    """Hand over. The notice goes with the change; asking again while it lasts changes nothing."""
    if not control.bot_may_speak:
        return Change(control)
    queued = _moved(control, Owner.QUEUED)
    return Change(queued.model_copy(update={"handover": control.handover + 1}), notice=True)


def assign(control: Control, *, handover: int, attendant: str) -> Control:
    """Give the conversation to an attendant, or from one to another.

    Raises:
        Conflict: the handover is over, or was never asked for.
    """
    _refuse_unless_under_way(control, handover)
    if control.attendant == attendant:
        return control
    return _moved(control, Owner.HUMAN, attendant)


def tell_wait(control: Control, *, handover: int) -> Change:
    """Tell who waits in the queue what to expect: once a handover, and only while they wait."""
    waits = control.owner is Owner.QUEUED and control.handover == handover
    if not waits or control.wait_told == handover:
        return Change(control)
    told = {"wait_told": handover, "version": control.version + 1}
    return Change(control.model_copy(update=told), notice=True)


def requeue(control: Control, *, handover: int) -> Control:
    """Back to the queue, because the attendant is gone; the customer gets no second notice.

    Raises:
        Conflict: the handover is over, or was never asked for.
    """
    _refuse_unless_under_way(control, handover)
    return control if control.owner is Owner.QUEUED else _moved(control, Owner.QUEUED)


def give_back(control: Control, *, handover: int) -> Control:
    """End the handover: the attendant closed it, or the queue could not take it.

    A repeat changes nothing.

    Raises:
        Conflict: the number is of another handover.
    """
    if control.bot_may_speak and control.handover == handover > 0:
        return control
    _refuse_unless_under_way(control, handover)
    return _moved(control, Owner.RETURNED)


def _refuse_unless_under_way(control: Control, handover: int) -> None:
    if control.bot_may_speak or control.handover != handover:
        raise Conflict(
            f"handover {handover} is not under way: the conversation is {control.owner}, "
            f"its latest handover is {control.handover}"
        )


def _moved(control: Control, owner: Owner, attendant: str = "") -> Control:
    moved = {"owner": owner, "attendant": attendant, "version": control.version + 1}
    return control.model_copy(update=moved)
