"""The run from beginning to end: `make sam-local`."""

import fcntl
import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from operations.console import complain, note, step
from operations.embedded import Embedded
from operations.errors import Trouble
from operations.places import ROOT, Places
from samlocal import image, report
from samlocal.build import freeze
from samlocal.checks import Check, check_api, check_ledger, check_samples
from samlocal.engine import engine
from samlocal.image import IN_CONTAINERS, Origin
from samlocal.relay import relays
from samlocal.sam import Sam
from samlocal.samples import before, choose, handlers, narrow
from samlocal.stage import HOME, deployed_variables, rehearse, stage
from samlocal.variables import for_containers

EVENTS = ROOT / "events"


def invoke_all(
    function: Annotated[str | None, typer.Option(help="Only this function.")] = None,
    event: Annotated[str | None, typer.Option(help="Only samples whose name has this.")] = None,
    origin: Annotated[
        Origin, typer.Option("--image", help="Lambda's public image, or one made from Debian.")
    ] = Origin.AUTO,
) -> None:
    """Invoke every function of the template with its sample events, under SAM local."""
    began = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(_alone())
        with step("Looking for a Docker Engine", "a Docker Engine answers"):
            docker = stack.enter_context(engine(HOME))
        with step("Getting the image functions run in", "the image functions run in is there"):
            name = image.obtain(docker, Places.from_env(), origin, note)
        with step("Deploying a world to talk to", "a world to talk to is deployed"):
            world = stack.enter_context(stage())
        template = json.loads(world.artifacts.template.read_text(encoding="utf-8"))
        every = choose(handlers(template), EVENTS)
        chosen = narrow(every, function, event)
        rehearse(world, before(every, chosen))
        ports = world.record.ports
        reached = {IN_CONTAINERS.emulator: ports.emulator, IN_CONTAINERS.ses: ports.ses}
        stack.enter_context(relays(docker.gateway, docker.subnet, reached))
        built = freeze(world, HOME / "build")
        sam = Sam(world.places, docker, name, built, _write_variables(world), HOME / "logs")
        checks: Iterator[Check] = check_samples(sam, chosen)
        if function is None and event is None:
            checks = chain(checks, _ledger_then_api(world, sam))
        results = _tell(checks)
        report.summary(results, docker, name, time.monotonic() - began)
    if not all(result.good for result in results):
        raise typer.Exit(1)


def _ledger_then_api(world: Embedded, sam: Sam) -> Iterator[Check]:
    """In this order: the ledger is read when every sample has been."""
    yield check_ledger(world)
    yield from check_api(sam)


def _tell(checks: Iterator[Check]) -> list[Check]:
    report.columns()
    results: list[Check] = []
    for check in checks:
        report.line(check)
        results.append(check)
    return results


def _write_variables(world: Embedded) -> Path:
    """The file for `--env-vars`; `events/env.json` shows what is in it."""
    file = HOME / "env.json"
    variables = for_containers(deployed_variables(world), world.record.ports, IN_CONTAINERS)
    file.write_text(json.dumps(variables, indent=2), encoding="utf-8")
    return file


@contextmanager
def _alone() -> Iterator[None]:
    """Two runs would share the bridge and the engine's files."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Trouble("another `make sam-local` is running", "wait for it") from error
        yield


def run() -> None:
    """The entry point: a mistake is told in two lines, a bug keeps its traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        typer.run(invoke_all)
    except Trouble as trouble:
        complain(trouble)
        raise SystemExit(trouble.code) from None
