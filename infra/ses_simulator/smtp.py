"""SES's SMTP interface: AUTH, then one message a DATA, into the same ledger and quotas.

Any user name and password are taken. STARTTLS is left out: the port is for this machine. Faults of
SendEmail count here too. Source of the replies: "SMTP response codes returned by Amazon SES", SES
developer guide.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from ses_simulator.chance import Chance
from ses_simulator.delivery import PostOffice, Result
from ses_simulator.errors import ApiError
from ses_simulator.ledger import Batch, CallRecord, Ledger
from ses_simulator.server import REFUSED_BEFORE
from ses_simulator.submission import smtp_message
from ses_simulator.wire import MAX_RAW_BYTES

TEMPORARY = {
    "ACCOUNT_THROTTLED": "454 Throttling failure: Maximum sending rate exceeded.",
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": "454 Throttling failure: Daily message quota exceeded.",
    "TRANSIENT_FAILURE": "451 Temporary service failure.",
}
logging.getLogger("mail.log").setLevel(
    logging.ERROR
)  # it warns of AUTH without TLS at each connection
_UNAVAILABLE = "451 Temporary service failure."


@dataclass(frozen=True, slots=True)
class SmtpDoor:
    """Takes messages in at the SMTP port."""

    office: PostOffice
    chance: Chance
    ledger: Ledger

    def protocol(self) -> SMTP:
        """The protocol of one connection."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return SMTP(
                self,
                hostname="email-smtp.local",
                ident="SES simulator",
                auth_required=True,
                auth_require_tls=False,
                authenticator=_anybody,
                data_size_limit=MAX_RAW_BYTES,
                loop=asyncio.get_running_loop(),
            )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Accept or refuse one message; aiosmtpd calls this and sends what it returns."""
        fault = self.chance.of_call("SendEmail")
        seconds = self.chance.latency_seconds(len(envelope.rcpt_tos))
        if seconds:
            await asyncio.sleep(seconds)
        if fault is not None and fault.kind in REFUSED_BEFORE:
            outcome, _ = REFUSED_BEFORE[fault.kind]
            self.ledger.record(
                Batch(CallRecord("SendEmail", 1, 0, self.office.now_ms(), outcome, "SMTP"))
            )
            return TEMPORARY["ACCOUNT_THROTTLED"] if outcome == "throttled" else _UNAVAILABLE
        content = envelope.content or b""
        source = content.encode() if isinstance(content, str) else content
        try:
            submission = smtp_message(envelope.mail_from or "", envelope.rcpt_tos, source)
        except ApiError as error:
            return f"554 Transaction failed: {error.message}"
        result = self.office.accept(submission, fault)[0]
        if fault is not None and fault.kind == "drop_after":
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
        elif fault is not None and fault.kind == "hang_after":
            await asyncio.sleep(fault.seconds)
        elif fault is not None and fault.kind == "error_after":
            return _UNAVAILABLE
        return reply(result)


def reply(result: Result) -> str:
    """What SES says of a message at the end of DATA."""
    if result.refusal is None:
        return f"250 Ok {result.message_id}"
    known = TEMPORARY.get(result.refusal.status)
    return known or f"554 Message rejected: {result.refusal.message}"


def _anybody(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    return AuthResult(success=True)
