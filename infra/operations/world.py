"""A world: a place the template is deployed to. Everything else asks it for clients and addresses.

`RECADO_WORLD` chooses: `embedded` (the default, see `operations.embedded`), `localstack` (see
`operations.localstack`), or `aws`, a stack that `sam deploy` made in the account of the usual AWS
credentials.
"""

import os
from typing import Any, Protocol

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from operations import stack
from operations.embedded import Embedded
from operations.errors import Trouble
from operations.local import LocalWorld
from operations.localstack import LocalStack
from operations.places import Places
from operations.ports import Ports


class World(Protocol):
    """What the command line needs of any world."""

    @property
    def name(self) -> str:
        """As in `RECADO_WORLD`."""

    @property
    def api_url(self) -> str:
        """The REST API, without a trailing slash."""

    @property
    def inbox_url(self) -> str | None:
        """Where the mail of this world can be read, if it goes nowhere else."""

    @property
    def local(self) -> bool:
        """Whether the world is on this machine, so that proxies are passed by."""

    def outputs(self) -> dict[str, str]:
        """The outputs of the stack and of its nested stacks."""

    def client(self, service: str) -> Any:
        """A boto3 client of an AWS service in this world."""


class Aws:
    """A stack deployed to an AWS account, found with the usual credentials and region."""

    name = "aws"
    local = False
    inbox_url = None

    def __init__(self) -> None:
        self._session = boto3.Session()

    @property
    def api_url(self) -> str:
        """As the stack's output `ApiUrl` says."""
        return self.outputs()["ApiUrl"].rstrip("/")

    def outputs(self) -> dict[str, str]:
        """Asked of CloudFormation.

        Raises:
            Trouble: no credentials, no permission, or no such stack.
        """
        try:
            return stack.outputs(self.client("cloudformation"))
        except (BotoCoreError, ClientError) as error:
            raise Trouble(
                f"AWS did not answer for the stack {stack.NAME!r}: {error}",
                "check AWS_PROFILE and AWS_REGION, or RECADO_WORLD=embedded for the local world",
            ) from error

    def client(self, service: str) -> Any:
        """With the endpoints of AWS."""
        return self._session.client(service)  # type: ignore[call-overload]


_LOCAL: dict[str, type[Embedded] | type[LocalStack]] = {
    "embedded": Embedded,
    "localstack": LocalStack,
}


def current() -> World:
    """The world that `RECADO_WORLD` names.

    Raises:
        Trouble: it names none.
    """
    name = chosen()
    return Aws() if name == "aws" else local_one(name, Places.from_env(name))


def chosen() -> str:
    """What `RECADO_WORLD` says: `embedded`, `localstack` or `aws`.

    Raises:
        Trouble: it is something else.
    """
    name = os.environ.get("RECADO_WORLD") or "embedded"
    if name not in {*_LOCAL, "aws"}:
        raise Trouble(f"RECADO_WORLD is {name!r}", "give embedded, localstack or aws", code=2)
    return name


def local_one(name: str, places: Places, ports: Ports | None = None) -> LocalWorld:
    """A world on this machine with files and ports of its own.

    Raises:
        operations.localstack_setup.Missing: this machine cannot run LocalStack.
    """
    return _LOCAL[name](places, ports)


def local(doing: str) -> LocalWorld:
    """The chosen world, for what can only be done on this machine.

    Raises:
        Trouble: `RECADO_WORLD` names one that is elsewhere.
    """
    world = current()
    if isinstance(world, LocalWorld):
        return world
    raise Trouble(
        f"only a local world can be {doing} with this command",
        "RECADO_WORLD=embedded; to AWS, deploy with: sam build && sam deploy --guided",
        code=2,
    )
