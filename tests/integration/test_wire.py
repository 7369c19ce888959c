"""The wire answers and refuses as boto3's client does, on the same server."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EndpointConnectionError
from moto.server import ThreadedMotoServer

from recado import wire
from recado.table import DynamoDB
from recado.wire import ATTEMPTS, Wire

KEY = {"pk": {"S": "A"}, "sk": {"S": "1"}}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks DynamoDB's protocol, with a table."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def clients(endpoint: str) -> Iterator[list[DynamoDB]]:
    """boto3's client and the wire, each to start from the same fresh table."""
    theirs = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    theirs.create_table(
        TableName="things",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    yield [theirs, Wire.at(endpoint, "us-east-1", Credentials("testing", "testing"))]
    theirs.delete_table(TableName="things")
    theirs.close()


def add(client: DynamoDB, **more: Any) -> Any:
    """Count one item up; the condition fails from the third time on."""
    return client.update_item(
        TableName="things",
        Key=KEY,
        UpdateExpression="ADD seen :one",
        ConditionExpression="attribute_not_exists(seen) OR seen < :two",
        ExpressionAttributeValues={":one": {"N": "1"}, ":two": {"N": "2"}},
        **more,
    )


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_an_update_answers_the_new_item(clients: list[DynamoDB]) -> None:
    for number, client in enumerate(clients, start=1):
        answer = add(client, ReturnValues="ALL_NEW")
        assert answer["Attributes"] == KEY | {"seen": {"N": str(number)}}


def test_a_failed_condition_brings_the_old_item(clients: list[DynamoDB]) -> None:
    add(clients[0])
    add(clients[1])
    for client in clients:
        with pytest.raises(ClientError) as refused:
            add(client, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
        response: Any = refused.value.response
        assert response["Item"] == KEY | {"seen": {"N": "2"}}


def test_a_cancelled_transaction_says_which_condition_failed(clients: list[DynamoDB]) -> None:
    put = {"TableName": "things", "Item": KEY, "ConditionExpression": "attribute_not_exists(pk)"}
    elsewhere = put | {"Item": KEY | {"sk": {"S": "2"}}}
    clients[0].transact_write_items(TransactItems=[{"Put": put}])
    for client in clients:
        with pytest.raises(ClientError) as refused:
            client.transact_write_items(TransactItems=[{"Put": elsewhere}, {"Put": put}])
        assert refused.value.response["Error"]["Code"] == "TransactionCanceledException"
        response: Any = refused.value.response
        codes = [reason["Code"] for reason in response["CancellationReasons"]]
        assert codes == ["None", "ConditionalCheckFailed"]


def test_items_are_read_alike(clients: list[DynamoDB]) -> None:
    add(clients[0])
    requests: list[tuple[str, dict[str, Any]]] = [
        ("get_item", {"TableName": "things", "Key": KEY}),
        ("get_item", {"TableName": "things", "Key": KEY | {"sk": {"S": "none"}}}),
        ("batch_get_item", {"RequestItems": {"things": {"Keys": [KEY]}}}),
        (
            "query",
            {
                "TableName": "things",
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": {":pk": {"S": "A"}},
            },
        ),
    ]
    for operation, request in requests:
        theirs, ours = (getattr(client, operation)(**request) for client in clients)
        assert ours == without_metadata(theirs)


def test_a_missing_table_is_refused_alike(clients: list[DynamoDB]) -> None:
    for client in clients:
        with pytest.raises(ClientError) as refused:
            client.get_item(TableName="nothing", Key=KEY)
        assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


class Scripted(HTTPServer):
    """A server that answers from a script, one answer a request."""

    def __init__(self, *script: tuple[int, dict[str, Any], dict[str, str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.script = list(script)
        self.bodies: list[bytes] = []

    @property
    def wire(self) -> Wire:
        url = f"http://127.0.0.1:{self.server_port}"
        return Wire.at(url, "us-east-1", Credentials("a", "b"))

    def __enter__(self) -> "Scripted":
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Answers(BaseHTTPRequestHandler):
    server: Scripted

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["content-length"])))
        status, answer, headers = self.server.script.pop(0)
        body = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in (headers | {"content-length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def throttled(kind: str = "ProvisionedThroughputExceededException") -> Any:
    return 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": "slow"}, {}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_FIRST_PAUSE", 0)


def test_a_throttled_call_is_tried_again_with_the_same_request() -> None:
    with Scripted(throttled(), (503, {}, {}), (200, {"Item": KEY}, {})) as server:
        answer = server.wire.transact_write_items(TransactItems=[])
    assert answer == {"Item": KEY}
    assert len(set(server.bodies)) == 1
    assert "ClientRequestToken" in json.loads(server.bodies[0])


def test_throttling_that_does_not_end_is_told() -> None:
    with Scripted(*[throttled()] * ATTEMPTS) as server:
        with pytest.raises(ClientError, match="ProvisionedThroughputExceeded"):
            server.wire.get_item(TableName="things", Key=KEY)
        assert not server.script


def test_a_refusal_is_not_tried_again() -> None:
    with Scripted(throttled("ValidationException"), (200, {}, {})) as server:
        with pytest.raises(ClientError, match="ValidationException"):
            server.wire.get_item(TableName="things", Key=KEY)
        assert len(server.script) == 1


def test_a_damaged_answer_is_asked_for_again() -> None:
    with Scripted((200, {"Item": {}}, {"x-amz-crc32": "1"}), (200, {"Item": KEY}, {})) as server:
        assert server.wire.get_item(TableName="things", Key=KEY) == {"Item": KEY}


def test_a_server_that_is_gone_is_an_error_botocore_knows() -> None:
    with Scripted() as server:
        gone = server.wire
    with pytest.raises(EndpointConnectionError):
        gone.get_item(TableName="things", Key=KEY)
