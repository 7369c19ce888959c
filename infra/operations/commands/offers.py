"""offers rules show, put, enable, disable; explain, results: the rules, and why who got what."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from operations import reporting, tokens, world
from operations.console import console, heading, note
from operations.errors import Trouble

app = typer.Typer(help="Offers that follow from conversations.", no_args_is_help=True)
rules = typer.Typer(help="The rules that lead to offers.", no_args_is_help=True)
app.add_typer(rules, name="rules")

_RULES = "/v1/marketing/rules"


@rules.command("show")
def show() -> None:
    """Print the newest version of the rules, as JSON to edit and put."""
    with tokens.api(world.current()) as api:
        document = api.get(_RULES)
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


@rules.command("put")
def put(
    file: Annotated[Path, typer.Argument(help="A JSON file, as `rules show` prints it.")],
) -> None:
    """Store edited rules as a new version; refused if somebody saved another one meanwhile."""
    document = _read(file)
    with tokens.api(world.current()) as api:
        _tell(api.put(_RULES, document))


@rules.command("enable")
def enable(
    ids: Annotated[list[str], typer.Argument(metavar="RULE...", help="The rules' ids.")],
) -> None:
    """Switch rules on, in a new version."""
    _switch(ids, enabled=True)


@rules.command("disable")
def disable(
    ids: Annotated[list[str], typer.Argument(metavar="RULE...", help="The rules' ids.")],
) -> None:
    """Switch rules off, in a new version."""
    _switch(ids, enabled=False)


@app.command()
def explain(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    language: Annotated[str, typer.Option(help="en or pt-BR")] = "en",
) -> None:
    """Why a customer got an offer, or got none: every decision, the latest first."""
    with tokens.api(world.current()) as api:
        known = api.get(f"/v1/marketing/customers/{customer}")
    for explained in known["decisions"]:
        heading(str(explained["at"])[:19].replace("T", " "))
        words = explained["words"].get(language) or next(iter(explained["words"].values()))
        for sentence, finding in zip(words, explained["decision"]["findings"], strict=True):
            console.print(Padding(Text(sentence), (0, 0, 0, 2)))
            for counted in finding["counted"]:
                for evidence in counted["interest"]["evidence"]:
                    quote = f"{counted['conversation_id']}: “{evidence['quote']}”"
                    console.print(Padding(Text(quote, "quiet"), (0, 0, 0, 6)))
    if not known["decisions"]:
        note(("nothing was decided yet; the schedule decides every five minutes", "quiet"))


@app.command()
def results() -> None:
    """What each rule brought, compared with those who were held out."""
    listed = reporting.table("rule", "offered", "held out", "settled", "difference", "verdict")
    with tokens.api(world.current()) as api:
        for rule in api.get("/v1/marketing/results")["rules"]:
            found = rule["uplift"]
            settled = f"{found['offered']['settled']} / {found['held_out']['settled']}"
            listed.add_row(
                *(rule["rule"], str(rule["offered"]), str(rule["held_out"]), settled),
                *(_difference(found), found["verdict"]),
            )
    console.print(Padding(listed, (0, 0, 0, 2)))


def _switch(ids: list[str], *, enabled: bool) -> None:
    with tokens.api(world.current()) as api:
        document = api.get(_RULES)
        known = {rule["id"]: rule for rule in document["rules"]}
        for name in ids:
            if name not in known:
                raise Trouble(f"there is no rule {name}", f"one of: {', '.join(known)}", code=2)
            known[name]["enabled"] = enabled
        _tell(api.put(_RULES, document))


def _tell(stored: dict[str, Any]) -> None:
    enabled = [rule["id"] for rule in stored["rules"] if rule["enabled"]]
    note(("✓ ", "good"), f"rules, version {stored['version']}")
    note((f"enabled: {', '.join(enabled) or 'none'}", "quiet"))


def _difference(found: dict[str, Any]) -> str:
    if found["difference"] is None:
        return "-"
    low, high = (100 * found[end] for end in ("low", "high"))
    return f"{100 * found['difference']:+.1f} points ({low:+.1f} to {high:+.1f})"


def _read(file: Path) -> dict[str, Any]:
    """The document in a file.

    Raises:
        Trouble: it is not there or no JSON object.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror}", code=2) from error
    except ValueError as error:
        raise Trouble(f"{file} is not JSON: {error}", "recado offers rules show", code=2) from error
    if not isinstance(document, dict):
        raise Trouble(f"{file} holds no JSON object", "recado offers rules show", code=2)
    return document
