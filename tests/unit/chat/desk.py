"""What the desk tells of a handover, numbered as the desk does."""

from datetime import timedelta
from typing import Any

from recado.conversation import (
    AttendantReplied,
    HandoverEvent,
    TicketAssigned,
    TicketClosed,
    TicketQueued,
    TicketRefused,
    TicketRequeued,
)
from tests.factories import AT


class Desk:
    """The desk's side of one handover."""

    def __init__(self, conversation: str, handover: int = 1) -> None:
        self._of = {"conversation_id": conversation, "handover": handover, "at": AT}
        self._number = 0

    def queued(self, stage: str = "queue", ahead: int = 2, minutes: int | None = 5) -> TicketQueued:
        wait = None if minutes is None else timedelta(minutes=minutes)
        return self._next(TicketQueued, stage=stage, ahead=ahead, wait=wait)

    def refused(self) -> TicketRefused:
        return self._next(TicketRefused, kind="sales")

    def assigned(self, name: str = "Rui", token: int = 1) -> TicketAssigned:
        return self._next(TicketAssigned, attendant_id=name, attendant_name=name, token=token)

    def requeued(self, token: int = 1) -> TicketRequeued:
        return self._next(TicketRequeued, token=token, reason="lease")

    def replied(self, text: str, token: int = 1) -> AttendantReplied:
        return self._next(
            AttendantReplied, attendant_id="Rui", token=token, message_id=f"a-{text}", text=text
        )

    def closed(self, heard: int | None = None) -> TicketClosed:
        spent = timedelta(minutes=1)
        return self._next(
            TicketClosed,
            kind="sales",
            attendant_id="Rui",
            outcome="solved",
            waited=spent,
            handled=spent,
            heard=heard,
        )

    def _next(self, fact: type[Any], /, **fields: Any) -> Any:
        self._number += 1
        made: HandoverEvent = fact(number=self._number, **self._of, **fields)
        return made
