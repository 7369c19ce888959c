"""Tuned: 50 recipients a task, MIME by hand, a kept connection a thread, lost tasks come again."""

import base64
import os
import smtplib
import threading
from typing import Any

from celery import Celery

from loadtests.peers.letters import letter

app = Celery("peer", broker=os.environ["PEER_BROKER"])
app.conf.update(
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_reject_on_worker_lost=True,
)
_mine = threading.local()
_BOUNDARY = "=_recado_peer"
_MIME = (
    "From: {source}\r\nTo: {to}\r\nSubject: =?utf-8?b?{subject}?=\r\n"
    "X-SES-MESSAGE-TAGS: campaign={campaign}\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + '"\r\n\r\n'
    "--" + _BOUNDARY + "\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\n{text}"
    "--" + _BOUNDARY + "\r\nContent-Type: text/html; charset=utf-8\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\n{html}"
    "--" + _BOUNDARY + "--\r\n"
)


@app.task(acks_late=True)
def send(campaign: str, recipients: list[dict[str, Any]]) -> None:
    """Write to fifty recipients over one connection; a broken one is made anew, once."""
    for recipient in recipients:
        content = letter(recipient["fields"])
        message = _MIME.format(
            source=os.environ["PEER_FROM"],
            to=recipient["email"],
            subject=base64.b64encode(content.subject.encode()).decode(),
            campaign=campaign,
            text=_base64(content.text),
            html=_base64(content.html),
        ).encode()
        try:
            _connection().sendmail("avisos@operadora.example", recipient["email"], message)
        except smtplib.SMTPServerDisconnected:
            del _mine.smtp
            _connection().sendmail("avisos@operadora.example", recipient["email"], message)


def _connection() -> smtplib.SMTP:
    smtp: smtplib.SMTP | None = getattr(_mine, "smtp", None)
    if smtp is None:
        smtp = _mine.smtp = smtplib.SMTP("127.0.0.1", int(os.environ["PEER_SMTP_PORT"]))
        smtp.login("user", "password")
    return smtp


def _base64(text: str) -> str:
    return base64.encodebytes(text.encode()).decode().replace("\n", "\r\n")
