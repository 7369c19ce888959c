"""The marketing API's description: valid, and the one that is kept in `docs/`."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from marketing.api import api

KEPT = Path(__file__).parents[3] / "docs" / "openapi-marketing.json"


@pytest.fixture(scope="module")
def served() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(api.get_openapi_json_schema())
    return described


def test_the_description_kept_in_docs_is_the_served_one(served: dict[str, Any]) -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    assert kept == served, "the API changed: run `make openapi` and look at the difference"


def test_it_is_valid_openapi(served: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(served).validate()


def test_every_route_needs_a_token(served: dict[str, Any]) -> None:
    operations = [operation for item in served["paths"].values() for operation in item.values()]
    assert len(operations) == 6
    assert all("401" in operation["responses"] for operation in operations)
