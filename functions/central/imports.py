"""Files to read, from the import queue: S3 says that one arrived, or central left itself a note."""

import json
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from central import collaborators
from central.domain.imports import import_id_of
from central.reading import ContinueImport
from recado.errors import NotFound, Rejected
from recado.inbox import inbox
from recado.observability import logger, metrics

RESERVE_MS = 15_000
"""Reading stops when less than this is left of the function's time: a batch takes far less."""


def time_left(context: Any) -> bool:
    """Whether the function has time for one more batch."""
    remaining: int = context.get_remaining_time_in_millis()
    return remaining > RESERVE_MS


def imports_in(body: str) -> list[str]:
    """The ids of the imports a message is about; none for S3's test message.

    Raises:
        Rejected: S3 speaks of a file that is not an import's.
    """
    message = json.loads(body)
    if message.get("Event") == "s3:TestEvent":
        return []
    if "Records" not in message:
        return [ContinueImport.model_validate(message).import_id]
    files = [unquote_plus(record["s3"]["object"]["key"]) for record in message["Records"]]
    found = {file: import_id_of(file) for file in files}
    strangers = [file for file, import_id in found.items() if import_id is None]
    if strangers:
        raise Rejected(f"not the file of an import: {', '.join(strangers)}")
    return [import_id for import_id in found.values() if import_id is not None]


def carry_out(body: str, context: Any) -> None:
    """Read the imports a message is about, each as far as time allows.

    Raises:
        Rejected: the message is about an import that does not exist.
        Retryable: deliver the message again.
    """
    for import_id in imports_in(body):
        try:
            job = collaborators.reader().read(import_id, lambda: time_left(context))
        except NotFound as error:
            raise Rejected(f"{error}: ask for one with POST /v1/imports") from error
        logger.info("import", import_id=job.id, status=job.status, rows=job.rows)
        if job.status.over:
            metrics.add_metric(name="RowsRejected", unit=MetricUnit.Count, value=job.rejected)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """Wakes on the import queue."""
    metrics.add_metric(name="ImportMessages", unit=MetricUnit.Count, value=len(event["Records"]))
    return inbox().read(event, lambda body: carry_out(body, context), context)
