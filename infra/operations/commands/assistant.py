"""assistant up, down, status: the model services that Maestro speaks to; connect, ask: Maestro."""

import base64
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from operations import asking
from operations.assistant import FIRST_PORT, SERVICES, ModelServices
from operations.client import Api
from operations.console import console, note, step
from operations.errors import Trouble
from operations.places import Places
from operations.world import current

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


@app.command()
def connect() -> None:
    """Let the deployed assistant use the services that run here."""
    here = current()
    services = ModelServices(Places.from_env())
    if not all(services.running().values()):
        raise Trouble("the model services do not run", "recado assistant up")
    if not here.local:
        raise Trouble("the functions of AWS do not reach this machine", "give SttUrl and so on")
    asking.connect(here, services.settings())
    note(
        ("✓ ", "good"), "the deployed assistant uses them: recado assistant ask 'how much do I owe'"
    )


@app.command()
def ask(
    said: Annotated[str, typer.Argument(help="What you say: a text, or a .wav file.")],
    language: Annotated[str, typer.Option(help="en or pt-BR.")] = "en",
    conversation: Annotated[
        str, typer.Option(help="Go on with one: what the last answer said, as id:key.")
    ] = "",
    save: Annotated[Path | None, typer.Option(help="Where to put the spoken answer.")] = None,
) -> None:
    """Take a turn with the deployed assistant."""
    here = current()
    with Api.at(here.api_url, "", local=here.local) as api:
        told = api.post("/v1/assist", asking.turn_of(said, language, conversation))
    if told["transcript"]:
        note((f"heard: {told['transcript']}", "quiet"))
    console.print(told["text"], highlight=False, markup=False)
    for trouble in told["troubles"]:
        note((f"{trouble['stage']}: {trouble['message']}", "bad"))
    stages = ", ".join(f"{stage} {spent} ms" for stage, spent in told["stages"].items())
    note((stages, "quiet"))
    if save is not None:
        save.write_bytes(base64.b64decode(told["audio"]))
        note(("✓ ", "good"), f"{save} has the spoken answer")
    if kept := told["conversation"]:
        note(("go on with", "quiet"))
        console.print(f"  --conversation {kept['id']}:{kept['key']}", soft_wrap=True)
