"""The three ports of an embedded world, and who holds them when they are taken."""

import os
import socket
from dataclasses import dataclass

import psutil

from operations.errors import Trouble

HOST = "127.0.0.1"
_LAST_PORT = 65535


@dataclass(frozen=True)
class Ports:
    """TCP ports on the loopback interface."""

    emulator: int = 4566
    ses: int = 4579
    imap: int = 4593

    @classmethod
    def from_env(cls) -> "Ports":
        """The ports of RECADO_PORT, RECADO_SES_PORT and RECADO_IMAP_PORT, or the usual ones."""
        return cls(
            _port("RECADO_PORT", cls.emulator),
            _port("RECADO_SES_PORT", cls.ses),
            _port("RECADO_IMAP_PORT", cls.imap),
        )


def _port(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= _LAST_PORT:
        raise Trouble(
            f"{variable} is {text!r}, which is not a port",
            f"give a number from 1 to {_LAST_PORT}, such as {variable}={default}",
            code=2,
        )
    return int(text)


def require_free(port: int, variable: str, purpose: str) -> None:
    """Raises `Trouble` when somebody already listens on `port`."""
    if is_free(port):
        return
    holder = holder_of(port)
    by = f" by {holder}" if holder else ""
    raise Trouble(
        f"port {port}, needed for {purpose}, is in use{by}",
        f"stop it, or choose another port: {variable}={port + 1000} make demo",
    )


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def any_free(count: int) -> list[int]:
    """Different ports that are free now."""
    probes = [socket.create_server((HOST, 0)) for _ in range(count)]
    free = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return free


def holder_of(port: int) -> str:
    """The process that listens on `port`, such as `python3 (process 812)`; empty if unknowable."""
    try:
        listening = [
            connection.pid
            for connection in psutil.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
            and connection.laddr
            and connection.laddr[1] == port
        ]
        holders = [psutil.Process(pid) for pid in listening if pid]
        return ", ".join(f"{holder.name()} (process {holder.pid})" for holder in holders)
    except psutil.Error:
        return ""
