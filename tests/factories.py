"""Things of the field for tests: pass only what the test is about."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from recado.model import Customer, Invoice

AT = datetime(2026, 10, 15, 12, 0, tzinfo=UTC)
"""The moment most tests play at."""
TODAY = date(2026, 10, 15)
CPF = "52998224725"
CNPJ = "11222333000181"


def customer(**fields: Any) -> Customer:
    """A customer; Ana, unless told otherwise."""
    return Customer.model_validate(
        {
            "id": "C-1",
            "name": "Ana Souza",
            "document": CPF,
            "email": "ana@example.com",
            "plan": "Fibra 500",
            "city": "Recife",
            "created_at": AT,
        }
        | fields
    )


def invoice(**fields: Any) -> Invoice:
    """An open invoice of C-1, overdue since five days on `TODAY`."""
    return Invoice.model_validate(
        {
            "id": "F-1",
            "customer_id": "C-1",
            "amount": Decimal("129.90"),
            "issued_on": date(2026, 10, 1),
            "due_on": date(2026, 10, 10),
        }
        | fields
    )


def api_event(
    method: str, path: str, body: Any = None, token: str = "", query: dict[str, str] | None = None
) -> dict[str, Any]:
    """An API Gateway REST proxy event, as Lambda gets it."""
    headers = {"Content-Type": "application/json", "Host": "api.test"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {k: [v] for k, v in query.items()} if query else None,
        "pathParameters": {"proxy": path.removeprefix("/")},
        "stageVariables": None,
        "requestContext": {
            "requestId": "request-1",
            "stage": "v1",
            "path": path,
            "httpMethod": method,
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": None if body is None else body if isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
    }


def sqs_event(*bodies: Any) -> dict[str, Any]:
    """A batch of SQS messages, as Lambda gets it; message ids are `message-0`, `message-1` …"""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": f"receipt-{number}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:queue",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def s3_notification(bucket: str, key: str, etag: str = "etag") -> dict[str, Any]:
    """What S3 puts on a queue when an object was created; `key` is already URL-encoded."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "eventName": "ObjectCreated:Put",
                "s3": {"bucket": {"name": bucket}, "object": {"key": key, "eTag": etag}},
            }
        ]
    }


def context(remaining_ms: int = 60_000) -> Any:
    """A Lambda context that always has `remaining_ms` left."""
    return SimpleNamespace(
        function_name="function",
        memory_limit_in_mb=256,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:function",
        aws_request_id="request-1",
        get_remaining_time_in_millis=lambda: remaining_ms,
    )
