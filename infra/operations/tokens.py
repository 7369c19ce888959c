"""API tokens from the operator's side: the first one, and where a saved one is kept."""

import json
import os
from pathlib import Path

import platformdirs

from operations.client import Api
from operations.errors import Trouble
from operations.local import LocalWorld
from operations.world import World
from recado import auth, clock


def create(world: World, role: auth.Role, label: str) -> str:
    """Write a new token's hashed record straight to central's table; the way to the first token.

    Whoever may do this needs the right to write to the table, not a token.
    """
    text, record = auth.issue(label, role, clock.now())
    auth.Tokens(world.outputs()["CentralTable"], world.client("dynamodb")).put(record)
    return text


def save(world: World, token: str) -> Path:
    """Keep a token for the next commands, readable by this user only; returns where."""
    file = _file(world)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = _read(file) | {_key(world): token}
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        json.dump(kept, output, indent=2)
    file.chmod(0o600)
    return file


def saved(world: World) -> str | None:
    """The token of `RECADO_TOKEN`, or the one saved for this world."""
    return os.environ.get("RECADO_TOKEN") or _read(_file(world)).get(_key(world))


def api(world: World) -> Api:
    """The world's API, with the saved token.

    Raises:
        Trouble: there is no token.
    """
    url = world.api_url
    token = saved(world)
    if token is None:
        raise Trouble(
            "no token for this API is saved, and RECADO_TOKEN is not set",
            "recado token create --role admin --label you --save",
        )
    return Api.at(url, token, local=world.local)


def _file(world: World) -> Path:
    if isinstance(world, LocalWorld):
        return world.places.state / "token.json"
    return Path(platformdirs.user_config_dir("recado")) / "tokens.json"


def _key(world: World) -> str:
    return world.api_url


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return kept
