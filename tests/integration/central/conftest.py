"""The API and the import worker, called as Lambda calls them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
import pytest

from central import api as central_api
from central import imports
from recado import auth, clock
from tests.factories import AT, api_event, context, s3_notification, sqs_event
from tests.integration.conftest import Suite

EVERYTHING = 10


@dataclass(frozen=True)
class Answer:
    """What the API said."""

    status: int
    body: Any


@dataclass(frozen=True)
class Api:
    """The API behind API Gateway, with an administrator's token unless told otherwise."""

    token: str

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        **query: str,
    ) -> Answer:
        event = api_event(method, path, body, self.token if token is None else token, query)
        answer = central_api.handler(event, context())
        text = answer.get("body") or ""
        kind = answer.get("multiValueHeaders", {}).get("Content-Type", [""])[0]
        return Answer(answer["statusCode"], json.loads(text) if "json" in kind else text)

    def ok(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The body of an answer that has to be a success."""
        answer = self(method, path, body, **query)
        assert answer.status < 300, answer
        return answer.body


@pytest.fixture
def central(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """The suite, as central's functions see it, on the day the factories speak of."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "central")
    monkeypatch.setenv("DEAD_LETTER_URL", suite.outputs["ImportQueueDeadUrl"])
    monkeypatch.setattr(clock, "now", lambda: AT)
    return suite


def token(role: auth.Role, at: datetime = AT) -> str:
    """A new token with a role."""
    text, record = auth.issue(f"the {role}", role, at)
    auth.tokens().put(record)
    return text


@pytest.fixture
def api(central: Suite) -> Api:
    """The API, called by an administrator."""
    return Api(token(auth.Role.ADMIN))


@dataclass(frozen=True)
class Importer:
    """Everything around an import: its upload, the notification, the worker, the report."""

    api: Api
    suite: Suite

    def upload(self, kind: str, filename: str, content: bytes) -> str:
        """Ask for an import and put its file into the bucket; returns the import's id."""
        import_id: str = self.api.ok("POST", "/v1/imports", {"kind": kind, "filename": filename})[
            "id"
        ]
        boto3.client("s3").put_object(
            Bucket=self.suite.outputs["Files"],
            Key=f"imports/{kind}/{import_id}/{filename}",
            Body=content,
        )
        return import_id

    def run(self, *bodies: Any, remaining_ms: int = 60_000) -> Any:
        """Wake the worker with messages; returns what it answers SQS."""
        return imports.handler(sqs_event(*bodies), context(remaining_ms))

    def notify(self, kind: str, filename: str, import_id: str, **more: int) -> Any:
        """Wake the worker as S3 does."""
        key = f"imports/{kind}/{import_id}/{filename}"
        return self.run(s3_notification(self.suite.outputs["Files"], key), **more)

    def report(self, import_id: str) -> Any:
        """The import's report."""
        report = self.api.ok("GET", f"/v1/imports/{import_id}")
        counted = report["accepted"] + report["unchanged"] + report["rejected"]
        assert report["rows"] == counted
        return report

    def __call__(self, kind: str, filename: str, content: bytes) -> Any:
        """Import a file from upload to report."""
        import_id = self.upload(kind, filename, content)
        assert self.notify(kind, filename, import_id) == {"batchItemFailures": []}
        return self.report(import_id)


@pytest.fixture
def importer(api: Api, central: Suite) -> Importer:
    """Imports from upload to report."""
    return Importer(api, central)


@pytest.fixture
def messages() -> Callable[[str], list[Any]]:
    """What lies on a queue, taken off it."""

    def taken(url: str) -> list[Any]:
        answer = boto3.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=EVERYTHING, WaitTimeSeconds=0
        )
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    return taken
