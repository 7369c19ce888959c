"""AWS as engines use it: clients with a time limit, and faults by what AWS says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from assistant.domain.ports import BadInput, Overloaded, TooLate, Unreachable
from recado.settings import Misconfigured

_LONGEST_S = 60
_BUSY = {
    "LimitExceededException",
    "ModelNotReadyException",
    "ServiceQuotaExceededException",
    "ThrottlingException",
    "TooManyRequestsException",
}
_WRONG = {"BadRequestException", "TextLengthExceededException", "ValidationException"}
_LATE = {"ModelTimeoutException"}


def client(service: str) -> Any:
    """A client of an AWS service, with one attempt: whoever asked decides on another.

    Raises:
        Misconfigured: no region is set.
    """
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=_LONGEST_S)
    try:
        return boto3.client(service, config=config)  # type: ignore[call-overload]
    except NoRegionError:
        raise Misconfigured(
            f"the engine on Amazon {service} needs a region: set AWS_REGION"
        ) from None


@contextmanager
def faults_of(service: str) -> Iterator[None]:
    """Raises a fault for what AWS answers with an error."""
    try:
        yield
    except NoCredentialsError as error:
        raise Unreachable(f"no AWS credentials for {service}: set AWS_PROFILE or a role") from error
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _BUSY:
            raise Overloaded(f"{service} takes no more at the moment ({code})") from error
        if code in _WRONG:
            raise BadInput(f"{service} refuses the request ({code})") from error
        if code in _LATE:
            raise TooLate(f"{service} was not ready in time ({code})") from error
        raise Unreachable(f"{service} refuses ({code}): see its permissions and quotas") from error
    except BotoCoreError as error:
        raise Unreachable(f"{service} does not answer ({type(error).__name__})") from error
