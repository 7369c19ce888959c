"""One deployed embedded world for all end-to-end tests: its own ports, its own files.

It never touches the world a developer has running. The build in `.recado/build` is shared, so that
only the first run after a change builds. When a test fails, the world's logs stay where the last
line of the run says.
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
from operations.client import Api
from operations.embedded import Embedded
from operations.places import ROOT, Places
from operations.ports import Ports, any_free
from operations.simulator import Pace
from recado.auth import Role

_RATE = 1_000


@dataclass(frozen=True)
class DeployedWorld:
    """What an end-to-end test may look at and act through."""

    embedded: Embedded
    api: Api
    """The REST API with an admin's token; refuses with `operations.errors.ApiRefused`."""
    http: httpx.Client
    """The same, raw: for looking at status codes and bodies."""

    @property
    def simulator_url(self) -> str:
        """The SES simulator: `/_sim/ledger`, `/_sim/faults`, the inbox."""
        return self.embedded.ses_url

    @property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs, nested ones included."""
        return self.embedded.outputs()

    def client(self, service: str) -> Any:
        """A boto3 client in this world."""
        return self.embedded.client(service)

    def ledger(self, campaign_id: str) -> dict[str, Any]:
        """What SES accepted for a campaign."""
        return simulator.ledger(self.simulator_url, campaign_id)

    def token(self, role: Role) -> str:
        """A fresh token with a role."""
        return tokens.create(self.embedded, role, f"e2e {role}")


@pytest.fixture(scope="session")
def world(request: pytest.FixtureRequest) -> Iterator[DeployedWorld]:
    """The world, deployed; stopped when the last test is over."""
    emulator_port, ses_port = any_free(2)
    places = Places(ROOT, ROOT / ".recado" / "e2e" / str(os.getpid()))
    embedded = Embedded(places, Ports(emulator_port, ses_port))
    try:
        embedded.up(Pace(max_send_rate=_RATE))
        embedded.build()
        embedded.deploy(proof.QUICK)
        token = tokens.create(embedded, Role.ADMIN, "e2e")
        headers = {"Authorization": f"Bearer {token}"}
        with (
            Api.at(embedded.api_url, token, local=True) as api,
            httpx.Client(
                base_url=embedded.api_url, headers=headers, trust_env=False, timeout=60
            ) as http,
        ):
            yield DeployedWorld(embedded, api, http)
    finally:
        embedded.down()
        if not request.session.testsfailed:
            shutil.rmtree(places.home, ignore_errors=True)
