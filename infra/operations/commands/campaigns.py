"""campaign create, launch, approve, watch, pause, resume, cancel, retry, list, recipients."""

from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from operations import reporting, tokens, world
from operations.console import console, note
from operations.errors import Trouble
from operations.watching import watch as watch_it
from recado.contracts import Segment
from recado.model import Lane

app = typer.Typer(help="Campaigns: bulk and billing e-mail.", no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Its id, as `create` printed it.")]


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What staff will call it.")],
    template: Annotated[str, typer.Option(help="The template's id.")],
    lane: Annotated[Lane, typer.Option(help="Its class of mail.")] = Lane.BILLING,
    segment: Annotated[Segment | None, typer.Option(help="To these customers …")] = None,
    plan: Annotated[str | None, typer.Option(help="… of this plan")] = None,
    city: Annotated[str | None, typer.Option(help="… in this city")] = None,
    min_days: Annotated[int | None, typer.Option(min=1, help="… overdue for so many days.")] = None,
    file: Annotated[str | None, typer.Option(help="Or to an uploaded list, by its key.")] = None,
    starts_at: Annotated[str | None, typer.Option(help="When: 2026-03-01T12:00:00Z.")] = None,
) -> None:
    """Write a campaign down; nothing is sent before `launch`."""
    audience = _audience(segment, file, plan=plan, city=city, min_days_overdue=min_days)
    wanted = {
        "name": name,
        "lane": lane.value,
        "template_id": template,
        "audience": audience,
        "starts_at": starts_at,
    }
    body = {key: value for key, value in wanted.items() if value is not None}
    with tokens.api(world.current()) as api:
        campaign = api.post("/v1/campaigns", body)
    console.print(Text(campaign["id"]))
    note((f"a draft; send it with: recado campaign launch {campaign['id']}", "quiet"))


def _audience(segment: Segment | None, file: str | None, **narrower: Any) -> dict[str, Any]:
    if (segment is None) == (file is None):
        raise Trouble("say to whom: either --segment or --file", "--segment overdue", code=2)
    if file is not None:
        return {"file": file}
    given = {key: value for key, value in narrower.items() if value is not None}
    return {"segment": segment, **given}


@app.command()
def launch(
    campaign: Id,
    follow: Annotated[bool, typer.Option("--watch", help="Watch it until it is over.")] = False,
) -> None:
    """Check that the campaign can be rendered for everybody, and start it."""
    with tokens.api(world.current()) as api:
        launched = api.post(f"/v1/campaigns/{campaign}/launch")
    if launched["status"] == "awaiting_approval":
        note(("! ", "warning"), f"{campaign} goes to so many that somebody else has to approve it")
        note((f"with a token of their own: recado campaign approve {campaign}", "quiet"))
        return
    note(("✓ ", "good"), f"launched {campaign}")
    if follow:
        watch(campaign)


@app.command()
def approve(campaign: Id) -> None:
    """Let a large send go that somebody else launched; shows what it is first."""
    with tokens.api(world.current()) as api:
        view = api.get(f"/v1/campaigns/{campaign}")
        console.print(Padding(reporting.to_approve(view), (0, 0, 0, 2)))
        approval = view.get("approval") or {}
        query = f"?request={approval['id']}" if approval else ""
        api.post(f"/v1/campaigns/{campaign}/approve{query}")
    note(("✓ ", "good"), f"approved {campaign}")


@app.command()
def reject(
    campaign: Id, reason: Annotated[str, typer.Option(help="Why, for whoever launched it.")]
) -> None:
    """Send a campaign that waits for approval back; it is a draft again."""
    with tokens.api(world.current()) as api:
        api.post(f"/v1/campaigns/{campaign}/reject", {"reason": reason})
    note(("✓ ", "good"), f"rejected {campaign}")


@app.command()
def watch(campaign: Id) -> None:
    """Show the campaign's progress until it is over; Ctrl-C stops watching, not the campaign."""
    with tokens.api(world.current()) as api:
        try:
            standing = watch_it(api, campaign)
        except KeyboardInterrupt:
            note(("the campaign goes on", "quiet"))
            return
    console.print(Padding(reporting.states(standing.counts), (0, 0, 0, 2)))


@app.command()
def pause(campaign: Id) -> None:
    """Send nothing more until `resume`."""
    _order(campaign, "pause", "pausing")


@app.command()
def resume(campaign: Id) -> None:
    """Go on where it was paused."""
    _order(campaign, "resume", "resuming")


@app.command()
def cancel(campaign: Id) -> None:
    """Send nothing more, for good."""
    _order(campaign, "cancel", "cancelling")


@app.command()
def retry(campaign: Id) -> None:
    """Try exactly those again who failed."""
    _order(campaign, "retry", "trying the failed ones of")


def _order(campaign: str, action: str, said: str) -> None:
    with tokens.api(world.current()) as api:
        api.post(f"/v1/campaigns/{campaign}/{action}")
    note(("✓ ", "good"), f"{said} {campaign}")


@app.command("list")
def list_campaigns(
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many, newest first.")] = 20,
) -> None:
    """The latest campaigns."""
    with tokens.api(world.current()) as api:
        items = api.get("/v1/campaigns", limit=limit)["items"]
    console.print(Padding(reporting.campaigns(items), (0, 0, 0, 2)))


@app.command()
def recipients(
    campaign: Id,
    state: Annotated[
        str | None, typer.Option(help="Only those: failed, bounced, pending …")
    ] = None,
) -> None:
    """Who is in the campaign, in which state, and why."""
    listed = reporting.table("recipient", "state", "reason")
    cursor: str | None = None
    with tokens.api(world.current()) as api:
        while True:
            page = api.get(f"/v1/campaigns/{campaign}/recipients", state=state, cursor=cursor)
            for item in page["items"]:
                listed.add_row(str(item["id"]), str(item["state"]), str(item.get("reason") or ""))
            cursor = page.get("cursor")
            if not cursor:
                break
    console.print(Padding(listed, (0, 0, 0, 2)))
