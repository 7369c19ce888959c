"""SES for the hot path: what a sender asks of its API, over a `recado.connection`.

A `Ses` takes and returns what boto3's client does for these operations, and raises botocore's
errors. It makes ONE attempt: a retry after a lost answer would send mail twice.

Source: "Amazon SES API v2 reference".
"""

from typing import Any

import orjson

from recado import settings
from recado.connection import SES, Connection, answer_in, refusal
from recado.exchange import Limits

CONNECT_TIMEOUT = 3

Answer = dict[str, Any]


class Ses:
    """SES's API at one endpoint."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @classmethod
    def from_env(cls, connections: int) -> "Ses":
        """The account's SES, for so many threads."""
        read_timeout = settings.number("SES_READ_TIMEOUT", 15)
        return cls(Connection.to(SES, Limits(connections, CONNECT_TIMEOUT, read_timeout)))

    def send_email(self, **request: Any) -> Answer:
        """SendEmail."""
        return self._call("SendEmail", "POST", "/v2/email/outbound-emails", request)

    def send_bulk_email(self, **request: Any) -> Answer:
        """SendBulkEmail."""
        return self._call("SendBulkEmail", "POST", "/v2/email/outbound-bulk-emails", request)

    def get_account(self) -> Answer:
        """GetAccount."""
        return self._call("GetAccount", "GET", "/v2/email/account", None)

    def _call(self, operation: str, method: str, path: str, request: Answer | None) -> Answer:
        body = b"" if request is None else orjson.dumps(request)
        response = self._connection.send(method, path, {"content-type": "application/json"}, body)
        if response.status == 200:
            return answer_in(response)
        raise refusal(operation, response)
