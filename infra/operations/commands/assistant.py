"""assistant up, down, status: the model services that Maestro speaks to."""

from typing import Annotated

import typer
from rich.table import Table

from operations.assistant import FIRST_PORT, SERVICES, ModelServices
from operations.console import console, note, step
from operations.places import Places

app = typer.Typer(
    help="The assistant's model services on this machine: speech, language model, voice.",
    no_args_is_help=True,
)

Engine = Annotated[str, typer.Option(metavar="ENGINE", help="See docs/assistant-models.md.")]


@app.command()
def up(
    protocol: Annotated[str, typer.Option(help="grpc, thrift, rest-raw or rest-json.")] = "grpc",
    port: Annotated[
        int, typer.Option(help="The first of three TCP ports.", min=1, max=65533)
    ] = FIRST_PORT,
    stt: Engine = "",
    llm: Engine = "",
    tts: Engine = "",
) -> None:
    """Start the three services, and say by which settings the assistant finds them."""
    services = ModelServices(Places.from_env())
    engines = {
        name: engine for name, engine in (("stt", stt), ("llm", llm), ("tts", tts)) if engine
    }
    with step("Starting the model services", "the model services run"):
        services.up(protocol, port, engines)
    _say_settings(services)


@app.command()
def down() -> None:
    """Stop the model services."""
    if ModelServices(Places.from_env()).down():
        note(("✓ ", "good"), "stopped the model services")
    else:
        note(("the model services were not running", "quiet"))


@app.command()
def status() -> None:
    """Which of the services run, and where."""
    services = ModelServices(Places.from_env())
    running = services.running()
    if not any(running.values()):
        note(("the model services do not run: recado assistant up", "quiet"))
        return
    settings = services.settings()
    table = Table(box=None, padding=(0, 2), show_header=False)
    for service, setting in SERVICES.items():
        state = "[good]runs[/]" if running[service] else "[bad]ended[/]"
        table.add_row(service, settings[setting], state)
    console.print(table)


def _say_settings(services: ModelServices) -> None:
    for setting, value in services.settings().items():
        console.print(f"  {setting}={value}", highlight=False)
