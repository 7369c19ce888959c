"""The services as processes: started, stopped, several on one port."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from assistant.domain.ports import Prompt
from assistant.gateway.models import Models
from operations.commandline import app
from operations.ports import any_free, is_free

from .services import every

SECONDS = 20.0
PROMPT = Prompt(question="hello", language="en")
START = (sys.executable, "-m", "model_services", "--service", "llm", "--engine", "echo")


@contextmanager
def started(*options: str) -> Iterator["subprocess.Popen[str]"]:
    """A service that has said that it listens."""
    process = subprocess.Popen(
        [*START, *options], stdout=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        assert process.stdout is not None
        assert "llm (echo)" in process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.wait(SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def answer_of(port: int) -> str:
    async def turn() -> str:
        reached = Models.over("thrift", {"LLM_URL": f"thrift://127.0.0.1:{port}"})
        pieces = await every(reached.llm.complete(PROMPT, SECONDS))
        await reached.close()
        return "".join(pieces)

    return asyncio.run(turn())


def test_several_processes_share_a_port_and_end_together() -> None:
    port = any_free(1)[0]
    with started("--protocol", "thrift", "--port", str(port), "--processes", "2") as process:
        children = psutil.Process(process.pid).children()
        assert len(children) == 2
        assert answer_of(port) == "hello"
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)
        assert not psutil.wait_procs(children, timeout=SECONDS)[1]


def test_a_port_that_is_taken_is_an_error_and_not_shared_unasked() -> None:
    port = any_free(1)[0]
    listening = ("--protocol", "thrift", "--port", str(port))
    with started(*listening):
        second = subprocess.run(
            [*START, *listening], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    assert second.returncode != 0
    assert str(port) in second.stderr


def test_recado_assistant_starts_shows_and_stops_the_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECADO_HOME", str(tmp_path))
    for service in ("STT", "LLM", "TTS"):
        monkeypatch.setenv(f"{service}_ENGINE", "echo")
    port = _three_free()
    run = CliRunner().invoke
    up = run(app, ["assistant", "up", "--protocol", "thrift", "--port", str(port)])
    try:
        assert f"LLM_URL=thrift://127.0.0.1:{port + 1}" in up.output
        assert answer_of(port + 1) == "hello"
        assert run(app, ["assistant", "status"]).output.count("runs") == 3
    finally:
        down = run(app, ["assistant", "down"])
    assert "stopped" in down.output
    assert is_free(port + 1)
    assert "do not run" in run(app, ["assistant", "status"]).output


def test_an_engine_that_is_not_there_is_said_in_a_line() -> None:
    asked = [*START, "--protocol", "grpc", "--port", "7101", "--engine", "nothing"]
    failed = subprocess.run(asked, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert failed.returncode != 0
    assert failed.stderr.startswith("model service llm: LLM_ENGINE is 'nothing'")
    assert "Traceback" not in failed.stderr


def _three_free() -> int:
    """A port with two more free ones behind it."""
    return next(
        port for port in any_free(50) if port < 65_000 and is_free(port + 1) and is_free(port + 2)
    )
