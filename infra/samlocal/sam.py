"""`sam local invoke` and `sam local start-api`, with what this world and this engine need."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from operations import processes
from operations.artifacts import RUNTIME
from operations.embedded import REGION
from operations.errors import Trouble
from operations.places import Places
from operations.ports import HOST, any_free
from samlocal.engine import Engine
from samlocal.image import IN_CONTAINERS
from samlocal.variables import WORLD

_INVOCATION_S = 180
_START_S = 120.0
_CONTAINER = "SAM_CONTAINER_ID: "


@dataclass(frozen=True)
class Ended:
    """What one `sam local invoke` left."""

    exit_code: int
    output: str
    """The function's answer."""
    log: str
    """What SAM and the function said besides."""
    seconds: float


@dataclass(frozen=True)
class Sam:
    """SAM CLI, set up for one run."""

    places: Places
    engine: Engine
    image: str
    template: Path
    """As `sam build` wrote it."""
    variables: Path
    """What `--env-vars` reads."""
    logs: Path

    def invoke(self, function: str, event: Path) -> Ended:
        """Invoke a function once, in a container of its own."""
        began = time.monotonic()
        command = self._command("invoke", function, "--event", str(event))
        try:
            done = subprocess.run(
                command,
                env=self._environment(),
                cwd=self.places.root,
                capture_output=True,
                text=True,
                check=False,
                timeout=_INVOCATION_S,
            )
        except subprocess.TimeoutExpired as error:
            log = (error.stderr or b"").decode(errors="replace")
            self._remove_containers(log)
            return Ended(124, "", f"{log}\nno answer within {_INVOCATION_S} s", _INVOCATION_S)
        self._remove_containers(done.stderr)
        return Ended(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    @property
    def api_log(self) -> Path:
        """What `sam local start-api` and its functions say."""
        return self.logs / "start-api.log"

    @contextmanager
    def api(self) -> Iterator[str]:
        """The REST API's address, while the block runs.

        Raises:
            Trouble: it does not start.
        """
        (port,) = any_free(1)
        log = self.api_log
        command = self._command(
            *("start-api", "--host", HOST, "--port", str(port), "--warm-containers", "LAZY")
        )
        url = f"http://{HOST}:{port}"
        started = processes.start(command, self._environment(), log, self.places.root)
        try:
            processes.wait_until(
                lambda: _listens(url), started, "sam local start-api", log, _START_S
            )
            yield url
        finally:
            processes.stop(started)
            self._remove_containers(log.read_text(encoding="utf-8", errors="replace"))

    def _command(self, *arguments: str) -> list[str]:
        if not self.places.sam.exists():
            raise Trouble("SAM CLI's environment is missing", "make environment")
        overrides = [
            f"LambdaRuntime={RUNTIME}",
            f"SesEndpoint=http://{WORLD}:{IN_CONTAINERS.ses}",
        ]
        return [
            *(str(self.places.sam), "local", *arguments),
            *("--template", str(self.template)),
            *("--env-vars", str(self.variables)),
            *("--skip-pull-image", "--invoke-image", self.image),
            *("--add-host", f"{WORLD}:{self.engine.gateway}"),
            *("--region", REGION, "--parameter-overrides", *overrides),
        ]

    def _environment(self) -> dict[str, str]:
        """No credentials: with fake ones SAM asks STS who they belong to, and waits in vain."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return (
            own
            | self.engine.environment
            | {
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "SAM_CLI_TELEMETRY": "0",
            }
        )

    def _remove_containers(self, log: str) -> None:
        """SAM removes its containers unless it is stopped; those it named are removed here."""
        named = {line.partition(_CONTAINER)[2] for line in log.splitlines() if _CONTAINER in line}
        there = self.engine.docker("ps", "--all", "--quiet", "--no-trunc").split()
        left = sorted(named & set(there))
        if left:
            self.engine.docker("rm", "--force", *left)


def _listens(url: str) -> bool:
    """Any answer will do: the root is no route of the API, so no container starts for it."""
    try:
        httpx.get(url, trust_env=False)
    except httpx.TransportError:
        return False
    return True
