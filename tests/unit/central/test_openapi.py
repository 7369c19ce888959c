"""The API's description: complete, valid, and the one that is kept in `docs/`."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from central.api import OPEN_PATHS, api

KEPT = Path(__file__).parents[3] / "docs" / "openapi-central.json"


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(api.get_openapi_json_schema())
    return described


def operations(served: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method, path): operation
        for path, item in served["paths"].items()
        for method, operation in item.items()
    }


def test_the_description_kept_in_docs_is_the_served_one(served: dict[str, Any]) -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert kept == served, "the API changed: run `make openapi` and look at the difference"


def test_it_is_valid_openapi(served: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(served).validate()


def test_every_route_says_what_it_is_for(served: dict[str, Any]) -> None:
    for operation in operations(served).values():
        assert operation["summary"].endswith(".")


def test_every_error_has_the_same_shape(served: dict[str, Any]) -> None:
    errors = [
        answer
        for operation in operations(served).values()
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    ]
    shapes = {answer["content"]["application/json"]["schema"]["$ref"] for answer in errors}
    assert shapes == {"#/components/schemas/Problem"}
    assert "HTTPValidationError" not in served["components"]["schemas"]


def test_the_statuses_follow_from_what_a_route_is(served: dict[str, Any]) -> None:
    statuses = {
        route: [int(status) for status in operation["responses"]]
        for route, operation in operations(served).items()
    }
    assert statuses["get", "/v1/health"] == [200]
    assert statuses["get", "/v1/customers"] == [200, 401, 422, 503]
    assert statuses["get", "/v1/customers/{customer_id}"] == [200, 401, 404, 422, 503]
    assert statuses["post", "/v1/customers"] == [201, 401, 403, 409, 422, 503]
    assert statuses["delete", "/v1/tokens/{token_id}"] == [204, 401, 403, 404, 409, 422, 503]


def test_a_route_that_viewers_may_call_is_never_forbidden(served: dict[str, Any]) -> None:
    preview = operations(served)["post", "/v1/templates/{template_id}/preview"]
    assert "403" not in preview["responses"]


def test_an_answer_without_content_describes_none(served: dict[str, Any]) -> None:
    revoke = operations(served)["delete", "/v1/tokens/{token_id}"]
    assert "content" not in revoke["responses"]["204"]


def test_only_open_routes_need_no_token(served: dict[str, Any]) -> None:
    tokenless = {
        path for (_, path), operation in operations(served).items() if "security" in operation
    }
    assert tokenless == set(OPEN_PATHS) & set(served["paths"])
    assert served["security"] == [{"token": []}]
