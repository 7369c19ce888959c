"""Running simulators and a running fake SNS and Firehose."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from ses_world import FakeSns, ses_client

from ses_simulator import Settings, Simulator


@pytest.fixture
def sns() -> Iterator[tuple[FakeSns, str]]:
    """A running fake SNS and Firehose, and its endpoint."""
    fake = FakeSns()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if "Firehose" in self.headers.get("X-Amz-Target", ""):
                status, body = fake.put_record(json.loads(asked))
            else:
                status, body = fake.publish_batch(parse_qs(asked))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield fake, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


StartSes = Callable[..., tuple[Simulator, Any]]


@pytest.fixture
def start_ses() -> Iterator[StartSes]:
    """Start a simulator with given settings; returns it and a client."""
    with ExitStack() as stack:

        def start(**settings: Any) -> tuple[Simulator, Any]:
            simulator = stack.enter_context(Simulator(Settings(**settings)))
            client = ses_client(simulator.url)
            stack.callback(client.close)
            return simulator, client

        yield start


@pytest.fixture
def ses(start_ses: StartSes) -> tuple[Simulator, Any]:
    """A simulator with defaults, and a client."""
    return start_ses()
