"""A RabbitMQ of Debian's packages, on private ports, with folders of its own, gone afterwards."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from operations import processes
from operations.emulator import inherited
from operations.errors import Trouble
from operations.ports import HOST, any_free

_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_START_S = 90.0


@contextmanager
def rabbitmq() -> Iterator[str]:
    """The broker's AMQP address.

    Raises:
        Trouble: RabbitMQ is not installed, or does not start.
    """
    if not _SERVER.exists():
        raise Trouble("RabbitMQ is not installed", "apt-get install rabbitmq-server", code=2)
    amqp, distribution, epmd = any_free(3)
    home = Path(tempfile.mkdtemp(prefix="peer-rabbit-"))
    log = home / "server.log"
    (home / "enabled_plugins").write_text("[].\n")
    environment = inherited() | {
        "HOME": str(home),
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(epmd),
        "RABBITMQ_NODENAME": f"peer{os.getpid()}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": str(amqp),
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
        "RABBITMQ_PID_FILE": str(home / "pid"),
        "RABBITMQ_CONF_ENV_FILE": str(home / "none.conf"),
        "RABBITMQ_CONFIG_FILE": str(home / "none"),
    }
    server = processes.start([str(_SERVER)], environment, log, home)
    try:
        processes.wait_until(lambda: _speaks_amqp(amqp), server, "RabbitMQ", log, _START_S)
        yield f"amqp://guest:guest@{HOST}:{amqp}//"
    finally:
        processes.stop(server)
        _end_epmd(epmd)
        shutil.rmtree(home, ignore_errors=True)


def _speaks_amqp(port: int) -> bool:
    """Whether the broker answers a protocol header: it listens a while before it does."""
    with suppress(OSError), socket.create_connection((HOST, port), timeout=2) as connection:
        connection.sendall(b"AMQP\x00\x00\x09\x01")
        return bool(connection.recv(1))
    return False


def _end_epmd(port: int) -> None:
    """Erlang's port mapper outlives its node: end the one that listens on our port."""
    for process in psutil.process_iter(["name", "environ"]):
        started_for = (process.info["environ"] or {}).get("ERL_EPMD_PORT")
        if process.info["name"] == "epmd" and started_for == str(port):
            with suppress(psutil.NoSuchProcess):
                process.terminate()
                process.wait(5)


def publish(
    python: Path, environment: dict[str, str], peer: str, campaign: str, rows: str
) -> float:
    """Queue a campaign's recipients; returns the seconds it took."""
    begun = time.monotonic()
    subprocess.run(  # noqa: S603
        [str(python), "-m", "loadtests.peers.publish", peer, campaign],
        env=environment,
        cwd=environment["PYTHONPATH"],
        input=rows,
        text=True,
        check=True,
    )
    return time.monotonic() - begun
