"""What staff save through central is what the bot says."""

from datetime import timedelta

import pytest

from recado.model import Language, Outage
from tests.factories import AT, customer
from tests.unit.chat.world import World

TEXT = {Language.PORTUGUESE: "fibra rompida", Language.ENGLISH: "a fibre is cut"}


@pytest.fixture
def world() -> World:
    return World(customer())


def announced(**fields: object) -> Outage:
    return Outage.model_validate(
        {
            "id": "otg_1",
            "cities": ["Recife", "Olinda"],
            "text": TEXT,
            "starts_at": AT - timedelta(hours=1),
            "expected_end": AT + timedelta(hours=1),
            "announced_at": AT,
        }
        | fields
    )


@pytest.mark.parametrize("language", Language)
def test_an_outage_is_told_in_the_conversations_language(world: World, language: Language) -> None:
    world.board.outages.append(announced())
    assert world.knowing.public(language)["outages"] == [
        {"area": "Recife, Olinda", "note": TEXT[language]}
    ]


def test_an_outage_that_is_over_is_not_told(world: World) -> None:
    world.board.outages.append(announced(ended_at=AT))
    assert world.knowing.public(Language.ENGLISH)["outages"] == []


def test_the_bot_tells_of_the_outages_that_go_on(world: World) -> None:
    world.board.outages.append(announced())
    chat = world.begin()
    world.say(chat, "tem queda na minha região?")
    assert any("Recife, Olinda: fibra rompida" in line.text for line in world.lines(chat))


def test_a_version_of_the_flows_that_is_gone_is_none(world: World) -> None:
    assert world.knowing.document(7) is None
    assert world.knowing.document() == world.knowing.document(1)
