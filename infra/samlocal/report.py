"""How a run is told: a line for each check as it ends, and a summary."""

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from operations.console import console
from samlocal.checks import Check
from samlocal.engine import Engine

_LAST_LINES = 25
_MIB = 1024 * 1024


def columns() -> None:
    """What the columns of `line` are."""
    _print("")
    _print(_columns("function", "event", "seconds", "answer"), "accent")


def line(check: Check) -> None:
    """One check; a failure comes with the end of its log."""
    text = _columns(check.what, check.case, f"{check.seconds:.1f}", check.says)
    _print(text.replace("  ", "✓ " if check.good else "✗ ", 1), "good" if check.good else "bad")
    if not check.good:
        for said in check.log.strip().splitlines()[-_LAST_LINES:]:
            _print(f"    {said}", "quiet")


def summary(checks: Sequence[Check], engine: Engine, image: str, seconds: float) -> None:
    """How many were good, how long it took, and what stays on the disk."""
    good = sum(check.good for check in checks)
    _print("")
    _print(f"  {good} of {len(checks)} as they should be, in {seconds:.0f} s", "accent")
    size = int(engine.docker("image", "inspect", "--format", "{{.Size}}", image))
    _print(f"  the image {image} has {size / _MIB:.0f} MiB", "quiet")
    if engine.data is not None:
        used = f"{_disk_use(engine.data) / _MIB:.0f} MiB"
        _print(f"  the Docker Engine was this run's own; its files keep {used}", "quiet")


def _columns(what: str, case: str, seconds: str, says: str) -> str:
    return f"  {what:<20}{case:<34}{seconds:>7}   {says}"


def _print(text: str, style: str = "") -> None:
    console.print(Text(text, style), soft_wrap=True)


def _disk_use(folder: Path) -> int:
    """Bytes that a folder's files take on the disk."""
    files = (file.lstat() for file in folder.rglob("*"))
    return sum(found.st_blocks * 512 for found in files)
