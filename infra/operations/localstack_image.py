"""LocalStack's own image under Docker: the first choice where Docker and a token for it are there.

Written from LocalStack's documentation and never tried: no machine this was made on has a token.
It needs Docker on Linux, where containers and this machine see each other by Docker's bridge.
"""

import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path

from operations import docker, localstack_setup
from operations.emulator import inherited, is_success
from operations.errors import Trouble
from operations.localstack_setup import PLUGIN
from operations.places import Places

COMPOSE = PLUGIN / "compose.yaml"


class ImageLocalStack:
    """LocalStack as a container; functions are containers too, from Lambda's own images."""

    name = "LocalStack's image"
    start_s = 600.0
    websockets = False

    @property
    def python(self) -> Path:
        """Decides what is built; the containers bring their own."""
        return localstack_setup.functions().python

    @cached_property
    def ses_host(self) -> str:
        """The bridge's address on this machine, which functions in containers reach.

        Raises:
            Trouble: Docker has no bridge network.
        """
        asked = ["network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"]
        done = subprocess.run(["docker", *asked], capture_output=True, text=True, check=False)
        if done.returncode or not done.stdout.strip():
            raise Trouble(
                f"Docker has no bridge network: {done.stderr.strip()}", "unset " + docker.TOKEN
            )
        return done.stdout.strip()

    def command(self, _places: Places) -> list[str]:
        """Compose in the foreground: when it ends, the containers do."""
        found = shutil.which("docker")
        if found is None:
            raise Trouble("there is no docker on the PATH", "unset " + docker.TOKEN)
        return [found, "compose", "--file", str(COMPOSE), "up", "--no-log-prefix"]

    def environment(self, port: int, temporary: Path) -> dict[str, str]:
        """What the compose file fills in."""
        return inherited() | {
            "COMPOSE_PROJECT_NAME": f"recado-{port}",
            "RECADO_PORT": str(port),
            "TMPDIR": str(temporary),
            docker.TOKEN: os.environ[docker.TOKEN],
        }

    def answers(self, endpoint: str) -> bool:
        """As its own page says."""
        return is_success(f"{endpoint}/_localstack/health")
