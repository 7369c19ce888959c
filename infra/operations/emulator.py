"""MiniStack: how it is started, and how one sees that it answers."""

import os
from pathlib import Path

import httpx

from operations.errors import Trouble
from operations.places import Places
from operations.ports import HOST

ACCOUNT_CONCURRENCY = 20
"""Functions that may run at once: each is a process of about 60 MB."""

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")
"""All that functions see of the user's shell: no credentials, no profile, no proxy."""


def command(places: Places) -> list[str]:
    """What starts it.

    Raises:
        Trouble: its environment has not been made.
    """
    if not places.emulator_python.exists():
        raise Trouble("the emulator's environment is missing", "make environment")
    return [str(places.emulator_python), "-m", "ministack"]


def environment(port: int, temporary: Path) -> dict[str, str]:
    """Its settings; every file it or a function writes stays under `temporary`."""
    return inherited() | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "BIND_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "LAMBDA_ACCOUNT_CONCURRENCY": str(ACCOUNT_CONCURRENCY),
        "LOG_LEVEL": "WARNING",
        "MINISTACK_HOST": HOST,
        "STATE_DIR": str(temporary / "state"),
        "TMPDIR": str(temporary),
    }


def inherited() -> dict[str, str]:
    """The part of the user's environment that the world's processes get."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def answers(endpoint: str) -> bool:
    """Whether MiniStack is ready at `endpoint`."""
    try:
        return httpx.get(f"{endpoint}/_ministack/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False
