"""token create: who may call the API."""

from typing import Annotated

import typer
from rich.text import Text

from operations import tokens, world
from operations.console import complaints, console
from recado.auth import Role

app = typer.Typer(help="Tokens for the API.", no_args_is_help=True)


@app.callback()
def _token() -> None:
    """Tokens for the API."""


@app.command()
def create(
    role: Annotated[Role, typer.Option(help="What it may do.")],
    label: Annotated[str, typer.Option(help="Whose it is, as logs will name it.")],
    save: Annotated[bool, typer.Option("--save", help="Keep it for the next commands.")] = False,
) -> None:
    """Make a token, writing its hash straight to the table: the way to the first one."""
    here = world.current()
    token = tokens.create(here, role, label)
    console.print(Text(token), soft_wrap=True)
    complaints.print(Text("it is shown this once; only its hash is kept", "quiet"))
    if save:
        complaints.print(Text(f"saved in {tokens.save(here, token)}", "quiet"), soft_wrap=True)
