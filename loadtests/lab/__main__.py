"""`make lab` and `make lab FULL=1`: every run that is not kept yet, then the report."""

import signal
import sys
import time
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from operations.errors import Trouble

console = Console()
SIZES = ("small", "full")


def main(
    size: Annotated[str, typer.Option(help="small, or full: 15 runs a cell.")] = "small",
    parts: Annotated[str, typer.Option(help="Some parts, with commas; none: all.")] = "",
    seed: Annotated[int, typer.Option(help="Of the order of runs.")] = 7,
    again: Annotated[bool, typer.Option(help="Forget the rows that are kept.")] = False,
    publish: Annotated[bool, typer.Option(help="Write the tables of docs/lab.md too.")] = False,
) -> None:
    """Measure what is missing, analyse, and write the report."""
    # Processes that are forked from here run this file again: what takes long is imported late.
    from loadtests.lab import experiment
    from loadtests.lab.design import Part

    if size not in SIZES:
        _refuse(f"no size {size}", f"one of {', '.join(SIZES)}")
    if publish and size != "full":
        _refuse("docs/lab.md is for the full size", "make lab FULL=1 DOCS=yes")
    unknown = sorted(set(filter(None, parts.split(","))) - {str(part) for part in Part})
    if unknown:
        _refuse(f"no part {', '.join(unknown)}", f"PARTS is of {', '.join(Part)}")
    chosen = [part for part in Part if not parts or part in parts.split(",")]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    begun = time.monotonic()
    try:
        code = experiment.conduct(size, chosen, seed, again=again, publish=publish)
    except Trouble as trouble:
        console.print(f"[red]{trouble.problem}[/]\n    -> {trouble.remedy}")
        raise typer.Exit(trouble.code) from trouble
    console.print(f"  the lab took {time.monotonic() - begun:.0f} s")
    raise typer.Exit(code)


def _refuse(problem: str, remedy: str) -> NoReturn:
    console.print(f"[red]{problem}[/]\n    -> {remedy}")
    raise typer.Exit(2)


if __name__ == "__main__":
    typer.run(main)
