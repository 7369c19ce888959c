"""What the handlers of chat do with the sample events."""

import json
from pathlib import Path
from typing import Any

import pytest

from chat import api, events, mailer, schedule
from samlocal.judging import EXPECTED_STATUS
from tests.factories import context
from tests.integration.chat.conftest import World

EVENTS = Path(__file__).parents[3] / "events" / "chat"


def sample(name: str) -> Any:
    """A sample event."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", sorted(EVENTS.glob("api_*.json")), ids=lambda path: path.stem)
def test_a_sample_request_is_answered(world: World, path: Path) -> None:
    expected = EXPECTED_STATUS.get(f"chat/{path.stem}", 201)
    assert api.handler(sample(path.stem), context())["statusCode"] == expected


@pytest.mark.parametrize(
    ("name", "queue"),
    [("events_assigned", "ChatQueueDeadUrl"), ("mailer_code", "CodeQueueDeadUrl")],
)
def test_a_sample_message_is_read_and_put_aside_where_nobody_knows_of_it(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, queue: str
) -> None:
    monkeypatch.setenv("DEAD_LETTER_URL", world.suite.outputs[queue])
    trigger = {"events_assigned": events, "mailer_code": mailer}[name]
    assert trigger.handler(sample(name), context()) == {"batchItemFailures": []}
    assert len(world.dead_letters(queue)) == (1 if trigger is events else 0)


def test_the_sample_minute_finds_nothing_to_do_in_an_empty_suite(world: World) -> None:
    nothing = {"healed": 0, "looked_at": 0, "swept": 0}
    assert schedule.handler(sample("schedule_every_minute"), context()) == nothing
