"""``python -m ses_simulator``."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from ses_world import FakeSns, configuration_set, entry, send, send_bulk, ses_client

from ses_simulator import Settings, Simulator


def test_it_says_when_it_is_ready_and_ends_gracefully_on_sigterm(tmp_path: Path) -> None:
    process = start("--port", "0", "--state", str(tmp_path), "--faults", '{"seed": 3}')
    assert process.stdout is not None
    line = process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert line.startswith("SES simulator ready at http://127.0.0.1:")
    assert (process.returncode, errors) == (0, "")


def test_events_are_published_from_a_process_of_its_own(
    tmp_path: Path, sns: tuple[FakeSns, str]
) -> None:
    fake, endpoint = sns
    process = start("--port", "0", "--state", str(tmp_path), "--sns-endpoint", endpoint)
    assert process.stdout is not None
    url = process.stdout.readline().split()[4]
    client = ses_client(url)
    send(client, ConfigurationSetName=configuration_set(client, "SEND", "DELIVERY"))
    client.close()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert sorted(event["eventType"] for event in fake.events) == ["Delivery", "Send"]


def test_mail_that_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    process = start("--port", "0", "--state", str(tmp_path))
    assert process.stdout is not None
    client = ses_client(process.stdout.readline().split()[4])
    results = send_bulk(client, [entry(f"u{n}@x.com", {"campaign": "c-1"}) for n in range(50)])
    process.kill()
    process.communicate(timeout=10)
    client.close()
    with Simulator(Settings(state=tmp_path)) as again:
        ids = [message["message_id"] for message in again.messages("campaign:c-1")]
    assert ids == [result["MessageId"] for result in results]


def test_a_taken_port_is_one_line_with_the_remedy_and_exit_code_two(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = start("--port", port, "--state", str(tmp_path))
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert len(errors.strip().splitlines()) == 1
    assert port in errors
    assert "--port" in errors


def test_wrong_faults_are_one_line_that_names_the_field(tmp_path: Path) -> None:
    process = start("--state", str(tmp_path), "--faults", '{"calls": [{"kind": "no"}]}')
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert errors.startswith("ses_simulator: --faults: calls.kind is 'no'")


def test_a_taken_port_raises_in_a_test_too() -> None:
    with Simulator() as first:
        port = int(first.url.rpartition(":")[2])
        second = Simulator(Settings(port=port))
        with pytest.raises(OSError, match=str(port)):
            second.start()


def start(*arguments: str) -> subprocess.Popen[str]:
    """A simulator process without an SNS endpoint in its environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    return subprocess.Popen(
        [sys.executable, "-m", "ses_simulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
