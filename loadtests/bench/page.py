"""The tables of docs/bench.md, from the rows that are kept; the prose around them is written.

A table stands between `<!-- table NAME -->` and `<!-- end -->`.
"""

import re
import statistics
from collections.abc import Callable, Sequence

from rich.console import Console

from loadtests.bench import budget, cold, cost, results
from loadtests.bench import quota as quotas
from operations.errors import Trouble
from operations.places import ROOT

PAGE = ROOT / "docs" / "bench.md"
NOT_RUN = "*not measured yet*"
_TABLE = re.compile(r"(<!-- table (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
console = Console()


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def share(text: str | float, digits: int = 0) -> str:
    """A part as a percentage."""
    return f"{float(text):.{digits}%}".replace("%", " %")


def number(text: str | float, digits: int = 0) -> str:
    """A number with separators."""
    return f"{float(text):,.{digits}f}"


def machines() -> str:
    """What each piece ran on."""
    lines = []
    for name in ("parallel", "quota", "peer", "budget", "cold", "cost", "scale"):
        rows = results.kept(name)
        if rows:
            first = rows[0]
            lines.append([name, first["machine"], first["date"], first["load_before"]])
    return table(("piece", "machine", "begun (UTC)", "load before"), lines)


def parallel() -> str:
    """Every point of the first bench."""
    return table(
        (
            *("way", "ms a call", "senders", "e-mails/s", "e-mails an hour", "time saved"),
            *("of expected", "sent once", "repeats", "p50 s", "p95 s"),
        ),
        [
            [
                row["mode"],
                number(row["latency_ms"]),
                row["senders"],
                number(row["rate"], 1),
                number(row["per_hour"]),
                share(row["saved"], 1),
                share(row["of_expected"]),
                share(row["success"], 1),
                row["duplicates"],
                row["p50_s"],
                row["p95_s"],
            ]
            for row in results.kept("parallel")
        ],
    )


def quota() -> str:
    """The phases of the run whose quota was halved."""
    return table(
        (
            "phase",
            "quota",
            "seconds",
            "e-mails",
            "of the quota",
            "send calls",
            "throttled",
            "p50 s",
            "p95 s",
        ),
        [
            [
                row["phase"],
                f"{number(row['quota'])}/s",
                row["seconds"],
                number(row["mails"]),
                share(row["used"], 1),
                row["calls"],
                f"{row['throttled_calls']} ({share(row['throttled_share'], 2)})",
                row["p50_s"],
                row["p95_s"],
            ]
            for row in results.kept("quota")
        ],
    )


def peer() -> str:
    """Speed and processor time of each contender, undisturbed."""
    rows = [row for row in results.kept("peer") if row["kills"] == "0"]
    common = float(rows[0]["cpu_us"])
    return table(
        (
            "contender",
            "workers",
            "e-mails",
            "e-mails/s a worker",
            "CPU us an e-mail",
            "of the common peer",
        ),
        [
            [
                row["contender"],
                row["workers"],
                number(row["people"]),
                number(row["rate_per_worker"], 1),
                number(row["cpu_us"]),
                share(float(row["cpu_us"]) / common),
            ]
            for row in rows
        ],
    )


def kills() -> str:
    """What was lost and sent twice when workers were killed."""
    return table(
        ("contender", "kill -9", "e-mails", "lost", "sent twice", "held, and shown as such"),
        [
            [
                row["contender"],
                row["kills"],
                number(row["people"]),
                row["lost"],
                row["duplicated"],
                row["held"],
            ]
            for row in results.kept("peer")
            if row["kills"] != "0"
        ],
    )


def cpu() -> str:
    """The steps of a sender, the dearest first."""
    rows = results.kept("budget")
    found = budget.medians(rows)
    total = sum(found.values())
    rest = sum(us for step, us in found.items() if step not in budget.WORK)
    slower = budget.yardstick(rows) / budget.YARDSTICK_US
    lines = [[step, number(us, 1), share(us / total)] for step, us in found.items()]
    lines.append(["**all**", f"**{total:.0f}**", ""])
    lines.append(["all but render and SES call", number(rest), share(rest / total)])
    lines.append([budget.YARDSTICK, number(budget.yardstick(rows)), ""])
    lines.append([f"all, were the yardstick {budget.YARDSTICK_US}", number(total / slower), ""])
    lines.append([f"the rest, were it {budget.YARDSTICK_US}", number(rest / slower), ""])
    return table(("step", "us an e-mail", "part"), lines)


def cold_start() -> str:
    """The median pair, and the heaviest packages."""
    rows = results.kept("cold")
    columns = ("boto3_with_clients_ms", "handler_ms", "handler_with_clients_ms", "ratio")
    medians = [statistics.median(float(row[column]) for row in rows) for column in columns]
    pairs = table(
        (
            "pairs",
            "boto3 with its three clients",
            "the handler's imports",
            "handler ready",
            "ratio",
        ),
        [
            [
                str(len(rows)),
                *(f"{number(value)} ms" for value in medians[:3]),
                number(medians[3], 2),
            ]
        ],
    )
    heaviest = table(
        ("package", "its own modules, ms"),
        [
            [f"`{row['package']}`", number(float(row["self_us"]) / 1_000, 1)]
            for row in results.kept("cold-imports")[:12]
        ],
    )
    return f"{pairs}\n{heaviest}"


def costs() -> str:
    """US dollars a million e-mails by design and service."""
    rows = results.kept("cost")
    services = sorted({row["service"] for row in rows})
    return table(
        ("design", "campaign", *services, "USD a million"),
        [
            [
                design,
                number(people),
                *(
                    number(
                        sum(
                            float(row["usd_per_million"])
                            for row in rows
                            if row["service"] == service
                            and (row["design"], int(row["people"])) == (design, people)
                        ),
                        2,
                    )
                    for service in services
                ),
                f"**{usd:.2f}**",
            ]
            for (design, people), usd in cost.totals(rows).items()
        ],
    )


def campaign_costs() -> str:
    """What whole campaigns cost, and what waiting for a low quota adds."""
    found = cost.totals(results.kept("cost"))
    largest = max(people for design, people in found if design.startswith("recado"))
    designs = (cost.BARE, cost.SENT, cost.DELIVERED)
    lines = [
        [
            design,
            *(f"{found[design, largest] * size / 1e6:.4f}" for size in (1_000, 100_000, 1_000_000)),
        ]
        for design in designs
    ]
    waiting = table(
        ("SES quota", "Lambda time of 6 waiting senders, USD a million"),
        [[f"{rate}/s", f"{cost.waiting_usd(rate, 6):.2f}"] for rate in (14, 50, 200, 1_000)],
    )
    return table(("USD a campaign of", "1,000", "100,000", "1,000,000"), lines) + "\n" + waiting


def model() -> str:
    """The limits, the one that binds first on top."""
    return table(
        ("limit", "e-mails/s", "10 million take", "formula", "what moves it"),
        [
            [
                row["limit"],
                number(row["rate"]),
                f"{number(row['minutes'], 1)} min",
                row["formula"],
                row["moves"],
            ]
            for row in results.kept("scale")
        ],
    )


def checks() -> str:
    """Predictions beside measurements."""
    return table(
        ("way", "ms a call", "senders", "predicted", "measured", "error"),
        [
            [
                row["mode"],
                number(row["latency_ms"]),
                row["senders"],
                number(row["predicted"]),
                number(row["measured"]),
                share(row["error"]),
            ]
            for row in results.kept("scale-checks")
        ],
    )


def goals() -> str:
    """Each goal beside what was measured; a piece that has not run has no line."""
    lines: list[list[str]] = []

    def judge(goal: str, measured: str, *, met: bool) -> None:
        lines.append([goal, measured, "yes" if met else "**no**"])

    if rows := results.kept("parallel"):
        single = next(r for r in rows if r["mode"] == "single" and r["senders"] == "16")
        judge(
            "16 senders with single sends save 97 % of the time",
            share(single["saved"], 1),
            met=float(single["saved"]) >= 0.97,
        )
        worst = min(rows, key=lambda row: float(row["of_expected"]))
        judge(
            "90 % of linear until the quota",
            f"at worst {share(worst['of_expected'])} ({worst['mode']}, {worst['senders']} senders,"
            f" {number(worst['latency_ms'])} ms)",
            met=float(worst["of_expected"]) >= 0.9,
        )
        judge(
            "everybody sent to, once",
            f"{share(min(float(r['success']) for r in rows), 1)},"
            f" {sum(int(r['duplicates']) for r in rows)} repeats",
            met=all(float(r["success"]) == 1 and r["duplicates"] == "0" for r in rows),
        )
    if rows := results.kept("quota"):
        steady = [row for row in rows if row["phase"] in quotas.STEADY]
        used = min(float(row["used"]) for row in steady)
        judge("95 % of the quota is used", f"at least {share(used, 1)}", met=used >= 0.95)
        calls, throttled = (sum(int(r[c]) for r in rows) for c in ("calls", "throttled_calls"))
        judge(
            "less than 0.1 % of send calls throttled, the halving included",
            share(throttled / calls, 2),
            met=throttled / calls < 0.001,
        )
    if rows := results.kept("peer"):
        of = {r["contender"]: float(r["cpu_us"]) for r in rows if r["kills"] == "0"}
        part = of["recado bulk"] / of["celery common"]
        judge("at most 1/5 of the common peer's CPU", share(part, 1), met=part <= 0.2)
        part = of["recado bulk"] / of["celery tuned"]
        judge("no more CPU than the tuned peer", share(part, 1), met=part <= 1)
        ours = next(r for r in rows if r["kills"] != "0" and r["contender"].startswith("recado"))
        judge(
            "nothing lost, nothing twice under kill -9",
            f"{ours['lost']} lost, {ours['duplicated']} twice, {ours['held']} held",
            met=ours["lost"] == ours["duplicated"] == "0",
        )
    if rows := results.kept("budget"):
        found = budget.medians(rows)
        total, rest = (
            sum(found.values()),
            sum(us for step, us in found.items() if step not in budget.WORK),
        )
        judge("150 us of CPU an e-mail", f"{total:.0f} us", met=total <= budget.GOAL_US)
        judge("25 us but render and SES", f"{rest:.0f} us", met=rest <= budget.GOAL_REST_US)
    if rows := results.kept("cold"):
        ratio = statistics.median(float(row["ratio"]) for row in rows)
        judge("cold start 1.3 times boto3 with its clients", f"{ratio:.2f}", met=ratio <= cold.GOAL)
    if rows := results.kept("cost"):
        for (design, people), usd in cost.totals(rows).items():
            if design.startswith("recado") and people > 1_000:
                judge(f"0.65 USD a million, {design}", f"{usd:.2f}", met=usd <= cost.GOAL_USD)
    return table(("goal", "measured", "met"), lines)


TABLES: dict[str, tuple[tuple[str, ...], Callable[[], str]]] = {
    "machines": ((), machines),
    "goals": ((), goals),
    "parallel": (("parallel",), parallel),
    "quota": (("quota",), quota),
    "peer": (("peer",), peer),
    "kills": (("peer",), kills),
    "budget": (("budget",), cpu),
    "cold": (("cold", "cold-imports"), cold_start),
    "cost": (("cost",), costs),
    "campaigns": (("cost",), campaign_costs),
    "scale": (("scale",), model),
    "checks": (("scale-checks",), checks),
}
"""Each table with the rows it needs, and what makes it."""


def filled(page: str) -> str:
    """The page with every table made anew.

    Raises:
        Trouble: the page has a table that nothing makes.
    """

    def fill(found: re.Match[str]) -> str:
        name = found["name"]
        if name not in TABLES:
            raise Trouble(f"docs/bench.md has a table {name!r}", f"one of {', '.join(TABLES)}")
        needed, make = TABLES[name]
        content = make() if all(map(results.kept, needed)) else f"{NOT_RUN}\n"
        return f"{found[1]}{content}{found[3]}"

    return _TABLE.sub(fill, page)


def run(_: float) -> None:
    """Write the page's tables."""
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    console.print(f"  {PAGE.relative_to(ROOT)}")
