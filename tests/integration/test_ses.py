"""The sender's own client asks SES what boto3's asks, and understands its answers alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError

from recado.connection import DYNAMODB, SES, Connection, Service, endpoint_of
from recado.exchange import Limits
from recado.templating import RenderedMail
from sender.domain.answers import Verdict
from sender.domain.mail import Mail
from sender.gateway import BulkTransport, Envelope, SingleTransport, meaning, quota
from sender.ses import Ses
from ses_simulator import CallFault, Faults, Settings, Simulator

ENVELOPE = Envelope(
    "Operadora São João <avisos@operadora.example>", "sac@operadora.example", "recado"
)
OF_THE_MOMENT = {"message_id", "call", "at_ms", "at", "cursor", "source_text"}


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """An SES without an account's limits."""
    with Simulator(Settings(max_send_rate=5_000)) as simulator:
        yield simulator


def theirs(url: str, read_timeout: float = 5) -> Any:
    """boto3's client."""
    return boto3.client(
        "sesv2",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout),
    )


def ours(url: str, read_timeout: float = 5) -> Ses:
    """The sender's client."""
    known = Credentials("test", "test")
    return Ses(Connection(SES, url, "us-east-1", known, Limits(10, 3, read_timeout)))


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """A server that says the same to everything."""

    class Same(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Same)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def mails() -> list[Mail]:
    """A letter with everything a letter may have, and one that SES rejects."""
    content = RenderedMail(
        subject='Fatura de março: "vencida"', html="<p>R$ 10,00 ☺\n</p>", text="R$ 10,00\r\n☺"
    )
    headers = (("List-Unsubscribe", "<https://links.example/u/1>"),)
    good = Mail(0, "ana@example.com", content, {"campaign": "cmp_1", "position": "0"}, headers)
    bad = replace(good, position=1, address="no address", tags={"campaign": "cmp_1"})
    return [good, bad]


def outcome(call: Any) -> tuple[Any, ...]:
    """What came of a call: its answer, or how it was refused."""
    try:
        return ("answered", call())
    except ClientError as error:
        known = error.response["Error"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return ("refused", known["Code"], known["Message"], status)


@pytest.mark.parametrize("way", ["bulk", "single"])
def test_ses_cannot_tell_the_senders_calls_from_boto3s(simulator: Simulator, way: str) -> None:
    theirs(simulator.url).create_configuration_set(ConfigurationSetName="recado")
    seen = []
    for client in (theirs(simulator.url), ours(simulator.url)):
        single = SingleTransport(client)
        transport = single if way == "single" else BulkTransport(client, single)
        answers = transport.send(ENVELOPE, mails())
        (listed,) = simulator.messages()
        message = simulator.message(listed["message_id"])
        assert message is not None
        compared = {name: value for name, value in message.items() if name not in OF_THE_MOMENT}
        seen.append((answers, compared))
        simulator.reset()
    assert seen[0] == seen[1]
    answers, message = seen[1]
    assert [answer.verdict for answer in answers] == [Verdict.SENT, Verdict.FAILED]
    assert message["subject"] == mails()[0].content.subject


def test_the_quota_is_read_alike(simulator: Simulator) -> None:
    simulator.change_account(max_24_hour_send=1_000)
    assert quota(ours(simulator.url)) == quota(theirs(simulator.url))


@pytest.mark.parametrize("kind", ["throttle", "error_before"])
def test_a_refusal_is_told_alike(simulator: Simulator, kind: str) -> None:
    seen = []
    for client in (theirs(simulator.url), ours(simulator.url)):
        simulator.faults = Faults(calls=(CallFault(kind, next=1),))
        seen.append(outcome(lambda client=client: _bulk(client)))
    assert seen[0] == seen[1]
    assert seen[1][0] == "refused"


def test_a_bad_request_is_told_alike(simulator: Simulator) -> None:
    refused = [
        outcome(lambda client=client: _bulk(client, entries=51))
        for client in (theirs(simulator.url), ours(simulator.url))
    ]
    assert refused[0] == refused[1]
    assert refused[1][1] == "BadRequestException"


@pytest.mark.parametrize("kind", ["drop_after", "hang_after"])
def test_a_lost_answer_is_unknown_and_nothing_is_asked_twice(
    simulator: Simulator, kind: str
) -> None:
    simulator.faults = Faults(calls=(CallFault(kind, next=1, seconds=0.5),))
    with pytest.raises(HTTPClientError) as lost:
        _bulk(ours(simulator.url, read_timeout=0.2))
    assert meaning(lost.value).verdict is Verdict.UNKNOWN
    assert len(simulator.calls()) == 1


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null"])
@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_nobody_can_read_is_unknown(status: int, body: str) -> None:
    with answering(status, body) as url:
        single = SingleTransport(ours(url))
        answers = BulkTransport(ours(url), single).send(ENVELOPE, mails())
        assert [each.verdict for each in answers] == [Verdict.UNKNOWN] * 2
        alone = single.send(ENVELOPE, mails())
        assert [each.verdict for each in alone] == [Verdict.UNKNOWN] * 2


def test_an_ses_that_is_not_there_was_asked_nothing(simulator: Simulator) -> None:
    url = simulator.url
    simulator.stop()
    with pytest.raises(BotoCoreError) as away:
        _bulk(ours(url))
    assert isinstance(away.value, EndpointConnectionError)
    assert meaning(away.value).verdict is Verdict.TRY_AGAIN


@pytest.mark.parametrize("region", ["us-east-1", "sa-east-1", "us-gov-west-1", "cn-north-1"])
@pytest.mark.parametrize(("service", "name"), [(SES, "sesv2"), (DYNAMODB, "dynamodb")])
def test_aws_is_found_where_boto3_finds_it(
    service: Service, name: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if (name, region) != ("sesv2", "cn-north-1"):  # there is no SES in China
        known = boto3.client(name, region_name=region).meta.endpoint_url  # type: ignore[call-overload]
        assert endpoint_of(service, region) == known
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")
    assert endpoint_of(service, region) == "http://localhost:1"
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service.setting}", "http://localhost:2")
    known = boto3.client(name, region_name=region).meta.endpoint_url  # type: ignore[call-overload]
    assert endpoint_of(service, region) == known == "http://localhost:2"


def _bulk(client: Any, entries: int = 1) -> Any:
    return client.send_bulk_email(
        FromEmailAddress="a@operadora.example",
        DefaultContent={
            "Template": {"TemplateContent": {"Subject": "s", "Text": "t"}, "TemplateData": "{}"}
        },
        BulkEmailEntries=[{"Destination": {"ToAddresses": ["ana@example.com"]}}] * entries,
    )
