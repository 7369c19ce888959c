"""Processes of the local world: started apart from the terminal, stopped only when ours."""

import contextlib
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from operations.errors import Trouble

_GRACE_S = 4.0
_POLL_S = 0.05
_SAME_START_S = 1.0

_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""The processes this interpreter started itself, which it has to wait for when they end."""


@dataclass(frozen=True)
class Started:
    """A process: its id and, because ids are used again, the moment it started (epoch seconds)."""

    pid: int
    started: float

    def process(self) -> psutil.Process | None:
        """The process, if it still runs and is really the one that was started."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _SAME_START_S
        except psutil.NoSuchProcess:
            return None
        return process if same and _runs(process) else None


def start(
    command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path
) -> Started:
    """Start `command` in a session of its own; what it prints goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    return Started(child.pid, psutil.Process(child.pid).create_time())


def wait_until(
    ready: Callable[[], bool], process: Started, what: str, log: Path, seconds: float
) -> None:
    """Wait until `ready`; raises `Trouble` with the log's end when the process ends or hangs."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.process() is None:
            raise Trouble(f"{what} ended as it started: {last_line(log)}", f"its log: {log}")
        if time.monotonic() > deadline:
            raise Trouble(f"{what} did not answer within {seconds:.0f} s", f"its log: {log}")
        time.sleep(_POLL_S)


def last_line(log: Path) -> str:
    """The last line a process printed."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


def stop(started: Started) -> bool:
    """End a process and everything it started; False when it was not running any more."""
    process = started.process()
    if process is None:
        _reap(started.pid)
        return False
    children = process.children(recursive=True)
    _end([process])
    _end(children)
    _reap(started.pid)
    return True


def _end(processes: list[psutil.Process]) -> None:
    """Ask them to end, and insist after a while; those that ended already are left alone."""
    for action in (psutil.Process.terminate, psutil.Process.kill):
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                action(process)
        deadline = time.monotonic() + _GRACE_S
        while any(_runs(process) for process in processes) and time.monotonic() < deadline:
            time.sleep(_POLL_S)


def _runs(process: psutil.Process) -> bool:
    """Whether it runs; one that ended and that nobody has waited for yet (a zombie) does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _reap(pid: int) -> None:
    child = _children.pop(pid, None)
    if child is not None:
        child.wait()
