"""logs: what the functions printed, in any world, in order of time."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from operations import stack, world
from operations.console import console
from operations.embedded import Embedded
from operations.errors import Trouble

_NOT_SAID_BY_US = ("START RequestId", "END RequestId", "REPORT RequestId", "INIT_START", '{"_aws"')
"""What the platform adds, and metrics."""
_LEVELS = {"ERROR": "bad", "CRITICAL": "bad", "WARNING": "warning"}
_HIDDEN = {"level", "message", "timestamp", "location", "service", "exception", "xray_trace_id"}
_POLL_S = 1.0
_FAILED_STARTS_SHOWN = 5
_OVERLAP_MS = 5_000


def logs(
    function: Annotated[
        str, typer.Argument(help="A part of the function's name; all if left out.")
    ] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    minutes: Annotated[float, typer.Option(help="How far back to begin.")] = 10,
    errors: Annotated[bool, typer.Option("--errors", help="Only warnings and errors.")] = False,
) -> None:
    """Show what the functions logged."""
    here = world.current()
    here.outputs()
    chosen = _choose(stack.functions(here.client("cloudformation")), function)
    client = here.client("logs")
    begin = int((time.time() - minutes * 60) * 1000)
    try:
        for name, event in _events(client, chosen, begin, follow=follow):
            _show(name, event, errors_only=errors)
    except KeyboardInterrupt:
        return
    if isinstance(here, Embedded):
        _show_failed_starts(here.places.logs / "emulator.log")


def _choose(functions: dict[str, str], part: str) -> dict[str, str]:
    chosen = {name: real for name, real in functions.items() if part.lower() in name.lower()}
    if not chosen:
        known = ", ".join(sorted(functions))
        raise Trouble(f"no function is called {part!r}", f"there are {known}", code=2)
    return chosen


def _events(
    client: Any, functions: dict[str, str], begin: int, *, follow: bool
) -> Iterator[tuple[str, dict[str, Any]]]:
    seen: set[tuple[str, int, str]] = set()
    while True:
        found = [
            (name, event)
            for name, real in functions.items()
            for event in _read(client, f"/aws/lambda/{real}", begin)
            if _identity(name, event) not in seen
        ]
        for name, event in sorted(found, key=lambda pair: int(pair[1]["timestamp"])):
            seen.add(_identity(name, event))
            begin = max(begin, event["timestamp"] - _OVERLAP_MS)
            yield name, event
        if not follow:
            return
        time.sleep(_POLL_S)


def _identity(name: str, event: dict[str, Any]) -> tuple[str, int, str]:
    """MiniStack leaves the event's id out."""
    return name, event["timestamp"], event["message"]


def _read(client: Any, group: str, begin: int) -> Iterator[dict[str, Any]]:
    request: dict[str, Any] = {"logGroupName": group, "startTime": begin}
    while True:
        try:
            answer = client.filter_log_events(**request)
        except client.exceptions.ResourceNotFoundException:
            return
        yield from answer["events"]
        if "nextToken" not in answer:
            return
        request["nextToken"] = answer["nextToken"]


def _show(name: str, event: dict[str, Any], *, errors_only: bool) -> None:
    message = event["message"].rstrip()
    if message.startswith(_NOT_SAID_BY_US):
        return
    entry = _parse(message)
    style = _LEVELS.get(str(entry.get("level")), "")
    if errors_only and not style:
        return
    at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC).astimezone()
    details = {key: value for key, value in entry.items() if key not in _HIDDEN}
    console.print(
        Text.assemble(
            (f"{at:%H:%M:%S} ", "quiet"),
            (f"{name:<18} ", "accent"),
            (str(entry["message"]), style),
            (f"  {_short(details)}" if details else "", "quiet"),
        ),
        soft_wrap=True,
    )
    if entry.get("exception"):
        console.print(Text(str(entry["exception"]), "quiet"), soft_wrap=True)


def _show_failed_starts(log: Path) -> None:
    """MiniStack tells only its own log of a function that could not even be imported."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    failures = [line for line in lines if "Worker init failed" in line]
    for line in failures[-_FAILED_STARTS_SHOWN:]:
        console.print(Text(line, "bad"), soft_wrap=True)


def _parse(message: str) -> dict[str, Any]:
    try:
        entry = json.loads(message)
    except ValueError:
        return {"message": message}
    return entry if isinstance(entry, dict) and "message" in entry else {"message": message}


def _short(details: dict[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in details.items())
