"""As people write it: a task a recipient, `EmailMessage`, a connection a mail, `acks_late`.

Celery's own defaults stay, so a task whose process was killed counts as done
(`task_reject_on_worker_lost` is off).
"""

import os
import smtplib
from email.message import EmailMessage
from typing import Any

from celery import Celery

from loadtests.peers.letters import letter

app = Celery("peer", broker=os.environ["PEER_BROKER"])
app.conf.update(worker_prefetch_multiplier=1, broker_connection_retry_on_startup=True)


@app.task(acks_late=True, autoretry_for=(OSError,), retry_backoff=True)
def send(campaign: str, recipient: dict[str, Any]) -> None:
    """Write to one recipient."""
    content = letter(recipient["fields"])
    message = EmailMessage()
    message["From"] = os.environ["PEER_FROM"]
    message["To"] = recipient["email"]
    message["Subject"] = content.subject
    message["X-SES-MESSAGE-TAGS"] = f"campaign={campaign}"
    message.set_content(content.text)
    message.add_alternative(content.html, subtype="html")
    with smtplib.SMTP("127.0.0.1", int(os.environ["PEER_SMTP_PORT"])) as smtp:
        smtp.login("user", "password")
        smtp.send_message(message)
