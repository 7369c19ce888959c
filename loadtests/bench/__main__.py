"""`python -m loadtests.bench`: every piece in order, or those of `--only`, then the page."""

import importlib
import signal
import sys
import time
from typing import Annotated

import typer
from rich.console import Console

from operations.errors import Trouble

PIECES = ("parallel", "quota", "peer", "budget", "cold", "cost", "scale", "page")
"""In the order they run: `scale` reads what `parallel` and `budget` measured, `page` everything."""
console = Console()


def main(
    only: Annotated[str, typer.Option(help="One piece, or several with commas.")] = "",
    scale: Annotated[float, typer.Option(help="Size: 1 is the published one.")] = 1.0,
) -> None:
    """Measure, and write docs/bench/*.csv, *.png and the tables of docs/bench.md."""
    chosen = only.split(",") if only else list(PIECES)
    unknown = sorted(set(chosen) - set(PIECES))
    if unknown or not 0 < scale <= 10:
        console.print(f"[red]no piece {', '.join(unknown)}, or no size {scale}[/]")
        console.print(f"    -> ONLY is one of {', '.join(PIECES)}; SIZE is above 0, at most 10")
        raise typer.Exit(2)
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


if __name__ == "__main__":
    typer.run(main)
