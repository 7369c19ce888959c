"""simulate desk, compare, staffing: the service desk under load, with the policy Lambda runs.

What draws and counts (numpy, pandas, matplotlib) is imported by the command that needs it: it takes
a second that every other command of `recado` would pay for.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from desk_simulator.scenario import Impossible, Scenario
from operations.console import console, note
from operations.errors import Trouble

if TYPE_CHECKING:
    from desk_simulator.records import Run

app = typer.Typer(help="The service desk, simulated with its own policy.", no_args_is_help=True)

_DAY = Scenario()
Timesteps = Annotated[int, typer.Option(help="Steps to simulate; one is a minute.")]
FailureRate = Annotated[
    float, typer.Option(help="Chance that a working attendant fails within a step, 0 to 1.")
]
Servers = Annotated[
    str, typer.Option(help="Capacity of each server; it has as many attendants.", metavar="5,7,10")
]
Buffer = Annotated[int, typer.Option(help="Requests that may wait, shared by Technical and Sales.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same run.")]
Load = Annotated[float, typer.Option(help="Requests offered per place, if nobody failed.")]
Arrivals = Annotated[float | None, typer.Option(help="Requests a step, instead of --load.")]
Technical = Annotated[float, typer.Option(help="Share of Technical requests; the rest is Sales.")]
Service = Annotated[float, typer.Option(help="Mean steps to serve a request.")]
Patience = Annotated[float, typer.Option(help="Mean steps a customer waits before giving up.")]
Repair = Annotated[float, typer.Option(help="Mean steps until a failed attendant is back.")]


@app.command()
def desk(
    timesteps: Timesteps = _DAY.timesteps,
    failure_rate: FailureRate = _DAY.failure_rate,
    servers: Servers = "5,7,10",
    buffer: Buffer = 50,
    seed: Seed = _DAY.seed,
    supervisor: Annotated[
        bool, typer.Option("--supervisor/--no-supervisor", help="Whether the supervisor works.")
    ] = True,
    load: Load = _DAY.load,
    arrivals: Arrivals = None,
    technical: Technical = _DAY.technical,
    service: Service = _DAY.service,
    patience: Patience = 10.0,
    repair: Repair = _DAY.repair,
    call_back: Annotated[
        float, typer.Option(help="Chance that an offered call-back is taken.")
    ] = _DAY.call_back,
    deflection: Annotated[
        float,
        typer.Option(help="Chance that the bot's help is taken when the buffer is nearly full."),
    ] = _DAY.deflection,
    out: Annotated[
        Path | None, typer.Option(help="Write steps.csv, servers.csv, attendants.csv, charts here.")
    ] = None,
) -> None:
    """Requests, attendants who fail and are repaired, servers, supervisor and buffer."""
    from desk_simulator.engine import simulate

    run = simulate(
        _scenario(
            timesteps=timesteps,
            failure_rate=failure_rate,
            servers=_capacities(servers),
            buffer=buffer,
            seed=seed,
            supervised=supervisor,
            load=load,
            arrivals=arrivals,
            technical=technical,
            service=service,
            patience=patience,
            repair=repair,
            call_back=call_back,
            deflection=deflection,
        )
    )
    console.print(_summary(run))
    if out is not None:
        for file in _written(run, out):
            note((str(file), "quiet"))


@app.command()
def compare(
    seeds: Annotated[
        int, typer.Option(min=6, help="Days, each with the supervisor on and off.")
    ] = 30,
    timesteps: Timesteps = 200,
    servers: Servers = "5,7,10",
    buffer: Buffer = 50,
    seed: Seed = _DAY.seed,
    load: Load = _DAY.load,
    repair: Repair = _DAY.repair,
    out: Annotated[
        Path | None, typer.Option(help="Write the rows as CSV and a chart here.")
    ] = None,
) -> None:
    """Supervisor on against off at 0, 5, 10 and 30 % failures, with 95 % intervals."""
    from desk_simulator import charts
    from desk_simulator.comparison import compare as compare_supervisor

    day = _scenario(
        timesteps=timesteps,
        servers=_capacities(servers),
        buffer=buffer,
        seed=seed,
        load=load,
        repair=repair,
    )
    rows = compare_supervisor(
        day, seeds, tell=lambda rate: note((f"{seeds} days at {100 * rate:g} % …", "quiet"))
    )
    table = Table(box=None, header_style="quiet")
    for heading in ("failures", "given up, off", "on", "processed more", "wait, off", "on"):
        table.add_column(heading, justify="right")
    for row in rows.to_dict("records"):
        table.add_row(
            f"{100 * row['failure_rate']:g} %",
            _percent(row, "failed_off"),
            _percent(row, "failed_on"),
            f"{row['gained']:+.1f} ± {row['gained_half']:.1f}",
            f"{row['wait_off']:.2f} ± {row['wait_off_half']:.2f}",
            f"{row['wait_on']:.2f} ± {row['wait_on_half']:.2f}",
        )
    console.print(table)
    if out is not None:
        _folder(out)
        rows.to_csv(out / "desk-comparison.csv", index=False)
        charts.comparison(rows, out / "desk-comparison.png")


@app.command()
def staffing(
    arrivals: Annotated[float, typer.Option(help="Requests a step, of both kinds.")] = 3.0,
    technical: Technical = _DAY.technical,
    service: Service = _DAY.service,
    target_wait: Annotated[float, typer.Option(min=0, help="Steps to the first attendant …")] = 1.0,
    share: Annotated[
        float, typer.Option(min=0.01, max=1, help="… kept for this share of a day's requests.")
    ] = 0.8,
    failure_rate: FailureRate = 0.0,
    repair: Repair = _DAY.repair,
    timesteps: Timesteps = 480,
    seeds: Annotated[int, typer.Option(min=20, help="Days a plan is tried on.")] = 40,
    seed: Seed = _DAY.seed,
) -> None:
    """The fewest attendants of each skill who keep a target wait on 95 % of the days."""
    from desk_simulator.staffing import Target, advise

    if failure_rate >= 1:
        raise Trouble("attendants who fail at once answer nobody", "--failure-rate 0.05", code=2)
    day = _scenario(
        arrivals=arrivals,
        technical=technical,
        service=service,
        failure_rate=failure_rate,
        repair=repair,
        timesteps=timesteps,
        seed=seed,
    )
    advice = advise(
        day,
        Target(wait=target_wait, share=share),
        seeds,
        lambda kind: note((f"{kind} …", "quiet")),
    )
    table = Table(box=None, header_style="quiet")
    for heading in ("skill", "requests a step", "attendants", "days met", "new days", "one fewer"):
        table.add_column(heading, justify="left" if heading == "skill" else "right")
    for each in advice:
        shares = (each.met, each.confirmed, each.met_with_one_fewer)
        table.add_row(
            each.kind,
            f"{each.arrivals:g}",
            str(each.attendants),
            *[f"{100 * met:.1f} %" for met in shares],
        )
    console.print(table)


def _scenario(**settings: Any) -> Scenario:
    try:
        return replace(_DAY, **settings)
    except Impossible as impossible:
        option = impossible.setting.replace("_", "-")
        raise Trouble(str(impossible), f"mend --{option}", code=2) from None


def _capacities(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(each) for each in text.split(","))
    except ValueError:
        raise Trouble(
            f"--servers {text} is not a list of capacities", "--servers 5,7,10", code=2
        ) from None


def _written(run: Run, folder: Path) -> list[Path]:
    from desk_simulator import charts

    _folder(folder)
    return run.write(folder) + charts.write(run, folder)


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as trouble:
        raise Trouble(
            f"cannot make the folder {folder}: {trouble.strerror}",
            "name another with --out",
            code=2,
        ) from None


def _summary(run: Run) -> Table:
    from desk_simulator.records import Flow

    total, last = run.total, run.steps.iloc[-1]
    table = Table(box=None, show_header=False)
    table.add_column(style="quiet")
    table.add_column(justify="right", style="number")
    table.add_column(style="quiet")
    arrived = total[Flow.ARRIVED]
    for name, value, remark in (
        ("arrived", arrived, f"in {run.scenario.timesteps} steps"),
        ("processed", total[Flow.PROCESSED], _of(total[Flow.PROCESSED], arrived)),
        ("failed", total[Flow.FAILED], f"{_of(total[Flow.FAILED], arrived)} given up for good"),
        (
            "rejected",
            total[Flow.REJECTED],
            f"{total[Flow.REFUSED]} refused, {total[Flow.DEFLECTED]} served by the bot",
        ),
        ("buffered", last["buffered"], "at the end"),
        ("in service", last["in_service"], "at the end"),
        ("redirected", total[Flow.REDIRECTED], "given to another attendant after a failure"),
        ("moved", total[Flow.MOVED], "between servers by the supervisor"),
        ("call-backs", total[Flow.CALL_BACKS], "chosen instead of waiting on the line"),
    ):
        table.add_row(name, str(int(value)), remark)
    availability = run.attendants["availability"].mean()
    expected = f"% of the time at work; in the long run {100 * run.scenario.availability:.1f}"
    table.add_row("available", f"{100 * availability:.1f}", expected)
    if len(run.waits):
        table.add_row("wait", f"{run.waits['wait'].mean():.2f}", "steps to the first attendant")
    return table


def _of(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def _percent(row: dict[Any, Any], name: str) -> str:
    return f"{100 * row[name]:.1f} ± {100 * row[f'{name}_half']:.1f} %"
