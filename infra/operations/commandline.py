"""`recado`: the operator's command line. Run `recado --help` for the list."""

import signal

import typer

from operations.commands import (
    assistant,
    campaigns,
    doctor,
    health,
    imports,
    logs,
    offers,
    reports,
    signup,
    simulate,
    templates,
    tokens,
    worlds,
)
from operations.console import complain
from operations.errors import Trouble

app = typer.Typer(
    name="recado",
    help="Recado: e-mail campaigns and more, in your own AWS account, or on this machine.",
    epilog="RECADO_WORLD=embedded|localstack|aws chooses the world, RECADO_TOKEN the token.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)

_WORLD, _DATA, _SEND, _SEE = "The world", "Data", "Sending", "Seeing"

for command in (worlds.demo, worlds.up, worlds.down, worlds.deploy):
    app.command(rich_help_panel=_WORLD)(command)
app.add_typer(tokens.app, name="token", rich_help_panel=_WORLD)
app.add_typer(assistant.app, name="assistant", rich_help_panel=_WORLD)
app.command(rich_help_panel=_DATA)(imports.sample)
app.add_typer(imports.app, name="import", rich_help_panel=_DATA)
app.add_typer(imports.audiences, name="audience", rich_help_panel=_DATA)
app.add_typer(templates.app, name="template", rich_help_panel=_DATA)
app.add_typer(campaigns.app, name="campaign", rich_help_panel=_SEND)
app.add_typer(offers.app, name="offers", rich_help_panel=_SEND)
app.command(rich_help_panel=_SEND)(signup.invite)
app.command(rich_help_panel=_SEND)(signup.invitations)
for command in (worlds.status, health.health, doctor.doctor, logs.logs):
    app.command(rich_help_panel=_SEE)(command)
app.command(rich_help_panel=_SEE)(health.redrive)
app.add_typer(reports.app, name="report", rich_help_panel=_SEE)
app.add_typer(worlds.inboxes, name="inbox", rich_help_panel=_SEE)
app.add_typer(simulate.app, name="simulate", rich_help_panel=_SEE)


def run() -> None:
    """The entry point: a mistake is told in two lines, a bug keeps its traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except Trouble as trouble:
        complain(trouble)
        raise SystemExit(trouble.code) from None
