"""Publishing events to SNS in the background.

The outbox is the ledger's ``events`` table: a reply never waits for SNS, the backlog lies on disk,
and a restart carries on where it stopped. One loop takes the due events wave by wave, a bounded
pool publishes a wave in batches of 10 (the limit of PublishBatch), and only what SNS took is marked
as published.
"""

from __future__ import annotations

import json
import logging
import os
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ses_simulator.events import Happening, record
from ses_simulator.ledger import FAILED, PUBLISHED, Ledger

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef

SUBJECT = "Amazon SES Email Event Notification"
BATCH_EVENTS = 10
BATCH_BYTES = 240 * 1024
BATCHES_PER_WAVE = 4
IDLE_SECONDS = 0.02
RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0

_log = logging.getLogger("ses_simulator.publisher")


@dataclass(frozen=True, slots=True)
class Notice:
    """One event ready for SNS."""

    event_id: int
    topic: str
    body: str


class Stop(Protocol):
    """An event of ``threading`` or ``multiprocessing``."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float | None = None) -> bool: ...


class Publisher:
    """Publishes what is due, wave by wave."""

    def __init__(
        self, ledger: Ledger, endpoint: str, region: str, workers: int, now_ms: Callable[[], int]
    ) -> None:
        self._ledger = ledger
        self._region = region
        self._workers = workers
        self._now_ms = now_ms
        self._sns = _client(endpoint, region, workers)

    def run(self, stop: Stop) -> None:
        """Publish until stopped. Events still pending then stay in the ledger."""
        retry_seconds = RETRY_SECONDS
        with ThreadPoolExecutor(self._workers, "ses-publish") as pool:
            while not stop.is_set():
                notices = self._due()
                if not notices:
                    stop.wait(IDLE_SECONDS)
                elif all(pool.map(self._publish, batches(notices))):
                    retry_seconds = RETRY_SECONDS
                else:
                    stop.wait(retry_seconds)
                    retry_seconds = min(retry_seconds * 2, LONGEST_RETRY_SECONDS)
        self._sns.close()

    def _due(self) -> list[Notice]:
        query = """
            SELECT events.id AS event_id, events.type, events.outcome AS event_outcome,
                   events.addresses, events.topic, events.at_ms AS event_at_ms, events.detail,
                   messages.*
            FROM events JOIN messages ON messages.number = events.message
            WHERE events.state = 'pending' AND events.due_ms <= ?
            ORDER BY events.due_ms, events.id LIMIT ?
        """
        wave = self._workers * BATCHES_PER_WAVE * BATCH_EVENTS
        with self._ledger.reading() as db:
            return [self._notice(row) for row in db.execute(query, (self._now_ms(), wave))]

    def _notice(self, row: sqlite3.Row) -> Notice:
        written = json.dumps(record(happening(dict(row)), self._region), ensure_ascii=False)
        return Notice(row["event_id"], row["topic"], written)

    def _publish(self, notices: Sequence[Notice]) -> bool:
        """Publish one batch; False when something should be tried again after a pause."""
        entries: list[PublishBatchRequestEntryTypeDef] = [
            {"Id": str(notice.event_id), "Message": notice.body, "Subject": SUBJECT}
            for notice in notices
        ]
        try:
            reply = self._sns.publish_batch(
                TopicArn=notices[0].topic, PublishBatchRequestEntries=entries
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                _log.warning("SNS answered %s; trying again", error)
                return False
            self._ledger.settle([n.event_id for n in notices], FAILED, str(error))
            return True
        except BotoCoreError as error:
            _log.warning("SNS cannot be reached: %s; trying again", error)
            return False
        return self._settle(reply.get("Successful", []), reply.get("Failed", []))

    def _settle(self, successful: Iterable[Any], failed: Iterable[Any]) -> bool:
        self._mark([int(entry["Id"]) for entry in successful], PUBLISHED, "")
        refused = [entry for entry in failed if entry["SenderFault"]]
        for entry in refused:
            self._mark([int(entry["Id"])], FAILED, entry.get("Message", entry["Code"]))
        return len(refused) == len(list(failed))

    def _mark(self, event_ids: list[int], state: str, note: str) -> None:
        if event_ids:
            self._ledger.settle(event_ids, state, note)


def happening(row: dict[str, Any]) -> Happening:
    """The event of a joined row of ``events`` and ``messages``."""
    return Happening(
        type=row["type"],
        outcome=row["event_outcome"],
        addresses=json.loads(row["addresses"]),
        at_ms=row["event_at_ms"],
        message=row,
        detail=row["detail"],
    )


def batches(notices: Iterable[Notice]) -> list[list[Notice]]:
    """Notices of one topic together, at most 10 and 240 KiB a batch (SNS allows 256 KiB)."""
    open_by_topic: dict[str, list[Notice]] = defaultdict(list)
    bytes_by_topic: dict[str, int] = defaultdict(int)
    full: list[list[Notice]] = []
    for notice in notices:
        size = len(notice.body.encode())
        batch = open_by_topic[notice.topic]
        if batch and (
            len(batch) == BATCH_EVENTS or bytes_by_topic[notice.topic] + size > BATCH_BYTES
        ):
            full.append(batch)
            batch = open_by_topic[notice.topic] = []
            bytes_by_topic[notice.topic] = 0
        batch.append(notice)
        bytes_by_topic[notice.topic] += size
    return full + [batch for batch in open_by_topic.values() if batch]


def _client(endpoint: str, region: str, workers: int) -> SNSClient:
    return boto3.session.Session().client(
        "sns",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "test"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "test"),
        aws_session_token=os.environ.get("AWS_SESSION_TOKEN"),
        config=Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=workers,
            parameter_validation=False,
            connect_timeout=5,
            read_timeout=30,
        ),
    )
