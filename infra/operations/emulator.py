"""The emulators of AWS: how one is started, and how one sees that it answers.

MiniStack is here; LocalStack is in `operations.localstack`.
"""

import os
import sys
from pathlib import Path
from typing import Protocol

import httpx

from operations.errors import Trouble
from operations.places import Places
from operations.ports import HOST

ACCOUNT_CONCURRENCY = 20
"""Functions that may run at once: each is a process of about 60 MB."""

_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")
"""All that functions see of the user's shell: no credentials, no profile, no proxy."""


class Emulator(Protocol):
    """A server on the loopback interface that answers as AWS does."""

    @property
    def name(self) -> str:
        """As people call it."""

    @property
    def python(self) -> Path:
        """The interpreter that functions run with, which decides what is built for it."""

    @property
    def start_s(self) -> float:
        """Seconds it may take to answer."""

    @property
    def websockets(self) -> bool:
        """Whether its API Gateway has WebSockets."""

    @property
    def ses_host(self) -> str:
        """Where the SES simulator has to listen for functions to reach it."""

    def command(self, places: Places) -> list[str]:
        """What starts it.

        Raises:
            Trouble: something it needs has not been made.
        """

    def environment(self, port: int, temporary: Path) -> dict[str, str]:
        """Its settings; every file it or a function writes stays under `temporary`."""

    def answers(self, endpoint: str) -> bool:
        """Whether it is ready at `endpoint`."""


class MiniStack:
    """MiniStack, which runs functions with the interpreter it runs with itself."""

    name = "MiniStack"
    python = Path(sys.executable)
    start_s = 30.0
    ses_host = HOST
    websockets = True

    def command(self, places: Places) -> list[str]:
        """Its environment's interpreter with its module."""
        if not places.emulator_python.exists():
            raise Trouble("the emulator's environment is missing", "make environment")
        return [str(places.emulator_python), "-m", "ministack"]

    def environment(self, port: int, temporary: Path) -> dict[str, str]:
        """Addresses, the limit of concurrency, places for files; no broker of IoT's messages, which
        would listen on every interface."""
        return inherited() | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_ACCOUNT_CONCURRENCY": str(ACCOUNT_CONCURRENCY),
            "LOG_LEVEL": "WARNING",
            "MINISTACK_HOST": HOST,
            "STATE_DIR": str(temporary / "state"),
            "TMPDIR": str(temporary),
        }

    def answers(self, endpoint: str) -> bool:
        """As its own page says."""
        return is_success(f"{endpoint}/_ministack/ready")


def inherited() -> dict[str, str]:
    """The part of the user's environment that the world's processes get."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}


def is_success(url: str) -> bool:
    """Whether something at `url` answers, and with success."""
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False
