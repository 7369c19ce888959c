"""up, down, deploy, status, inbox, demo: the world itself."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from operations import demo as journey
from operations import reporting, world
from operations.console import console, heading, note, step
from operations.errors import Trouble
from operations.local import LocalWorld
from operations.simulator import Pace
from operations.world import World


def up(
    deploy: Annotated[bool, typer.Option("--deploy", help="Build and deploy as well.")] = False,
    rate: Annotated[
        float, typer.Option(help="Mails a second that SES accepts.")
    ] = Pace.max_send_rate,
    quota: Annotated[int, typer.Option(help="Mails a day that SES accepts.")] = Pace.daily_quota,
    latency: Annotated[
        float, typer.Option(help="Milliseconds a call to SES takes.")
    ] = Pace.latency_ms,
) -> None:
    """Start a local world: the AWS emulator, the SES simulator and a mailbox."""
    here = world.local("started")
    if here.is_up:
        note(("✓ ", "good"), f"the {here.name} world is running already")
    else:
        what = f"{here.emulator.name}, the SES simulator and the mailbox"
        with step(f"Starting {what}", f"{what} run"):
            here.up(Pace(rate, quota, latency))
    if deploy:
        journey.deploy(here)
        _addresses(here)


def down() -> None:
    """Stop the local world; what was in it is forgotten."""
    here = world.local("stopped")
    if here.down():
        note(("✓ ", "good"), f"stopped the {here.name} world")
    else:
        note((f"the {here.name} world was not running", "quiet"))


def deploy() -> None:
    """Build what changed, and deploy template.yaml into the running world."""
    here = world.local("deployed to")
    if not here.is_up:
        raise Trouble(f"the {here.name} world is not running", "recado up --deploy")
    journey.deploy(here, always=True)
    _addresses(here)


def status() -> None:
    """What runs, where, and what waits in the queues."""
    here = world.current()
    if isinstance(here, LocalWorld):
        _processes(here)
    _addresses(here)
    heading("Queues")
    console.print(Padding(_queues(here), (0, 0, 0, 2)))


inboxes = typer.Typer(help="The mail of this world: sent, and received.")


@inboxes.callback(invoke_without_command=True)
def inbox(
    context: typer.Context,
    open_it: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
) -> None:
    """Where the mail that this world sent can be read."""
    if context.invoked_subcommand:
        return
    here = world.current()
    here.outputs()
    if here.inbox_url is None:
        raise Trouble("this world sends real mail: there is no inbox to look into", code=2)
    console.print(here.inbox_url)
    if open_it:
        typer.launch(here.inbox_url)


@inboxes.command()
def drop(
    files: Annotated[list[Path], typer.Argument(help="Mails (.eml), as they would arrive.")],
) -> None:
    """Put mails into the mailbox that signup reads."""
    here = world.local("written to")
    missing = [file for file in files if not file.is_file()]
    if missing:
        raise Trouble(f"there is no file {missing[0]}", "give a mail saved as .eml", code=2)
    here.outputs()
    here.drop(*(file.read_bytes() for file in files))
    note(("✓ ", "good"), f"{len(files)} in the mailbox; signup looks into it every two minutes")


def demo(
    customers: Annotated[int, typer.Option(min=1, help="How many to invent.")] = 2_000,
    once: Annotated[bool, typer.Option("--once", help="Stop when the report is printed.")] = False,
    record: Annotated[
        Path | None, typer.Option(help="Save what is shown as this SVG.", dir_okay=False)
    ] = None,
) -> None:
    """From nothing to a delivered billing campaign, with a report at the end."""
    journey.run(world.local("shown"), customers, once=once, picture=record)


def _processes(here: LocalWorld) -> None:
    heading(f"The {here.name} world")
    record = here.record
    running = Table.grid(padding=(0, 3))
    for name, started, port in (
        (here.emulator.name, record.emulator, record.ports.emulator),
        ("SES simulator", record.simulator, record.ports.ses),
        ("mailbox", record.mailbox, record.ports.imap),
    ):
        process = started.process() if started else None
        state = ("● running", "good") if process else ("○ stopped", "bad")
        detail = f"port {port}" + (f", process {process.pid}" if process else "")
        running.add_row(Text(f"  {name}"), Text(*state), Text(detail, "quiet"))
    console.print(running)


def _addresses(here: World) -> None:
    api_url = here.api_url
    heading("Addresses")
    addresses = Table.grid(padding=(0, 3))
    for name, where in (
        ("API", api_url),
        ("API pages", f"{api_url}/v1/docs"),
        ("inbox", here.inbox_url),
    ):
        if where:
            addresses.add_row(Text(f"  {name}", "quiet"), Text(where, "accent"))
    console.print(addresses)


def _queues(here: World) -> Table:
    outputs, sqs = here.outputs(), here.client("sqs")
    listed = reporting.table("queue", "waiting", "in hand", "dead letters", right=(1, 2, 3))
    names = [key.removesuffix("Url") for key in outputs if key.endswith("Url")]
    for name in (name for name in names if f"{name}DeadUrl" in outputs):
        waiting, in_hand = _depth(sqs, outputs[f"{name}Url"])
        dead, _ = _depth(sqs, outputs[f"{name}DeadUrl"])
        listed.add_row(
            name, f"{waiting:,}", f"{in_hand:,}", Text(f"{dead:,}", "bad" if dead else "quiet")
        )
    return listed


def _depth(sqs: Any, url: str) -> tuple[int, int]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
    waiting, in_hand = (int(answer["Attributes"][name]) for name in names)
    return waiting, in_hand
