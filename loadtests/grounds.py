"""Where a load is put: a world of its own, or one that runs already, on this machine only."""

import ipaddress
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from operations import simulator, tokens, world
from operations.emulator import MiniStack
from operations.errors import Trouble
from operations.local import LocalWorld
from operations.places import ROOT, Places
from operations.ports import Ports, any_free
from operations.simulator import Pace
from operations.world import World
from recado.auth import Role

RESULTS = ROOT / ".recado" / "load"
"""Where reports, rows and charts are kept."""


ACCOUNT_CONCURRENCY = 40
"""Functions that may run at once in a world of its own, so that no limit but the measured binds."""


class Roomy(MiniStack):
    """MiniStack as the embedded world has it, but for its account's limit of concurrency."""

    def environment(self, port: int, temporary: Path) -> dict[str, str]:
        """The embedded world's settings with a higher limit."""
        raised = {"LAMBDA_ACCOUNT_CONCURRENCY": str(ACCOUNT_CONCURRENCY)}
        return super().environment(port, temporary) | raised


@dataclass(frozen=True)
class Ground:
    """A deployed world that may be loaded, with the token of an administrator."""

    world: World
    ses_url: str
    token: str
    own: bool
    """Whether it was started for this run, and is stopped after it."""

    @property
    def api_url(self) -> str:
        """The REST API, without a trailing slash."""
        return self.world.api_url


@contextmanager
def opened(pace: Pace, events: Sequence[str] = simulator.EVENT_TYPES) -> Iterator[Ground]:
    """The world `RECADO_WORLD` names, as it is, if it runs; or else a fresh one with this pace.

    A fresh one is of the kind `RECADO_WORLD` names, or embedded, and its SES reports `events`.

    Raises:
        Trouble: the world is not on this machine, or has no SES simulator.
        operations.localstack_setup.Missing: this machine cannot run LocalStack.
    """
    there = world.current()
    if not os.environ.get("RECADO_WORLD") or (isinstance(there, LocalWorld) and not there.is_up):
        with world_of_its_own(pace, events=events, kind=there.name) as fresh:
            yield Ground(fresh, fresh.ses_url, _token(fresh), own=True)
        return
    if there.inbox_url is None:
        raise Trouble(f"the world {there.name} sends real mail", "load a local one", code=2)
    require_loopback(there.api_url)
    require_loopback(there.inbox_url)
    yield Ground(there, there.inbox_url.rstrip("/"), _token(there), own=False)


def require_loopback(url: str) -> None:
    """Raises `Trouble` unless `url` leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback):
        return
    raise Trouble(
        f"{url} is not on this machine: loads are for worlds on the loopback interface",
        "RECADO_WORLD=embedded, or leave it out for a world of its own",
        code=2,
    )


def machine() -> str:
    """This machine, for the rows of a result: cores, memory, Python."""
    memory = psutil.virtual_memory().total / 2**30
    cores = len(psutil.Process().cpu_affinity() or [])
    return f"{cores} cores, {memory:.0f} GiB, Python {platform.python_version()}"


@contextmanager
def world_of_its_own(
    pace: Pace,
    changed: Mapping[str, str] | None = None,
    events: Sequence[str] = simulator.EVENT_TYPES,
    kind: str = "embedded",
) -> Iterator[LocalWorld]:
    """A deployed world that is gone afterwards; arguments as `LocalWorld.deploy` has."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="world-", dir=RESULTS))
    fresh = _fresh(kind, Places(ROOT, home), Ports(*any_free(3)))
    try:
        fresh.up(pace)
        fresh.build()
        fresh.deploy(changed, events)
        yield fresh
    finally:
        fresh.down()
        shutil.rmtree(home, ignore_errors=True)


def _fresh(kind: str, places: Places, ports: Ports) -> LocalWorld:
    """LocalStack's account may run a thousand functions at once, so it needs no more room."""
    if kind == "embedded":
        return LocalWorld(kind, Roomy(), places, ports)
    return world.local_one(kind, places, ports)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _token(there: World) -> str:
    return tokens.create(there, Role.ADMIN, "load")
