"""Our signature is botocore's, for every request we make."""

from datetime import UTC, datetime
from unittest import mock

import pytest
from botocore import auth
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given
from hypothesis import strategies as st

from recado.signature import Signer

ENDPOINT = "https://dynamodb.sa-east-1.amazonaws.com"
text = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("POST", "/v2/email/outbound-emails"), ("GET", "/v2/a")]
)
@given(body=st.binary(), secret=text, token=st.none() | text, now=moments)
def test_a_request_is_signed_as_botocore_signs_it(
    method: str, path: str, body: bytes, secret: str, token: str | None, now: datetime
) -> None:
    credentials = ReadOnlyCredentials("AKIDEXAMPLE", secret, token)
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB.GetItem"}
    theirs = AWSRequest(method, f"{ENDPOINT}{path}", data=body, headers=headers)
    with mock.patch.object(auth, "get_current_datetime", return_value=now):
        SigV4Auth(credentials, "dynamodb", "sa-east-1").add_auth(theirs)
    signer = Signer(ENDPOINT, "sa-east-1", "dynamodb")
    ours = signer.sign(method, path, headers, body, credentials, now)
    assert ours["authorization"] == theirs.headers["Authorization"]
    assert ours["x-amz-date"] == theirs.headers["X-Amz-Date"]
    assert ours.get("x-amz-security-token") == theirs.headers.get("X-Amz-Security-Token")
