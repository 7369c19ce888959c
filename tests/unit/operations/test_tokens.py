"""Tokens: the first one is written to the table, a saved one is for this user only."""

import stat
from pathlib import Path
from typing import Any

import pytest

from operations import tokens
from operations.errors import Trouble
from recado.auth import Role, Tokens, authenticate


class FakeWorld:
    """A world somewhere else, with one table."""

    name = "aws"
    local = False
    inbox_url = None
    api_url = "https://api.test/v"

    def __init__(self) -> None:
        self.items: dict[str, Any] = {}

    def outputs(self) -> dict[str, str]:
        return {"CentralTable": "central"}

    def client(self, service: str) -> Any:
        assert service == "dynamodb"
        return self

    def put_item(self, TableName: str, Item: dict[str, Any]) -> None:  # noqa: N803
        self.items[f"{TableName}/{Item['pk']['S']}"] = Item

    def get_item(self, TableName: str, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803
        found = self.items.get(f"{TableName}/{Key['pk']['S']}")
        return {"Item": found} if found else {}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeWorld:
    monkeypatch.delenv("RECADO_TOKEN", raising=False)
    monkeypatch.setattr("platformdirs.user_config_dir", lambda name: str(tmp_path / name))
    return FakeWorld()


def test_a_created_token_opens_the_api_and_is_not_stored_as_text(world: FakeWorld) -> None:
    text = tokens.create(world, Role.ADMIN, "maria")
    caller = authenticate(f"Bearer {text}", Tokens("central", world))  # type: ignore[arg-type]
    assert (caller.role, caller.label) == (Role.ADMIN, "maria")
    assert text.rsplit("_", 1)[1] not in str(world.items)


def test_a_saved_token_is_found_again_and_readable_by_its_owner_only(world: FakeWorld) -> None:
    file = tokens.save(world, "rcd_x")
    assert tokens.saved(world) == "rcd_x"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_environments_token_wins(world: FakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens.save(world, "rcd_saved")
    monkeypatch.setenv("RECADO_TOKEN", "rcd_given")
    assert tokens.saved(world) == "rcd_given"


def test_without_a_token_the_command_that_makes_one_is_told(world: FakeWorld) -> None:
    with pytest.raises(Trouble) as raised:
        tokens.api(world)
    assert raised.value.remedy.startswith("recado token create")
