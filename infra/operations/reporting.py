"""What the API answers, as tables: a month's figures, campaigns, an import's rejected rows."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from operations.client import Document

_REJECTED_SHOWN = 10
_STATE_STYLES = {
    "delivered": "good",
    "sent": "good",
    "undelivered": "warning",
    "bounced": "warning",
    "complained": "bad",
    "suppressed": "warning",
    "failed": "bad",
    "unknown": "warning",
    "held": "warning",
}


def money(amount: Any) -> str:
    """Brazilian reais: `R$ 1.234,50`."""
    text = f"{Decimal(str(amount)):,.2f}"
    return "R$ " + text.replace(",", "\0").replace(".", ",").replace("\0", ".")


def table(*columns: str, right: Iterable[int] = ()) -> Table:
    """An empty table as all of them look; `right` says which columns are numbers."""
    made = Table(
        box=box.SIMPLE_HEAD,
        header_style="quiet",
        border_style="grey30",
        pad_edge=False,
        show_edge=False,
    )
    for position, column in enumerate(columns):
        made.add_column(column, justify="right" if position in set(right) else "left")
    return made


def month(report: Document) -> RenderableType:
    """`GET /v1/reports/summary`."""
    figures = Table.grid(padding=(0, 5, 0, 0))
    columns = (
        _figure("customers", f"{report['customers']:,}", f"{report['new_customers']:,} new"),
        _figure("billed", *_bill(report["billed"])),
        _figure("received", *_bill(report["received"])),
        _figure("overdue", *_bill(report["overdue"]), style="warning"),
    )
    figures.add_row(*columns)
    parts = (figures, _aging(report["overdue"]), campaigns(report["campaigns"]))
    return Group(Text(), *(Padding(part, (0, 0, 1, 2)) for part in parts))


def _bill(total: Mapping[str, Any]) -> tuple[str, str]:
    return money(total["amount"]), f"{total['invoices']:,} invoices"


def _figure(name: str, value: str, detail: str, style: str = "accent") -> Text:
    return Text.assemble((name, "quiet"), "\n", (value, style), "\n", (detail, "quiet"))


def _aging(overdue: Mapping[str, Any]) -> Table:
    aging = table("days overdue", "invoices", "amount", right=(1, 2))
    for days, total in overdue.get("aging", {}).items():
        aging.add_row(days, f"{total['invoices']:,}", money(total["amount"]))
    return aging


def campaigns(items: Iterable[Document]) -> Table:
    """One line for each campaign."""
    listed = table("campaign", "status", "audience", "what became of it", right=(2,))
    for item in items:
        progress = item.get("progress") or item
        listed.add_row(
            Text.assemble(item["name"], "\n", (item["id"], "quiet"), no_wrap=True),
            str(item.get("status", "")),
            f"{progress.get('total') or 0:,}",
            states(progress.get("counts") or {}),
        )
    return listed


def to_approve(campaign: Document) -> RenderableType:
    """What a second person agrees to: `GET /v1/campaigns/{id}` of a campaign that awaits it."""
    approval = campaign.get("approval") or {}
    facts = Table.grid(padding=(0, 2, 0, 0))
    audience = " ".join(f"{name}={value}" for name, value in campaign["audience"].items() if value)
    for name, value in (
        ("campaign", f"{campaign['name']} ({campaign['lane']})"),
        ("audience", f"{audience}, at least {approval.get('recipients', 0):,} recipients"),
        ("template", _templates(campaign, approval)),
        ("starts", campaign.get("starts_at") or "at once"),
        ("launched by", approval.get("asked_by", "-")),
    ):
        facts.add_row(Text(name, "quiet"), Text(str(value)))
    return facts


def states(counts: Mapping[str, int]) -> Text:
    """`606 delivered`, `6 bounced` on a line each, without the states that nobody is in."""
    parts = [
        Text(f"{number:,} {state}", _STATE_STYLES.get(state, "quiet"))
        for state, number in counts.items()
        if number
    ]
    return Text("\n").join(parts) if parts else Text("-", "quiet")


def imported(state: Document) -> RenderableType:
    """`GET /v1/imports/{id}` when it is over: the counts and the first rejected rows."""
    if state["status"] == "refused":
        reason = state.get("reason") or "it cannot be read"
        return Text.assemble(("✗ ", "bad"), f"{state['filename']} was refused: {reason}")
    counts = Text.assemble(
        ("✓ ", "good"),
        f"{state['filename']}: {state['rows']:,} rows   ",
        (f"{state['accepted']:,} accepted", "good"),
        f"   {state['unchanged']:,} unchanged   ",
        (f"{state['rejected']:,} rejected", "bad" if state["rejected"] else "quiet"),
    )
    if not state["rejected"]:
        return counts
    rejected = table("line", "id", "reason", right=(0,))
    for error in state["errors"][:_REJECTED_SHOWN]:
        rejected.add_row(str(error["line"]), str(error.get("id") or ""), error["reason"])
    return Group(counts, Padding(rejected, (0, 0, 0, 2)), _more(state))


def _more(state: Document) -> Text:
    hidden = state["rejected"] - min(_REJECTED_SHOWN, len(state["errors"]))
    where = f"; all of them: {state['errors_url']}" if state.get("errors_url") else ""
    return Text(f"  and {hidden:,} more{where}", "quiet") if hidden > 0 else Text()


def _templates(campaign: Document, approval: Document) -> str:
    """The template and its version, or those of each variant."""
    if not campaign.get("experiment"):
        return f"{campaign['template_id']}, version {approval.get('template_version', '-')}"
    versions = approval.get("variant_versions", {})
    return "; ".join(
        f"{variant['name']}: {variant['template_id']}, version {versions.get(variant['name'], '-')}"
        for variant in campaign["experiment"]["variants"]
    )
