"""The use case of a sign-up: one customer for one document, and always the same answer.

The answer is written in the transaction that makes the customer. It is told after that, and told
again whenever the same registration comes again; so it is told at least once, and never another.
"""

from collections.abc import Callable
from datetime import date, datetime

from central.domain.intake import register
from central.domain.registering import applicant_as_customer
from central.store.registrations import RegistrationStore, Taken
from recado.bus import Bus
from recado.directory import Directory
from recado.errors import Rejected, Retryable
from recado.registration import RegistrationOutcome, RegistrationReceived, RegistrationSettled

_ATTEMPTS = 5


class Registering:
    """Registers who signed up."""

    def __init__(
        self,
        registrations: RegistrationStore,
        directory: Directory,
        bus: Bus,
        day_of: Callable[[datetime], date],
    ) -> None:
        self._registrations = registrations
        self._directory = directory
        self._bus = bus
        self._day_of = day_of

    def register(self, asked: RegistrationReceived, now: datetime) -> RegistrationSettled:
        """Register once, however often it is asked for, and tell what came of it.

        Raises:
            Retryable: others kept registering the same document, or the bus did not take the fact.
        """
        for _ in range(_ATTEMPTS):
            try:
                answer = self._registrations.answer(asked.registration_id) or self._settle(
                    asked, now
                )
            except Taken:
                continue
            self._bus.publish(answer)
            return answer
        raise Retryable("others keep registering this document")

    def _settle(self, asked: RegistrationReceived, now: datetime) -> RegistrationSettled:
        try:
            new = applicant_as_customer(asked.registration_id, asked.applicant)
        except Rejected as refusal:
            answer = _answer(asked, RegistrationOutcome.REFUSED, now, reason=str(refusal))
            self._registrations.settle(asked, answer)
            return answer
        holder = self._holder(new.document)
        if holder is not None:
            answer = _answer(asked, RegistrationOutcome.ALREADY_CUSTOMER, now, holder)
            self._registrations.settle(asked, answer)
            return answer
        answer = _answer(asked, RegistrationOutcome.REGISTERED, now, new.id)
        changes = register(new, now, self._day_of(now))
        self._registrations.settle(asked, answer, changes, new.document)
        return answer

    def _holder(self, document: str) -> str | None:
        known = self._directory.with_document(document)
        return known[0].id if known else self._registrations.holder(document)


def _answer(
    asked: RegistrationReceived,
    outcome: RegistrationOutcome,
    now: datetime,
    customer_id: str | None = None,
    *,
    reason: str = "",
) -> RegistrationSettled:
    return RegistrationSettled(
        registration_id=asked.registration_id,
        outcome=outcome,
        customer_id=customer_id,
        reason=reason,
        settled_at=now,
    )
