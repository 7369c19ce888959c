"""`recado demo`: from nothing to a delivered billing campaign, told as it happens."""

import re
import time
from datetime import date
from pathlib import Path

from rich.table import Table
from rich.text import Text

from operations import journey, reporting, sample, simulator, tokens, uploads
from operations.client import Api
from operations.console import WIDTH_OF_A_PICTURE, console, heading, note, start_recording, step
from operations.errors import Trouble
from operations.local import LocalWorld
from operations.watching import Standing, watch
from recado.auth import Role

_FEEDBACK_S = 30.0
_WEB_FONT = re.compile(r"\s*@font-face \{[^}]*\}")
"""A picture is complete in itself: it fetches no font from anywhere."""
_PATIENCE_S = 90.0
_WATCH_S = 3600


def run(world: LocalWorld, customers: int, *, once: bool, picture: Path | None) -> None:
    """The whole journey; the world stops at the end if it was started here.

    Raises:
        Trouble: a step failed, or the numbers contradict each other.
    """
    if picture:
        start_recording()
    started_here = prepare(world)
    try:
        with _api(world) as api:
            _tell(world, api, customers)
            if picture:
                _save(picture)
            if not once:
                _stay(started_here)
    finally:
        if started_here:
            with step("Stopping the world", "stopped the world"):
                world.down()


def prepare(world: LocalWorld) -> bool:
    """Start, build and deploy whatever is not there yet; True when the world was started here."""
    heading("The world")
    if world.is_up:
        note(("✓ ", "good"), f"the {world.name} world is running")
        started_here = False
    else:
        what = f"{world.emulator.name}, the SES simulator and the mailbox"
        with step(f"Starting {what}", f"{what} run"):
            started_here = world.up()
    try:
        deploy(world)
    except BaseException:
        if started_here:
            world.down()
        raise
    return started_here


def deploy(world: LocalWorld, *, always: bool = False) -> None:
    """Build what changed and deploy it, unless that is what is deployed already."""
    if not world.artifacts.is_current():
        with step("Building template.yaml with SAM", "built template.yaml"):
            world.build()
    if always or not world.is_deployed:
        with step("Deploying template.yaml", "deployed template.yaml"):
            world.deploy()


def _api(world: LocalWorld) -> Api:
    if tokens.saved(world) is None:
        tokens.save(world, tokens.create(world, Role.ADMIN, "demo"))
    return tokens.api(world)


def _tell(world: LocalWorld, api: Api, customers: int) -> None:
    today = journey.today()
    heading("The operator's data")
    _import(world, api, sample.make(customers, today))
    heading("A billing campaign")
    campaign_id = _launch(api, today)
    standing = watch(api, campaign_id, patience_s=_PATIENCE_S, feedback_s=_FEEDBACK_S)
    heading(f"Report of {today:%B %Y}")
    console.print(reporting.month(api.get("/v1/reports/summary", month=f"{today:%Y-%m}")))
    _check(world, campaign_id, standing)
    _where_to_look(world, campaign_id)


def _import(world: LocalWorld, api: Api, data: sample.Sample) -> None:
    customers, invoices = data.write(world.places.sample)
    for kind, file, rows in (
        ("customers", customers, len(data.customers)),
        ("invoices", invoices, len(data.invoices)),
    ):
        with step(f"Importing {file.name}", f"imported {rows:,} {kind}"):
            last = list(uploads.follow_import(api, uploads.start_import(api, kind, file)))[-1]
        if last["status"] != "done" or last["rejected"]:
            console.print(reporting.imported(last))
            raise Trouble(f"the sample's {kind} were not all accepted", "recado logs")


def _launch(api: Api, today: date) -> str:
    with step("Storing the template", "stored the template 'overdue' in pt-BR and en"):
        journey.put_template(api)
    with step("Launching", "launched the campaign to everybody who is overdue"):
        campaign_id = journey.launch(api, today)
    console.print()
    return campaign_id


def _check(world: LocalWorld, campaign_id: str, standing: Standing) -> None:
    ledger = simulator.ledger(world.ses_url, campaign_id)
    problems = journey.contradictions(standing, ledger)
    if problems:
        raise Trouble("the campaign does not add up: " + "; ".join(problems), "recado logs")
    note(
        ("✓ ", "good"),
        f"{standing.total:,} in the audience, {ledger['accepted']:,} accepted by SES, none twice",
    )


def _where_to_look(world: LocalWorld, campaign_id: str) -> None:
    heading("Where to look")
    places = Table.grid(padding=(0, 3))
    for name, where in (
        ("inbox", world.inbox_url),
        ("API", world.api_url),
        ("API pages", f"{world.api_url}/v1/docs"),
        ("this campaign", f".venv/bin/recado campaign watch {campaign_id}"),
        ("queues", ".venv/bin/recado status"),
        ("logs", ".venv/bin/recado logs --follow"),
    ):
        places.add_row(Text(f"  {name}", "quiet"), Text(where, "accent" if "://" in where else ""))
    console.print(places)


def _save(picture: Path) -> None:
    picture.parent.mkdir(parents=True, exist_ok=True)
    console.width = WIDTH_OF_A_PICTURE
    drawn = console.export_svg(title="make demo", clear=False)
    picture.write_text(_WEB_FONT.sub("", drawn), encoding="utf-8")
    note(("✓ ", "good"), f"saved this picture as {picture}")


def _stay(started_here: bool) -> None:
    console.print()
    if not started_here:
        note(("the world goes on running; stop it with: recado down", "quiet"))
        return
    note(("the world stays up until Ctrl-C", "quiet"))
    try:
        while True:
            time.sleep(_WATCH_S)
    except KeyboardInterrupt:
        console.print()
