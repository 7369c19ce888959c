"""Signed requests to one endpoint of AWS, over a pool of connections, and its refusals.

What boto3's clients do around a call costs several times the call itself (docs/bench.md has the
figures), and making them is a good part of a cold start. The hot path goes through here instead:
`recado.wire` to DynamoDB, `sender.ses` to SES. Errors are botocore's.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import boto3
import orjson
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError
from botocore.httpsession import get_cert_path

from recado import clock, settings
from recado.exchange import Exchange, Limits, Lost, Response, Unreached
from recado.signature import Signer


class Service(NamedTuple):
    """A service: its name in settings, at the beginning of its addresses, and in signatures."""

    setting: str
    host: str
    signed_as: str


DYNAMODB = Service("DYNAMODB", "dynamodb", "dynamodb")
SES = Service("SESV2", "email", "ses")


class Connection:
    """The connections to an endpoint. `send` never tries twice."""

    def __init__(
        self, service: Service, endpoint: str, region: str, credentials: Credentials, limits: Limits
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._signer = Signer(endpoint, region, service.signed_as)
        self._exchange = Exchange(endpoint, limits, _authorities())

    @classmethod
    def to(cls, service: Service, limits: Limits) -> "Connection":
        """To where boto3's client would go, in its region and with its credentials.

        Raises:
            Misconfigured: there are no credentials, or there is no region.
        """
        session = _session()
        credentials, region = session.get_credentials(), session.region_name
        if credentials is None:
            raise settings.Misconfigured(f"there are no AWS credentials for {service.host}")
        if region is None:
            raise settings.Misconfigured("there is no AWS region: set AWS_DEFAULT_REGION")
        return cls(service, endpoint_of(service, region), region, credentials, limits)

    def send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Response:
        """Send a request, once; `headers` have their names in lower case.

        Raises:
            EndpointConnectionError: nobody was reached, so nothing was asked.
            HTTPClientError: the answer was lost; what was asked may have been done.
        """
        credentials = self._credentials.get_frozen_credentials()
        signed = self._signer.sign(method, path, headers, body, credentials, clock.now())
        try:
            return self._exchange.ask(method, path, signed, body)
        except Unreached as error:
            raise EndpointConnectionError(endpoint_url=self._endpoint, error=error) from error
        except Lost as error:
            raise HTTPClientError(error=error) from error


def endpoint_of(service: Service, region: str) -> str:
    """A service's address: the one that is set, as boto3 reads it, or AWS's own of the region."""
    for setting in (f"AWS_ENDPOINT_URL_{service.setting}", "AWS_ENDPOINT_URL"):
        if given := settings.optional(setting):
            return given
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"https://{service.host}.{region}.{suffix}"


def answer_in(response: Response) -> dict[str, Any]:
    """The object that a response holds.

    Raises:
        HTTPClientError: it holds none, so the answer is lost.
    """
    try:
        answer = orjson.loads(response.data)
    except ValueError as error:
        raise HTTPClientError(error=error) from error
    if not isinstance(answer, dict):
        raise HTTPClientError(error=f"the answer is no object but {type(answer).__name__}")
    return answer


def refusal(operation: str, response: Response) -> ClientError:
    """The error boto3's client would raise; what else the answer holds stands beside it.

    Where AWS names the error: a header, or the body's `__type` or `code`, each with a namespace
    before a `#` or an address behind a `:` (Smithy, "AWS JSON 1.0 protocol", "AWS restJson1").
    """
    try:
        answer = answer_in(response)
    except HTTPClientError:
        answer = {}
    in_body, code, first, second = (
        answer.pop(name, "") for name in ("__type", "code", "message", "Message")
    )
    named = response.headers.get("x-amzn-errortype") or in_body or code
    kind = named.partition(":")[0].rpartition("#")[2]
    told: Any = {
        "Error": {"Code": kind or str(response.status), "Message": first or second},
        "ResponseMetadata": {"HTTPStatusCode": response.status},
    }
    return ClientError(told | answer, operation)


@cache
def _session() -> boto3.Session:
    return boto3.Session()


def _authorities() -> str:
    return os.environ.get("AWS_CA_BUNDLE") or str(get_cert_path(verify=True))
