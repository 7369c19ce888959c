"""invite, inbox drop: sign-up by answering an e-mail."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from operations import reporting, tokens, uploads, world
from operations.client import Api
from operations.console import console, note
from operations.errors import ApiRefused, Trouble
from recado import clock, ids

TEMPLATE = "signup-invitation"
_NOT_FOUND = 404


def invite(
    file: Annotated[
        Path | None,
        typer.Argument(help="A CSV or NDJSON file with email, name, language, plan."),
    ] = None,
    to: Annotated[list[str] | None, typer.Option(help="Or these addresses.")] = None,
    name: Annotated[str, typer.Option(help="What staff will call it.")] = "",
    template: Annotated[str, typer.Option(help="The template's id.")] = TEMPLATE,
) -> None:
    """Invite people to sign up by answering an e-mail."""
    if (file is None) == (not to):
        raise Trouble("say whom to invite: either a file or --to", "--to ana@example.com", code=2)
    body: dict[str, Any] = {"id": ids.new("bat", clock.now()), "template_id": template}
    body |= {"name": name} if name else {}
    with tokens.api(world.current()) as api:
        if template == TEMPLATE:
            store_template(api)
        if file is not None:
            body["file"] = uploads.upload_audience(api, file)
        else:
            body["people"] = [{"email": address} for address in to or ()]
        batch = api.post("/v1/invitations", body)
    console.print(Text(batch["id"]))
    note(("✓ ", "good"), f"inviting {batch['invited']:,} with campaign {batch['campaign_id']}")
    for fault in batch["faults"]:
        note(("! ", "warning"), f"line {fault['line']}: {fault['reason']}")
    note((f"how far they are: recado invitations {batch['id']}", "quiet"))


def invitations(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="As `recado invite` printed it.")],
) -> None:
    """How far the people of a batch are."""
    listed = reporting.table("invited", "state", "reason")
    cursor: str | None = None
    with tokens.api(world.current()) as api:
        shown = api.get(f"/v1/invitations/{batch}")
        while True:
            page = api.get(f"/v1/invitations/{batch}/people", cursor=cursor)
            for item in page["items"]:
                listed.add_row(item["email"], item["state"], item["reason"] or "")
            cursor = page.get("cursor")
            if not cursor:
                break
    if shown["refusal"]:
        note(("! ", "warning"), f"the campaign was not launched: {shown['refusal']}")
    console.print(Padding(listed, (0, 0, 0, 2)))


def store_template(api: Api) -> None:
    """Store the standard invitation, unless staff have one of that name."""
    try:
        api.get(f"/v1/templates/{TEMPLATE}")
    except ApiRefused as refused:
        if refused.status != _NOT_FOUND:
            raise
        standard = api.get("/v1/invitations/template")
        api.put(f"/v1/templates/{TEMPLATE}", {"bodies": standard["bodies"]})
        note(("✓ ", "good"), f"stored the standard invitation as template {TEMPLATE}")
