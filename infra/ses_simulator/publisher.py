"""Publishing events to SNS and Data Firehose in the background.

The outbox is the ledger's ``events`` table: a reply never waits for it, the backlog lies on disk,
and a restart carries on where it stopped. One loop takes the due events wave by wave, a bounded
pool publishes a wave, and only what was taken is marked as published.

A topic is published to in batches of 10 (the limit of PublishBatch). A stream gets the events of
some time in one parcel: SES puts one record an event and Firehose collects them into files, but the
local Firehoses write a file a record. The parcel holds what Firehose's file would, one JSON object
after another.
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
from typing import TYPE_CHECKING, Any, Literal, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ses_simulator.events import Happening, record
from ses_simulator.ledger import FAILED, PUBLISHED, Ledger

if TYPE_CHECKING:
    from mypy_boto3_sns.type_defs import PublishBatchRequestEntryTypeDef

SUBJECT = "Amazon SES Email Event Notification"
BATCH_EVENTS = 10
BATCH_BYTES = 240 * 1024
BATCHES_PER_WAVE = 4
PARCEL_EVENTS = 400
PARCEL_BYTES = 900 * 1024
"""A record of Firehose may have 1,000 KiB."""
IDLE_SECONDS = 0.02
RETRY_SECONDS = 0.2
LONGEST_RETRY_SECONDS = 5.0

_log = logging.getLogger("ses_simulator.publisher")


@dataclass(frozen=True, slots=True)
class Notice:
    """One event ready for a topic or a stream, ``arn``."""

    event_id: int
    arn: str
    body: str

    @property
    def for_a_stream(self) -> bool:
        """Whether it goes to Firehose."""
        return self.arn.split(":")[2] == "firehose"


class Stop(Protocol):
    """An event of ``threading`` or ``multiprocessing``."""

    def is_set(self) -> bool: ...
    def wait(self, timeout: float | None = None) -> bool: ...


class Publisher:
    """Publishes what is due, wave by wave."""

    def __init__(
        self,
        ledger: Ledger,
        endpoint: str,
        region: str,
        workers: int,
        file_ms: int,
        now_ms: Callable[[], int],
    ) -> None:
        self._ledger = ledger
        self._region = region
        self._workers = workers
        self._file_ms = file_ms
        self._now_ms = now_ms
        self._sns = _client("sns", endpoint, region, workers)
        self._firehose = _client("firehose", endpoint, region, workers)
        self._next_parcels_ms = 0

    def run(self, stop: Stop) -> None:
        """Publish until stopped. Events still pending then stay in the ledger."""
        retry_seconds = RETRY_SECONDS
        with ThreadPoolExecutor(self._workers, "ses-publish") as pool:
            while not stop.is_set():
                due = self._due()
                if not due:
                    stop.wait(IDLE_SECONDS)
                elif all(pool.map(self._publish, due)):
                    retry_seconds = RETRY_SECONDS
                else:
                    stop.wait(retry_seconds)
                    retry_seconds = min(retry_seconds * 2, LONGEST_RETRY_SECONDS)
        self._sns.close()
        self._firehose.close()

    def _due(self) -> list[list[Notice]]:
        """What is to be published now: batches for topics, and from time to time parcels."""
        due = batches(self._pending("NOT LIKE", self._wave(BATCH_EVENTS)))
        now_ms = self._now_ms()
        if now_ms < self._next_parcels_ms:
            return due
        told = self._pending("LIKE", self._wave(PARCEL_EVENTS))
        if len(told) < self._wave(PARCEL_EVENTS):
            self._next_parcels_ms = now_ms + self._file_ms
        return due + batches(told, PARCEL_EVENTS, PARCEL_BYTES)

    def _wave(self, events: int) -> int:
        return self._workers * BATCHES_PER_WAVE * events

    def _pending(self, streams: str, limit: int) -> list[Notice]:
        query = f"""
            SELECT events.id AS event_id, events.type, events.outcome AS event_outcome,
                   events.addresses, events.topic, events.at_ms AS event_at_ms, events.detail,
                   messages.*
            FROM events JOIN messages ON messages.number = events.message
            WHERE events.state = 'pending' AND events.due_ms <= ?
                  AND events.topic {streams} 'arn:%:firehose:%'
            ORDER BY events.due_ms, events.id LIMIT ?
        """
        with self._ledger.reading() as db:
            return [self._notice(row) for row in db.execute(query, (self._now_ms(), limit))]

    def _notice(self, row: sqlite3.Row) -> Notice:
        written = json.dumps(record(happening(dict(row)), self._region), ensure_ascii=False)
        return Notice(row["event_id"], row["topic"], written)

    def _publish(self, notices: Sequence[Notice]) -> bool:
        """Publish one batch; False when something should be tried again after a pause."""
        try:
            return self._put(notices) if notices[0].for_a_stream else self._announce(notices)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
                _log.warning("not published: %s; trying again", error)
                return False
            self._ledger.settle([n.event_id for n in notices], FAILED, str(error))
            return True
        except BotoCoreError as error:
            _log.warning("not published: %s; trying again", error)
            return False

    def _put(self, notices: Sequence[Notice]) -> bool:
        self._firehose.put_record(
            DeliveryStreamName=notices[0].arn.rpartition("/")[2],
            Record={"Data": "".join(notice.body for notice in notices).encode()},
        )
        self._mark([notice.event_id for notice in notices], PUBLISHED, "")
        return True

    def _announce(self, notices: Sequence[Notice]) -> bool:
        entries: list[PublishBatchRequestEntryTypeDef] = [
            {"Id": str(notice.event_id), "Message": notice.body, "Subject": SUBJECT}
            for notice in notices
        ]
        reply = self._sns.publish_batch(TopicArn=notices[0].arn, PublishBatchRequestEntries=entries)
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


def batches(
    notices: Iterable[Notice], events: int = BATCH_EVENTS, most_bytes: int = BATCH_BYTES
) -> list[list[Notice]]:
    """Notices of one topic together, by default as PublishBatch takes them: 10, under 256 KiB."""
    open_by_arn: dict[str, list[Notice]] = defaultdict(list)
    bytes_by_arn: dict[str, int] = defaultdict(int)
    full: list[list[Notice]] = []
    for notice in notices:
        size = len(notice.body.encode())
        batch = open_by_arn[notice.arn]
        if batch and (len(batch) == events or bytes_by_arn[notice.arn] + size > most_bytes):
            full.append(batch)
            batch = open_by_arn[notice.arn] = []
            bytes_by_arn[notice.arn] = 0
        batch.append(notice)
        bytes_by_arn[notice.arn] += size
    return full + [batch for batch in open_by_arn.values() if batch]


def _client(service: Literal["sns", "firehose"], endpoint: str, region: str, workers: int) -> Any:
    return boto3.session.Session().client(
        service,
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
