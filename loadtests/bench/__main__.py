"""`python -m loadtests.bench`: every piece in order, or those of `--only`, then the page."""

import importlib
import signal
import sys
import time
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from operations.errors import Trouble

PIECES = ("parallel", "quota", "peer", "budget", "cold", "cost", "scale", "page")
"""In the order they run: `scale` reads what `parallel` and `budget` measured, `page` everything."""
LARGEST = 10
console = Console()


def main(
    only: Annotated[str, typer.Option(help="One piece, or several with commas.")] = "",
    scale: Annotated[float, typer.Option(help="Size: 1 is the published one.")] = 1.0,
) -> None:
    """Measure, and write docs/bench/*.csv, *.png and the tables of docs/bench.md."""
    chosen = only.split(",") if only else list(PIECES)
    unknown = sorted(set(chosen) - set(PIECES))
    if unknown:
        _refuse(f"no piece {', '.join(unknown)}", f"ONLY is of {', '.join(PIECES)}")
    if not 0 < scale <= LARGEST:
        _refuse(f"size {scale:g} is out of bounds", f"SIZE is above 0 and at most {LARGEST}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    for name in chosen:
        begun = time.monotonic()
        console.print(f"[bold]{name}[/]")
        try:
            importlib.import_module(f"loadtests.bench.{name}").run(scale)
        except Trouble as trouble:
            console.print(f"[red]{trouble.problem}[/]\n    -> {trouble.remedy}")
            raise typer.Exit(trouble.code) from trouble
        console.print(f"  {name} took {time.monotonic() - begun:.0f} s")


def _refuse(problem: str, remedy: str) -> NoReturn:
    console.print(f"[red]{problem}[/]\n    -> {remedy}")
    raise typer.Exit(2)


if __name__ == "__main__":
    typer.run(main)
