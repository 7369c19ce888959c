"""The errors of SESv2 by name, and the per-entry refusals of a bulk call.

Source: the ``errors`` of each operation in botocore's ``sesv2/2019-09-27/service-2.json``.
"""

from __future__ import annotations

from dataclasses import dataclass

HTTP_STATUS = {
    "AccountSuspendedException": 400,
    "AlreadyExistsException": 400,
    "BadRequestException": 400,
    "InternalServiceErrorException": 500,
    "LimitExceededException": 400,
    "MailFromDomainNotVerifiedException": 400,
    "MessageRejected": 400,
    "NotFoundException": 404,
    "SendingPausedException": 400,
    "TooManyRequestsException": 429,
    "UnknownOperationException": 404,
}


class ApiError(Exception):
    """What a SESv2 client sees: ``code`` is SES's exception name, the text its ``message``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http_status = HTTP_STATUS[code]


def bad_request(message: str) -> ApiError:
    """BadRequestException: the request breaks a rule of its shape."""
    return ApiError("BadRequestException", message)


def not_found(message: str) -> ApiError:
    """NotFoundException: a named resource does not exist."""
    return ApiError("NotFoundException", message)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one message was not accepted: a ``BulkEmailStatus`` value and a text for ``Error``."""

    status: str
    message: str

    def as_error(self) -> ApiError:
        """The same refusal as the exception a SendEmail call raises."""
        return ApiError(ERROR_OF_STATUS[self.status], self.message)


ERROR_OF_STATUS = {
    "MESSAGE_REJECTED": "MessageRejected",
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": "MailFromDomainNotVerifiedException",
    "CONFIGURATION_SET_NOT_FOUND": "NotFoundException",
    "TEMPLATE_NOT_FOUND": "NotFoundException",
    "ACCOUNT_SUSPENDED": "AccountSuspendedException",
    "ACCOUNT_THROTTLED": "TooManyRequestsException",
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": "TooManyRequestsException",
    "INVALID_SENDING_POOL_NAME": "BadRequestException",
    "ACCOUNT_SENDING_PAUSED": "SendingPausedException",
    "CONFIGURATION_SET_SENDING_PAUSED": "SendingPausedException",
    "INVALID_PARAMETER": "BadRequestException",
    "TRANSIENT_FAILURE": "InternalServiceErrorException",
    "FAILED": "BadRequestException",
}
"""Every ``BulkEmailStatus`` but SUCCESS, and the exception SendEmail raises for the same cause."""
