"""The second way in: SES puts a mail into the bucket, S3 says so on the inbound queue."""

import json
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from recado import clock
from recado.errors import Rejected
from recado.inbox import inbox
from recado.observability import logger, metrics
from signup import collaborators
from signup.domain.post import mail_id_of
from signup.receiving import MAX_BYTES

PREFIX = "inbound/"
TRUSTED = "amazonses.com"
"""Who SES says it is in the `Authentication-Results` that it puts on top of inbound mail."""
_HEAD_BYTES = 65_536


def files_in(body: str) -> list[str]:
    """The mails a message is about; none for S3's test message.

    Raises:
        Rejected: S3 speaks of a file that is no inbound mail.
    """
    message = json.loads(body)
    if message.get("Event") == "s3:TestEvent":
        return []
    files = [unquote_plus(record["s3"]["object"]["key"]) for record in message["Records"]]
    for file in files:
        if not file.startswith(PREFIX):
            raise Rejected(f"{file} is no inbound mail: it does not lie under {PREFIX}")
    return files


def take_in(body: str) -> None:
    """Deal with the mails that a message is about."""
    for file in files_in(body):
        if file.endswith("AMAZON_SES_SETUP_NOTIFICATION"):
            continue
        outcome = _take(file)
        metrics.add_metric(name=f"Signup.{outcome}", unit=MetricUnit.Count, value=1)
        logger.info("inbound mail", outcome=outcome)


def _take(file: str) -> str:
    files, receiving, now = collaborators.files(), collaborators.receiving(), clock.now()
    size = files.size(file)
    if size > MAX_BYTES:
        head = files.read(file, _HEAD_BYTES).partition(b"\r\n\r\n")[0]
        reason = f"it has {size} bytes: at most {MAX_BYTES} are read"
        return receiving.put_aside(mail_id_of(head), reason, file, now).outcome
    return receiving.receive(files.read(file, MAX_BYTES), file, TRUSTED, now).outcome


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on the inbound queue."""
    metrics.add_metric(name="InboundMails", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, take_in, context)
