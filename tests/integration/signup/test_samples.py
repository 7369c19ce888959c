"""What the handlers of signup answer to the sample requests, where nobody was invited."""

import json
from pathlib import Path

import pytest

from samlocal.judging import EXPECTED_STATUS
from signup import api, pages
from tests.factories import context
from tests.integration.signup.conftest import World

EVENTS = Path(__file__).parents[3] / "events" / "signup"
HANDLERS = {"api_batch": api.handler, "pages_ask": pages.handler, "pages_confirm": pages.handler}


@pytest.mark.parametrize("name", sorted(HANDLERS))
def test_a_sample_request_about_what_nobody_made_is_refused(world: World, name: str) -> None:
    request = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    if name.startswith("api_"):
        request["headers"]["Authorization"] = f"Bearer {world.token}"
    answer = HANDLERS[name](request, context())
    assert answer["statusCode"] == EXPECTED_STATUS[f"signup/{name}"]
