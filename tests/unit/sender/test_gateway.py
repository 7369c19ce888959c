"""How SES's answers, and the lack of one, come back from the transports."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from recado.templating import RenderedMail
from sender.domain.answers import Answer, Verdict
from sender.domain.mail import Mail
from sender.gateway import BulkTransport, Envelope, meaning

ENVELOPE = Envelope("a@operadora.example", None, "recado")
URL = "https://email.example"


def mails(number: int) -> list[Mail]:
    content = RenderedMail(subject="s", html="h", text="t")
    return [Mail(each, f"c{each}@example.com", content, {}) for each in range(number)]


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "SendBulkEmail")


class FakeSes:
    """SES whose bulk call answers or raises what it is given."""

    def __init__(self, answer: list[str] | Exception) -> None:
        self.answer = answer
        self.calls = 0

    def send_bulk_email(self, **request: Any) -> dict[str, Any]:
        self.calls += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        assert len(request["BulkEmailEntries"]) >= len(self.answer)
        return {"BulkEmailEntryResults": [{"Status": status} for status in self.answer]}


class FakeSingle:
    """A transport that remembers what it was asked to send."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, envelope: Envelope, mails: Sequence[Mail]) -> list[Answer]:
        assert envelope is ENVELOPE
        self.sent += [mail.address for mail in mails]
        return [Answer(Verdict.SENT)] * len(mails)


def send(ses: FakeSes, number: int) -> tuple[list[Verdict], list[str]]:
    single = FakeSingle()
    answers = BulkTransport(ses, single).send(ENVELOPE, mails(number))  # type: ignore[arg-type]
    return [answer.verdict for answer in answers], single.sent


def test_each_entry_of_a_bulk_answer_gets_its_own_verdict() -> None:
    ses = FakeSes(["SUCCESS", "MESSAGE_REJECTED", "ACCOUNT_THROTTLED"])
    assert send(ses, 3) == ([Verdict.SENT, Verdict.FAILED, Verdict.TRY_AGAIN], [])


def test_mail_with_addresses_of_its_own_for_answers_goes_one_by_one() -> None:
    ses, single = FakeSes(["SUCCESS"] * 2), FakeSingle()
    first, second = mails(2)
    own = replace(second, reply_to="cadastro+t@operadora.example")
    BulkTransport(ses, single).send(ENVELOPE, [first, own])  # type: ignore[arg-type]
    assert (ses.calls, single.sent) == (0, [first.address, own.address])


def test_an_entry_that_the_answer_forgets_is_unknown() -> None:
    assert send(FakeSes(["SUCCESS"]), 2)[0] == [Verdict.SENT, Verdict.UNKNOWN]


def test_a_call_that_is_refused_as_a_whole_is_sent_one_by_one() -> None:
    verdicts, singly = send(FakeSes(refusal("BadRequestException")), 3)
    assert verdicts == [Verdict.SENT] * 3
    assert singly == ["c0@example.com", "c1@example.com", "c2@example.com"]


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (refusal("TooManyRequestsException"), Verdict.TRY_AGAIN),
        (refusal("SendingPausedException"), Verdict.STOP),
        (refusal("InternalFailure"), Verdict.UNKNOWN),
        (ReadTimeoutError(endpoint_url=URL), Verdict.UNKNOWN),
        (ConnectionClosedError(endpoint_url=URL), Verdict.UNKNOWN),
        (EndpointConnectionError(endpoint_url=URL), Verdict.TRY_AGAIN),
        (ConnectTimeoutError(endpoint_url=URL), Verdict.TRY_AGAIN),
    ],
)
def test_a_call_is_made_once_whatever_comes_of_it(
    error: ClientError | BotoCoreError, verdict: Verdict
) -> None:
    ses = FakeSes(error)
    assert send(ses, 2) == ([verdict] * 2, [])
    assert ses.calls == 1
    assert meaning(error).verdict is verdict
