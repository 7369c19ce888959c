"""What SES's answers mean for a message.

Only a message that SES explicitly refused for its rate is tried again. Where the answer is lost,
the message may have left: its outcome is unknown, and nobody sends it again on a guess.
"""

from dataclasses import dataclass
from enum import StrEnum

from recado.ledger.states import Outcome, State


class Verdict(StrEnum):
    """What to do about a message after a call."""

    SENT = "sent"
    FAILED = "failed"
    TRY_AGAIN = "try again"
    STOP = "stop"
    UNKNOWN = "unknown"


_SENT = Outcome(State.SENT)


@dataclass(frozen=True)
class Answer:
    """A verdict, with SES's own words when it is not SENT."""

    verdict: Verdict
    reason: str = ""

    @property
    def outcome(self) -> Outcome | None:
        """What to write in the ledger; nothing when the message is still to be sent."""
        match self.verdict:
            case Verdict.SENT:
                return _SENT
            case Verdict.FAILED:
                return Outcome(State.FAILED, self.reason)
            case Verdict.UNKNOWN:
                return Outcome(State.UNKNOWN, self.reason)
            case _:
                return None


BULK_STATUS = {
    "SUCCESS": Verdict.SENT,
    "MESSAGE_REJECTED": Verdict.FAILED,
    "INVALID_PARAMETER": Verdict.FAILED,
    "TRANSIENT_FAILURE": Verdict.FAILED,
    "FAILED": Verdict.FAILED,
    "ACCOUNT_THROTTLED": Verdict.TRY_AGAIN,
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": Verdict.STOP,
    "ACCOUNT_SENDING_PAUSED": Verdict.STOP,
    "ACCOUNT_SUSPENDED": Verdict.STOP,
    "CONFIGURATION_SET_NOT_FOUND": Verdict.STOP,
    "CONFIGURATION_SET_SENDING_PAUSED": Verdict.STOP,
    "INVALID_SENDING_POOL_NAME": Verdict.STOP,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": Verdict.STOP,
    "TEMPLATE_NOT_FOUND": Verdict.STOP,
}
"""SESv2's BulkEmailStatus, every value: none but SUCCESS was accepted."""

ERRORS = {
    "TooManyRequestsException": Verdict.TRY_AGAIN,
    "ThrottlingException": Verdict.TRY_AGAIN,
    "LimitExceededException": Verdict.STOP,
    "AccountSuspendedException": Verdict.STOP,
    "SendingPausedException": Verdict.STOP,
    "MailFromDomainNotVerifiedException": Verdict.STOP,
    "NotFoundException": Verdict.STOP,
    "AccessDeniedException": Verdict.STOP,
    "MessageRejected": Verdict.FAILED,
    "BadRequestException": Verdict.FAILED,
}
"""SESv2's errors of a whole call: with each of them nothing of the call was accepted. Any other
error, a 5xx among them, may come after SES took the mail."""


def of_status(status: str, message: str) -> Answer:
    """The meaning of one entry of a SendBulkEmail answer; an unheard-of status is unknown."""
    verdict = BULK_STATUS.get(status, Verdict.UNKNOWN)
    return Answer(verdict, "" if verdict is Verdict.SENT else f"{status}: {message}")


def of_error(code: str, message: str) -> Answer:
    """The meaning of an error that SES answered to a whole call."""
    return Answer(ERRORS.get(code, Verdict.UNKNOWN), f"{code}: {message}")
