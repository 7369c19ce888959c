"""Processes: started apart, waited for, and stopped only when they are ours."""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from operations import processes
from operations.errors import Trouble

_PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


def _start(code: str, folder: Path) -> processes.Started:
    return processes.start([sys.executable, "-c", code], dict(os.environ), folder / "log", folder)


def _is_zombie(pid: int) -> bool:
    """Ended, but not waited for yet by whoever inherited it."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_stopping_a_process_ends_its_children_too(tmp_path: Path) -> None:
    started = _start(_PARENT, tmp_path)
    processes.wait_until(lambda: bool((tmp_path / "log").read_text()), started, "it", tmp_path, 10)
    child = int((tmp_path / "log").read_text())
    assert processes.stop(started)
    assert not psutil.pid_exists(child) or _is_zombie(child)
    assert started.process() is None


def test_stopping_twice_does_nothing_the_second_time(tmp_path: Path) -> None:
    started = _start("import time; time.sleep(60)", tmp_path)
    assert processes.stop(started)
    assert not processes.stop(started)


def test_a_process_that_got_the_same_id_later_is_not_ours(tmp_path: Path) -> None:
    started = _start("import time; time.sleep(60)", tmp_path)
    somebody_else = replace(started, started=started.started - 3600)
    assert somebody_else.process() is None
    assert started.process() is not None
    processes.stop(started)


def test_a_process_that_ends_as_it_starts_is_told_with_its_last_words(tmp_path: Path) -> None:
    started = _start("print('first'); print('port taken')", tmp_path)
    with pytest.raises(Trouble, match="the server ended as it started: port taken"):
        processes.wait_until(lambda: False, started, "the server", tmp_path / "log", 10)
    processes.stop(started)


def test_a_process_that_never_answers_is_given_up_on(tmp_path: Path) -> None:
    started = _start("import time; time.sleep(60)", tmp_path)
    began = time.monotonic()
    with pytest.raises(Trouble, match="did not answer within"):
        processes.wait_until(lambda: False, started, "the server", tmp_path / "log", 0.2)
    assert time.monotonic() - began < 5
    processes.stop(started)
