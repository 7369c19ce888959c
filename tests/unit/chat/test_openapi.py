"""The chat API's description: complete, valid, and the one that is kept in `docs/`."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chat.api import OPEN_PATHS, api

KEPT = Path(__file__).parents[3] / "docs" / "openapi-chat.json"
ROOT = "/v1/chat/conversations"


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(api.get_openapi_json_schema())
    return described


def test_the_description_kept_in_docs_is_the_served_one(served: dict[str, Any]) -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert kept == served, "the API changed: run `make openapi` and look at the difference"


def test_it_is_valid_openapi(served: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(served).validate()


def test_the_statuses_follow_from_what_a_route_is(served: dict[str, Any]) -> None:
    statuses = {
        (method, path.removeprefix(ROOT)): [int(status) for status in operation["responses"]]
        for path, item in served["paths"].items()
        for method, operation in item.items()
    }
    one = "/{conversation_id}"
    assert statuses == {
        ("post", ""): [201, 409, 422],
        ("get", f"{one}/messages"): [200, 401, 404, 422, 503],
        ("post", f"{one}/messages"): [201, 401, 404, 409, 422, 503],
        ("post", f"{one}/choice"): [200, 401, 404, 409, 422, 503],
        ("post", f"{one}/end"): [200, 401, 404, 409, 422, 503],
    }


def test_only_beginning_needs_no_key(served: dict[str, Any]) -> None:
    keyless = {
        path
        for path, item in served["paths"].items()
        for operation in item.values()
        if "security" in operation
    }
    assert keyless == set(OPEN_PATHS)


def test_no_answer_but_the_first_holds_the_key(served: dict[str, Any]) -> None:
    holders = {
        name
        for name, schema in served["components"]["schemas"].items()
        if {"key", "key_digest"} & set(schema.get("properties", {}))
    }
    assert holders == {"Begun"}
