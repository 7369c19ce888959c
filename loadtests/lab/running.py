"""Makes one run: fresh servers, fresh generators, the load, and what was seen of it from outside.

All processes are forked from one that has imported everything and done nothing, so that a run
starts in a moment and no run inherits another's state.
"""

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

from loadtests.lab import generating, serving
from loadtests.lab.design import FAILS_AFTER_S, GENERATORS, SERVERS, Loop, Part, Run, Size
from loadtests.lab.generating import Share, Spoken, Told
from loadtests.lab.loops import Window
from loadtests.lab.outcomes import Outcome
from loadtests.lab.rows import Seen
from loadtests.lab.scenarios import named
from loadtests.lab.serving import Stand
from loadtests.lab.trees import HighWater, Tree
from operations.errors import Trouble

_PROTOCOLS = ("grpc", "thrift", "rest")
_READY_S = 60.0
_GRACE_S = 5.0
_PRELOADED = [
    "__main__",
    *("loadtests.lab.serving", "loadtests.lab.generating", "model_services.engines.emulated"),
    *(f"model_services.{name}" for name in _PROTOCOLS),
    *(f"assistant.gateway.{name}" for name in _PROTOCOLS),
]
_AHEAD_S = 0.05
"""From telling the generators of a moment until it comes."""
_PATIENCE_S = 3 * FAILS_AFTER_S
"""The longest a warm-up, or what comes after a window, can take: a turn or two."""


def processes() -> ForkServerContext:
    """Where the processes of runs come from."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def measure(run: Run, size: Size, seed: int, spoken: Spoken | None) -> Seen:
    """Make a run.

    Raises:
        Trouble: a server or a generator does not start, or does not end.
    """
    load_before = round(os.getloadavg()[0], 2)
    cell = run.cell
    with ExitStack() as stack:
        stands = [
            Stand(cell.part, cell.protocol, named(cell.scenario), place) for place in range(SERVERS)
        ]
        servers = [stack.enter_context(_started(serving.serve, stand)) for stand in stands]
        urls = [_heard(line, "a server") for _, line in servers]
        shares = [_share(run, size, urls, place, seed, spoken) for place in range(GENERATORS)]
        crowd = [stack.enter_context(_started(generating.generate, share)) for share in shares]
        for _, line in crowd:
            _heard(line, "a generator")
        window = _warmed_up(run, [line for _, line in crowd])
        for _, line in crowd:
            line.send(window)
        watched = _over_the_window(window, _tree(servers), _tree(crowd))
        told = [_heard(line, "a generator", _PATIENCE_S) for _, line in crowd]
    return _together(told, watched, load_before)


def _share(
    run: Run, size: Size, urls: Sequence[Any], place: int, seed: int, spoken: Spoken | None
) -> Share:
    cell = run.cell
    closed = cell.loop is Loop.CLOSED
    users = int(cell.load) // GENERATORS + (place < int(cell.load) % GENERATORS)
    return Share(
        protocol=cell.protocol,
        servers=urls,
        scenario=named(cell.scenario),
        connections=users if closed else size.connections,
        rate=0.0 if closed else cell.load,
        warm_up=cell.times.warm_up,
        limit=FAILS_AFTER_S,
        spread=min(cell.times.warm_up, named(cell.scenario).service_ms / 1000),
        place=place,
        of=GENERATORS,
        seed=f"{seed}/{run.key}/{place}",
        spoken=spoken if cell.part is Part.TINY else None,
    )


def _warmed_up(run: Run, crowd: Sequence[Connection]) -> Window:
    """Let the generators begin; the window comes when each of their users has had a turn.

    It is as long as that took, if that is more than was planned: a slow arm is measured over as
    many turns as a quick one.
    """
    start = time.monotonic() + _AHEAD_S
    for line in crowd:
        line.send(start)
    for line in crowd:
        _heard(line, "a generator", _PATIENCE_S)
    begin = time.monotonic() + _AHEAD_S
    return Window(begin, begin + max(run.cell.times.window, begin - start))


@contextmanager
def _started(target: Any, task: Any) -> Iterator[tuple[ForkServerProcess, Connection]]:
    """A process that is given a task and a line to here, ended with the block."""
    ours, theirs = multiprocessing.Pipe()
    process = processes().Process(target=target, args=(task, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        ours.close()
        process.terminate()
        process.join(_GRACE_S)
        if process.is_alive():
            process.kill()
            process.join()


def _heard(line: Connection, who: str, seconds: float = _READY_S) -> Any:
    """The next thing a process says."""
    if not line.poll(seconds):
        raise Trouble(f"{who} of the lab said nothing for {seconds:.0f} s", "run it again")
    try:
        return line.recv()
    except EOFError as error:
        raise Trouble(f"{who} of the lab ended; why is printed above", "run it again") from error


def _tree(started: Sequence[tuple[ForkServerProcess, Connection]]) -> Tree:
    return Tree([process.pid for process, _ in started if process.pid])


@dataclass(frozen=True)
class Watched:
    """What was seen of the processes from outside, over the window."""

    window: float
    server_cpu: float
    client_cpu: float
    server_mb: float
    connections: int
    reconnected: int


def _over_the_window(window: Window, servers: Tree, clients: Tree) -> Watched:
    _sleep_until(window.begin)
    before = servers.cpu_seconds(), clients.cpu_seconds()
    connected = servers.connections()
    with HighWater(servers) as memory:
        _sleep_until(window.end)
    cpu = servers.cpu_seconds() - before[0], clients.cpu_seconds() - before[1]
    at_the_end = servers.connections()
    reconnected = len(at_the_end - connected)
    return Watched(window.end - window.begin, *cpu, memory.most_mb, len(at_the_end), reconnected)


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))


def _together(told: Sequence[Told], watched: Watched, load_before: float) -> Seen:
    faults: dict[str, int] = {}
    for each in told:
        for name, times in each.faults.items():
            faults[name] = faults.get(name, 0) + times
    return Seen(
        took={outcome: [s for each in told for s in each.took[outcome]] for outcome in Outcome},
        late=[late for each in told for late in each.late],
        faults=faults,
        inside=sum(each.inside for each in told),
        rate=sum(each.rate for each in told),
        load_before=load_before,
        **asdict(watched),
    )
