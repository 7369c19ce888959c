"""One deployed world for all end-to-end tests; `RECADO_WORLD` chooses which.

A local one (`embedded`, `localstack`) is started for the run, with ports and files of its own: it
never touches the world a developer has running. The build in `.recado/build` is shared, so that
only the first run after a change builds. When a test fails, the world's logs stay where the last
line of the run says. `aws` is the stack that is deployed there already; what only the simulator
can tell is skipped then.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from loadtests import proof

from operations import simulator, tokens
from operations import world as worlds
from operations.client import Api
from operations.local import LocalWorld
from operations.localstack_setup import Missing
from operations.places import ROOT, Places
from operations.ports import Ports, any_free
from operations.simulator import Pace
from operations.world import World
from recado.auth import Role

_RATE = 1_000


@dataclass(frozen=True)
class DeployedWorld:
    """What an end-to-end test may look at and act through."""

    world: World
    api: Api
    """The REST API with an admin's token; refuses with `operations.errors.ApiRefused`."""
    http: httpx.Client
    """The same, raw: for looking at status codes and bodies."""

    @property
    def local(self) -> LocalWorld:
        """The world as one on this machine; on AWS the test is skipped."""
        if not isinstance(self.world, LocalWorld):
            pytest.skip("AWS has neither the simulator's ledger nor processes to kill")
        return self.world

    @property
    def simulator_url(self) -> str:
        """The SES simulator: `/_sim/ledger`, `/_sim/faults`, the inbox."""
        return self.local.ses_url

    @property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs, nested ones included."""
        return self.world.outputs()

    def client(self, service: str) -> Any:
        """A boto3 client in this world."""
        return self.world.client(service)

    def ledger(self, campaign_id: str) -> dict[str, Any]:
        """What SES accepted for a campaign."""
        return simulator.ledger(self.simulator_url, campaign_id)

    def token(self, role: Role) -> str:
        """A fresh token with a role."""
        return tokens.create(self.world, role, f"e2e {role}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journey counts everything in the world, so it comes before what else is put there."""
    items.sort(key=lambda item: "test_demo_journey" not in item.nodeid)


@pytest.fixture(scope="session")
def world(request: pytest.FixtureRequest) -> Iterator[DeployedWorld]:
    """The world, deployed; a local one is stopped when the last test is over."""
    name = worlds.chosen()
    if name == "aws":
        yield from _opened(worlds.current())
        return
    ports = Ports(*any_free(3))
    places = Places(ROOT, ROOT / ".recado" / "e2e" / str(os.getpid()))
    try:
        local = worlds.local_one(name, places, ports)
    except Missing as missing:
        pytest.skip(f"{missing.problem} -> {missing.remedy}")
    try:
        local.up(Pace(max_send_rate=_RATE))
        local.build()
        local.deploy(proof.QUICK)
        yield from _opened(local)
    finally:
        local.down()
        if not request.session.testsfailed:
            shutil.rmtree(places.home, ignore_errors=True)


def _opened(world: World) -> Iterator[DeployedWorld]:
    token = tokens.create(world, Role.ADMIN, "e2e")
    headers = {"Authorization": f"Bearer {token}"}
    with (
        Api.at(world.api_url, token, local=world.local) as api,
        httpx.Client(
            base_url=world.api_url, headers=headers, trust_env=not world.local, timeout=60
        ) as http,
    ):
        yield DeployedWorld(world, api, http)
