"""The description of the assistant: complete, valid, and the one that is kept in `docs/`."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from assistant.api import api

KEPT = Path(__file__).parents[3] / "docs" / "openapi-assistant.json"


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


def test_a_turn_says_each_way_in_which_it_can_be_refused(served: dict[str, Any]) -> None:
    turn = operations(served)["post", "/v1/assist"]
    assert turn["security"] == []
    assert set(turn["responses"]) == {"200", "404", "409", "413", "422", "429", "503", "504"}
