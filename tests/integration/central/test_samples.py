"""What the handlers of central do with the sample events."""

import json
from pathlib import Path
from typing import Any

import pytest

from central import api, imports
from tests.factories import context
from tests.integration.conftest import Suite

EVENTS = Path(__file__).parents[3] / "events" / "central"


def sample(path: Path) -> Any:
    """A sample event."""
    return json.loads(path.read_text())


@pytest.mark.parametrize("path", sorted(EVENTS.glob("api_*.json")), ids=lambda path: path.stem)
def test_a_sample_request_is_answered(central: Suite, path: Path) -> None:
    expected = 200 if path.stem == "api_health" else 401
    assert api.handler(sample(path), context())["statusCode"] == expected


@pytest.mark.parametrize("path", sorted(EVENTS.glob("imports_*.json")), ids=lambda path: path.stem)
def test_a_sample_message_is_read_and_its_unknown_import_put_aside(
    central: Suite, path: Path
) -> None:
    assert imports.handler(sample(path), context()) == {"batchItemFailures": []}
