"""template put: what campaigns say."""

from pathlib import Path
from typing import Annotated

import typer

from operations import bodies, tokens, world
from operations.console import note

app = typer.Typer(help="What campaigns say.", no_args_is_help=True)


@app.callback()
def _template() -> None:
    """What campaigns say."""


@app.command()
def put(
    template_id: Annotated[str, typer.Argument(metavar="ID")],
    source: Annotated[
        Path,
        typer.Argument(help="A folder of pt-BR.subject.txt, .html, .txt, en.…, or a JSON file."),
    ],
) -> None:
    """Store a template, as a new version if it exists."""
    found = bodies.read(source)
    with tokens.api(world.current()) as api:
        stored = api.put(f"/v1/templates/{template_id}", {"bodies": found})
    note(("✓ ", "good"), f"template {stored['id']}, version {stored['version']}")
    note((f"languages: {', '.join(found)}; fields: {', '.join(stored['fields'])}", "quiet"))
