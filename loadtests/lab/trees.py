"""Processor time and memory of process trees, read from outside."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

_LOOK_S = 0.2
MIB = 2**20


@dataclass
class Tree:
    """Some processes with everything they started."""

    pids: Sequence[int]

    def processes(self) -> Iterator[psutil.Process]:
        """Those that run now."""
        for pid in self.pids:
            with suppress(psutil.NoSuchProcess):
                root = psutil.Process(pid)
                yield root
                yield from root.children(recursive=True)

    def cpu_seconds(self) -> float:
        """User and system time of all of them so far."""
        total = 0.0
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def resident_mb(self) -> float:
        """Resident memory of all of them, MiB; pages they share count once for each."""
        total = 0
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total / MIB

    def connections(self) -> set[tuple[int, int]]:
        """Ports of TCP connections that are open: the tree's own and the other end's."""
        found = set()
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                found |= {
                    (each.laddr.port, each.raddr.port)
                    for each in process.net_connections("tcp")
                    if each.status == psutil.CONN_ESTABLISHED
                }
        return found


@dataclass
class HighWater:
    """Watches a tree's memory on a thread of its own, and keeps the most it had."""

    tree: Tree
    most_mb: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "HighWater":
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            self.most_mb = max(self.most_mb, self.tree.resident_mb())
            if self._over.wait(_LOOK_S):
                return
