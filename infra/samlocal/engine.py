"""The Docker Engine that runs the containers: the one that is there, or one for this run alone.

Ours gets a bridge of its own and leaves the firewall and this machine's routing as they are, so its
containers reach this machine and nothing else. Its images stay in `.recado/samlocal/docker`.
"""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from operations import emulator, processes
from operations.errors import Trouble
from samlocal import debian
from samlocal.calls import call

_BRIDGE = "recado0"
_SUBNET = IPv4Network("172.29.66.0/24")
_START_S = 60.0
_ENGINE_NEEDED = "start Docker, or run this as root on Debian or Ubuntu, where it can be installed"


@dataclass(frozen=True)
class Engine:
    """A Docker Engine that answers."""

    host: str
    """As in `DOCKER_HOST`."""
    gateway: str
    """This machine's address on the bridge."""
    subnet: IPv4Network
    data: Path | None = None
    """Where the images are, if the engine is ours."""

    @property
    def environment(self) -> dict[str, str]:
        """What leads docker and SAM CLI to it."""
        return {"DOCKER_HOST": self.host}

    def docker(self, *arguments: str, seconds: float = 900) -> str:
        """What `docker` answers.

        Raises:
            Trouble: it failed.
        """
        command = ["docker", *arguments]
        return call(command, "look at what docker says", self.environment, seconds)

    def has(self, image: str) -> bool:
        """Whether an image is there."""
        return bool(self.docker("image", "ls", "--quiet", image).strip())


@contextmanager
def engine(home: Path) -> Iterator[Engine]:
    """The engine that answers `docker`, or our own while the block runs.

    Raises:
        Trouble: Docker cannot run here; the problem says why.
    """
    found = _present() or _installed()
    if found is not None:
        yield found
        return
    with _our_own(home) as ours:
        yield ours


def _installed() -> Engine | None:
    """Install what an engine needs; answers one if the installation has started it."""
    if reason := debian.why_not():
        raise Trouble(f"no Docker Engine answers, and {reason}", _ENGINE_NEEDED)
    if platform.machine() != "x86_64":
        raise Trouble("an engine of our own was tried on x86_64 alone", _ENGINE_NEEDED)
    debian.install("dockerd", "docker.io")
    debian.install("docker", "docker-cli")  # a package of its own since Debian 13
    debian.install("ip", "iproute2")
    return _present()


def _present() -> Engine | None:
    if shutil.which("docker") is None:
        return None
    context = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    inspect = ["docker", "network", "inspect", "bridge", "--format"]
    try:
        host = os.environ.get("DOCKER_HOST") or call(context, "").strip()
        found = call(
            [*inspect, "{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}\n{{end}}"],
            "",
            {"DOCKER_HOST": host},
            seconds=20,
        )
    except Trouble:
        return None  # nobody answers; what can be done about it is the caller's matter
    subnet, _, gateway = found.strip().splitlines()[0].partition(" ")
    network = IPv4Network(subnet)
    return Engine(host, gateway or str(network[1]), network)


@contextmanager
def _our_own(home: Path) -> Iterator[Engine]:
    data = home / "docker"
    data.mkdir(parents=True, exist_ok=True)
    log = home / "logs" / "dockerd.log"
    gateway = str(_SUBNET[1])
    with ExitStack() as stack:
        # A socket's path must be short, and a repository's need not be.
        run = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recado-docker-")))
        stack.callback(_unmount, run, data)
        stack.enter_context(_bridge(gateway))
        ours = Engine(f"unix://{run}/docker.sock", gateway, _SUBNET, data)
        command = [
            *("dockerd", "--host", ours.host, "--bridge", _BRIDGE),
            *("--data-root", str(data), "--exec-root", str(run), "--pidfile", str(run / "pid")),
            *("--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"),
        ]
        started = processes.start(command, emulator.inherited(), log, run)
        stack.callback(processes.stop, started)
        processes.wait_until((run / "docker.sock").exists, started, "dockerd", log, _START_S)
        ours.docker("version")
        stack.callback(_tidy, ours)
        yield ours


def _tidy(ours: Engine) -> None:
    """Remove images that were replaced, and what an interrupted run left: containers outlive it."""
    if left := ours.docker("ps", "--all", "--quiet").split():
        ours.docker("rm", "--force", *left)
    ours.docker("image", "prune", "--force")


@contextmanager
def _bridge(gateway: str) -> Iterator[None]:
    remedy = "the kernel has to allow bridges, and this container network administration"
    if (Path("/sys/class/net") / _BRIDGE).exists():
        call(["ip", "link", "delete", _BRIDGE], remedy)  # of a run that was killed
    call(["ip", "link", "add", _BRIDGE, "type", "bridge"], remedy)
    try:
        call(["ip", "address", "add", f"{gateway}/{_SUBNET.prefixlen}", "dev", _BRIDGE], remedy)
        call(["ip", "link", "set", _BRIDGE, "up"], remedy)
        yield
    finally:
        call(["ip", "link", "delete", _BRIDGE], remedy)


def _unmount(*folders: Path) -> None:
    for folder in folders:
        for mounted in debian.mounts_under(folder):
            call(["umount", "--lazy", str(mounted)], "look at /proc/mounts")
