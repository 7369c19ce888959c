"""Where the publisher runs: in a thread (tests), or in a process that takes no time from accepting.

boto3 spends about 0.3 ms of CPU on an event, several times what accepting its message costs.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ses_simulator.clock import Clock
from ses_simulator.ledger import Ledger
from ses_simulator.publisher import Publisher, Stop


@dataclass(frozen=True, slots=True)
class Target:
    """What to publish and where: the ledger's folder, the endpoint, batches at a time, and how many
    milliseconds' events go into a file."""

    state: Path
    endpoint: str
    region: str
    workers: int
    file_ms: int

    def publisher(self, ledger: Ledger, now_ms: Callable[[], int]) -> Publisher:
        """Who publishes it."""
        return Publisher(ledger, self.endpoint, self.region, self.workers, self.file_ms, now_ms)


class Background(Protocol):
    """A publisher at work."""

    def start(self) -> None: ...
    def running(self) -> bool: ...
    def stop(self) -> None: ...


class InThread:
    """Publishes from a thread of this process."""

    def __init__(self, target: Target, ledger: Ledger, now_ms: Callable[[], int]) -> None:
        self._stop = threading.Event()
        publisher = target.publisher(ledger, now_ms)
        self._thread = threading.Thread(target=publisher.run, args=(self._stop,), daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def running(self) -> bool:
        """Whether it began and has not ended."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Finish the wave under way and end."""
        self._stop.set()
        self._thread.join()


class InProcess:
    """Publishes from a process of its own, which ends with this one even if that is killed."""

    def __init__(self, target: Target) -> None:
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self._process = context.Process(target=_publish, args=(target, self._stop), daemon=True)

    def start(self) -> None:
        """Begin."""
        self._process.start()

    def running(self) -> bool:
        """Whether it began and has not ended."""
        return self._process.pid is not None and self._process.is_alive()

    def stop(self) -> None:
        """Finish the wave under way and end."""
        self._stop.set()
        self._process.join()


def _publish(target: Target, stop: Stop) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    ledger = Ledger(target.state, keep_bodies=0)
    target.publisher(ledger, Clock()).run(stop)
    ledger.close()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
