"""Finding out who is writing: a claim, a code by e-mail, the verdict.

Who is known and who is not get the same replies after the same work: the same reads, the same
writes and a message on the same queue.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from chat.domain import identification
from chat.domain.codes import Asked, CodeMail, counted
from chat.domain.conversation import Identity, Waiting
from chat.domain.draft import Draft
from chat.domain.identification import CODES, Claim, Sending, Verdict
from recado import ids


class Finds(Protocol):
    """Who knows customers by what they say of themselves."""

    def find(self, claim: Claim) -> str | None: ...


class Limits(Protocol):
    """Where it is kept how often codes were asked for."""

    def asked(self, digest: str) -> Asked: ...


class Identifying:
    """Claims and codes in a conversation."""

    def __init__(
        self,
        knowing: Finds,
        limits: Limits,
        key: Callable[[], bytes],
        draw: Callable[[], int] = lambda: secrets.randbelow(CODES),
    ) -> None:
        self._knowing = knowing
        self._limits = limits
        self._key = key
        self._draw = draw

    def claim(self, draft: Draft, claim: Claim) -> Sending:
        """Ask for a code to be sent to who is claimed; the caller tells the customer."""
        key, identity, at = self._key(), draft.head.identity, draft.at
        customer_id = self._knowing.find(claim)
        digest = claim.digest(key)
        whose = ("customer", customer_id) if customer_id else ("nobody", digest)
        for_claim = self._asked(draft, digest)
        for_customer = self._asked(draft, counted(key, *whose))
        sending = identification.may_send(
            known=customer_id is not None,
            in_conversation=identity.asked_at,
            for_claim=for_claim.times,
            for_customer=for_customer.times,
            at=at,
        )
        if sending is Sending.REFUSE:
            draft.set(identity=identity.model_copy(update={"waiting": Waiting.NOTHING}))
            return sending
        self._challenge(draft, customer_id, sending)
        for asked in (for_claim, for_customer):
            draft.asked[asked.digest] = asked.again(at) if sending is Sending.SEND else asked
        return sending

    def code(self, draft: Draft, code: str) -> tuple[Verdict, int]:
        """Try a code; returns the verdict and how many tries are left."""
        identity = draft.head.identity
        if identity.challenge is None:
            return Verdict.EXPIRED, 0
        tried, verdict = identification.answer(
            identity.challenge, code, key=self._key(), at=draft.at
        )
        if verdict is Verdict.PROVED:
            after = Identity(customer_id=tried.customer_id, asked_at=identity.asked_at)
        elif verdict is Verdict.WRONG:
            after = identity.model_copy(update={"challenge": tried})
        else:
            after = identity.model_copy(update={"challenge": None, "waiting": Waiting.CLAIM})
        draft.set(identity=after)
        return verdict, tried.tries_left

    def _asked(self, draft: Draft, digest: str) -> Asked:
        return draft.asked.get(digest) or self._limits.asked(digest)

    def _challenge(self, draft: Draft, customer_id: str | None, sending: Sending) -> None:
        head, at = draft.head, draft.at
        code = identification.written(self._draw())
        challenge = identification.challenge(
            code,
            conversation_id=head.id,
            customer_id=customer_id,
            sending=sending,
            key=self._key(),
            at=at,
        )
        draft.set(
            identity=Identity(
                waiting=Waiting.CODE,
                challenge=challenge,
                asked_at=_recent((*head.identity.asked_at, at), at),
            )
        )
        draft.codes.append(
            CodeMail(
                id=ids.new("cod", at),
                conversation_id=head.id,
                customer_id=challenge.customer_id,
                language=head.language,
                code=code,
                expires_at=challenge.expires_at,
            )
        )


def _recent(times: tuple[datetime, ...], at: datetime) -> tuple[datetime, ...]:
    return tuple(time for time in times if at - identification.CONVERSATION_WINDOW < time)
