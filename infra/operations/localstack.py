"""The LocalStack world: the same template on LocalStack's community edition, without Docker.

Where Docker and a token for it are there, LocalStack's image takes its place
(`operations.localstack_image`). What either lacks is in docs/running.md.
"""

from pathlib import Path
from typing import Any

from localstack_client.session import Session

from operations import docker, localstack_image, localstack_setup
from operations.emulator import Emulator, inherited, is_success
from operations.errors import Trouble
from operations.local import CLIENT_CONFIG, FAKE_KEY, REGION, LocalWorld
from operations.localstack_setup import PACKAGES
from operations.places import ROOT, Places
from operations.ports import HOST, Ports


class HostLocalStack:
    """LocalStack as a process; `infra/localstack` makes its functions processes too."""

    name = "LocalStack"
    start_s = 60.0
    ses_host = HOST
    websockets = False

    @property
    def python(self) -> Path:
        """The environment with what Lambda itself gives."""
        return localstack_setup.functions().python

    def command(self, places: Places) -> list[str]:
        """Its environment's interpreter with its runtime."""
        python = localstack_setup.server().python
        if not python.exists() or places.root != ROOT:
            raise Trouble("LocalStack's environment is missing", "make localstack")
        return [str(python), "-m", "localstack.runtime.main"]

    def environment(self, port: int, temporary: Path) -> dict[str, str]:
        """Everything on the loopback interface, nothing fetched, every file under `temporary`."""
        volume = temporary / "localstack" / "var" / "lib" / "localstack"
        volume.mkdir(parents=True, exist_ok=True)
        (volume / "lib").symlink_to(PACKAGES)
        return inherited() | {
            "CONFIG_DIR": str(temporary / "localstack" / "profiles"),
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "DYNAMODB_IN_MEMORY": "1",
            "FILESYSTEM_ROOT": str(temporary / "localstack"),
            "GATEWAY_LISTEN": f"{HOST}:{port}",
            "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "0.5",
            "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_ERROR_SEC": "5",
            "LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC": "0.05",
            "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": "90",
            "LAMBDA_RUNTIME_EXECUTOR": "process",
            "LOCALSTACK_HOST": f"{HOST}:{port}",
            "LOCAL_LAMBDA_PYTHON": str(self.python),
            "LS_LOG": "warning",
            "OVERRIDE_IN_DOCKER": "0",
            "PROVIDER_OVERRIDE_DYNAMODB": "v2",
            "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "v2",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "SQS_ENDPOINT_STRATEGY": "path",
            "TMPDIR": str(temporary),
        }

    def answers(self, endpoint: str) -> bool:
        """As its own page says."""
        return is_success(f"{endpoint}/_localstack/health")


class LocalStack(LocalWorld):
    """A world on LocalStack, which needs `operations.localstack_setup` to have run."""

    def __init__(self, places: Places, ports: Ports | None = None) -> None:
        """Choose between the image and the community edition.

        Raises:
            operations.localstack_setup.Missing: neither can run on this machine.
        """
        super().__init__("localstack", _emulator(), places, ports)

    def client(self, service: str) -> Any:
        """A client of LocalStack's own sessions; SES is the simulator's."""
        if service == "sesv2":
            return super().client(service)
        session = Session(
            aws_access_key_id=FAKE_KEY,
            aws_secret_access_key=FAKE_KEY,
            region_name=REGION,
            localstack_host=f"{HOST}:{self.record.ports.emulator}",
        )
        return session.client(service, config=CLIENT_CONFIG)


def _emulator() -> Emulator:
    return localstack_image.ImageLocalStack() if docker.is_first_choice() else HostLocalStack()
