"""import customers, import invoices, audience upload, sample: files on their way in."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from operations import journey, reporting, tokens, uploads, world
from operations import sample as samples
from operations.client import Document
from operations.console import console, moving, note
from operations.places import Places

app = typer.Typer(help="Read customers and invoices from CSV or NDJSON.", no_args_is_help=True)
audiences = typer.Typer(help="Lists of recipients for a campaign.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A CSV or NDJSON file.")]


@app.command()
def customers(file: File) -> None:
    """Import customers; the same file twice changes nothing."""
    _import("customers", file)


@app.command()
def invoices(file: File) -> None:
    """Import invoices of customers that are known; the same file twice changes nothing."""
    _import("invoices", file)


def _import(kind: str, file: Path) -> None:
    with tokens.api(world.current()) as api:
        last: Document = {}
        with moving.status(Text(f"sending {file.name}", "quiet")) as status:
            for last in uploads.follow_import(api, uploads.start_import(api, kind, file)):
                status.update(Text(f"reading {file.name}: {last.get('rows') or 0:,} rows", "quiet"))
    console.print(reporting.imported(last))
    if last["status"] == "refused" or last["rejected"]:
        raise typer.Exit(1)


@audiences.callback()
def _audience() -> None:
    """Lists of recipients for a campaign."""


@audiences.command("upload")
def upload(file: File) -> None:
    """Upload a list of recipients; prints the key for `recado campaign create --file`."""
    with tokens.api(world.current()) as api:
        console.print(Text(uploads.upload_audience(api, file)), soft_wrap=True)


def sample(
    customers: Annotated[int, typer.Option(min=1, help="How many to invent.")] = 2_000,
    folder: Annotated[
        Path | None, typer.Option(help="Where to; .recado/sample if left out.")
    ] = None,
) -> None:
    """Write a sample operator's customers.csv and invoices.csv."""
    made = samples.make(customers, journey.today())
    for file in made.write(folder or Places.from_env().sample):
        note(("✓ ", "good"), str(file))
