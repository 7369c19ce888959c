"""A way from containers to servers on this machine's loopback interface.

It listens on the address Docker's bridge has on this machine, and takes connections only from that
bridge.
"""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Network, ip_address
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any

from operations.errors import Trouble
from operations.ports import HOST

_PIECE = 65_536


class _Relay(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], target: int, peers: IPv4Network) -> None:
        self.target = target
        self._peers = peers
        super().__init__(address, _Connection)

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002
        """Only containers may connect."""
        return ip_address(client_address[0]) in self._peers


class _Connection(BaseRequestHandler):
    def handle(self) -> None:
        """Carry bytes both ways until both sides have said all."""
        assert isinstance(self.server, _Relay)  # noqa: S101
        try:
            target = socket.create_connection((HOST, self.server.target))
        except OSError:
            return  # the world is gone; closing the connection says so
        with target:
            back = threading.Thread(target=_carry, args=(target, self.request), daemon=True)
            back.start()
            _carry(self.request, target)
            back.join()


def _carry(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(_PIECE):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the other side is gone, and with it whoever waited for the rest


@contextmanager
def relays(gateway: str, peers: IPv4Network, ports: Mapping[int, int]) -> Iterator[None]:
    """Relay each port of `gateway` to one of the loopback interface while the block runs.

    Raises:
        Trouble: the gateway is not an address of this machine, or a port of it is taken.
    """
    with ExitStack() as stack:
        for port, target in ports.items():
            try:
                relay = stack.enter_context(_Relay((gateway, port), target, peers))
            except OSError as error:
                raise Trouble(
                    f"containers cannot reach this machine at {gateway}:{port}: {error}",
                    "Docker's bridge has to be on this machine (not Docker Desktop, not rootless), "
                    f"and nothing else may listen on port {port} of all interfaces",
                ) from error
            threading.Thread(target=relay.serve_forever, daemon=True).start()
            stack.callback(relay.shutdown)
        yield
