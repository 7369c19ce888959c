"""The SMTP interface: the same ledger, quotas and faults as SendEmail."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from ses_simulator import Settings, Simulator
from ses_simulator.faults import CallFault, Faults

SENDER = "avisos@operadora.example"
Start = Callable[..., Simulator]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a simulator with an SMTP port; anybody may send."""
    running: list[Simulator] = []

    def start(**settings: Any) -> Simulator:
        simulator = Simulator(Settings(smtp_port=0, **settings))
        simulator.start()
        running.append(simulator)
        return simulator

    yield start
    for simulator in running:
        simulator.stop()


def message(to: str, subject: str = "Sua fatura venceu há 3 dias") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, to, subject
    mail["X-SES-MESSAGE-TAGS"] = "campaign=c-1"
    mail.set_content("Olá")
    mail.add_alternative("<p>Olá</p>", subtype="html")
    return mail


def connected(simulator: Simulator) -> smtplib.SMTP:
    smtp = smtplib.SMTP("127.0.0.1", simulator.smtp_port, timeout=20)
    smtp.login("user", "password")
    return smtp


def test_a_message_sent_by_smtp_is_in_the_ledger_as_it_was_written(start: Start) -> None:
    ses = start()
    with connected(ses) as smtp:
        smtp.send_message(message("ana@example.com"))
    (accepted,) = ses.messages("campaign:c-1")
    stored = ses.message(accepted["message_id"])
    assert stored is not None
    assert stored["subject"] == "Sua fatura venceu há 3 dias"
    assert (stored["html"].strip(), stored["text"].strip()) == ("<p>Olá</p>", "Olá")
    assert ses.summary("campaign:c-1")["unique_recipients"] == 1


def test_the_envelope_and_not_the_headers_say_who_gets_it(start: Start) -> None:
    ses = start()
    with connected(ses) as smtp:
        smtp.sendmail(SENDER, ["bia@example.com"], message("ana@example.com").as_bytes())
    assert [row["address"] for row in ses.duplicates()] == []
    assert ses.messages()[0]["to"] == ["bia@example.com"]


def test_nobody_sends_without_logging_in(start: Start) -> None:
    with smtplib.SMTP("127.0.0.1", start().smtp_port, timeout=20) as smtp:
        smtp.ehlo()
        code, _ = smtp.mail(SENDER)
    assert code == 530


def test_what_is_over_the_rate_is_told_to_come_again(start: Start) -> None:
    ses = start(max_send_rate=1)
    with connected(ses) as smtp:
        smtp.send_message(message("ana@example.com"))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.send_message(message("bia@example.com"))
    assert (refused.value.smtp_code, b"Throttling" in refused.value.smtp_error) == (454, True)
    assert ses.summary()["accepted"] == 1


@pytest.mark.parametrize(
    ("kind", "code", "accepted"),
    [("throttle", 454, 0), ("error_before", 451, 0), ("error_after", 451, 1)],
)
def test_faults_of_calls_count_for_smtp(start: Start, kind: str, code: int, accepted: int) -> None:
    ses = start(faults=Faults(calls=(CallFault(kind, next=1),)))
    with connected(ses) as smtp, pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.send_message(message("ana@example.com"))
    assert refused.value.smtp_code == code
    assert ses.summary()["accepted"] == accepted


def test_a_dropped_connection_has_accepted_the_message(start: Start) -> None:
    ses = start(faults=Faults(calls=(CallFault("drop_after", next=1),)))
    with pytest.raises(smtplib.SMTPServerDisconnected), connected(ses) as smtp:
        smtp.send_message(message("ana@example.com"))
    assert ses.summary()["accepted"] == 1


def test_there_is_no_smtp_unless_asked_for() -> None:
    with Simulator(Settings()) as ses:
        assert ses.smtp_port == 0
