"""What the handlers of marketing do with the sample events."""

import json
from pathlib import Path
from typing import Any

from marketing import api, events, schedule
from tests.factories import context
from tests.integration.marketing.conftest import World

EVENTS = Path(__file__).parents[3] / "events" / "marketing"


def sample(name: str) -> Any:
    """A sample event."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def test_the_samples_tell_of_a_chat_put_a_rule_and_find_nothing_to_offer(world: World) -> None:
    assert events.handler(sample("events_chat_ended"), context()) == {"batchItemFailures": []}
    for name in ("api_results", "api_save_rules"):
        request = sample(name)
        request["headers"]["Authorization"] = f"Bearer {world.token}"
        assert api.handler(request, context())["statusCode"] == 200, name
        assert api.handler(sample(name), context())["statusCode"] == 401, name
    nothing = {"decided": 0, "moved": 0, "settled": 0, "asked": 0}
    assert schedule.handler(sample("schedule_every_five_minutes"), context()) == nothing
    assert world.facts() == {}
