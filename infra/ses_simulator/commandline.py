"""The command line: ``python -m ses_simulator --port 4579 --state DIR ...``."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import signal
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ses_simulator.checks import InvalidFaults
from ses_simulator.faults import Faults, Latency
from ses_simulator.simulator import Settings, Simulator

WRONG_USE = 2
GC_ALLOCATIONS = 50_000

_application = typer.Typer(add_completion=False)


@_application.command()
def serve(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 4579,
    host: Annotated[str, typer.Option(help="Address to bind to.")] = "127.0.0.1",
    smtp_port: Annotated[
        int | None, typer.Option(help="Port of the SMTP interface; 0: a free one; none: no SMTP.")
    ] = None,
    state: Annotated[Path, typer.Option(help="Folder of the ledger.")] = Path(".ses-simulator"),
    max_send_rate: Annotated[float, typer.Option(help="Recipients a second.")] = 500.0,
    daily_quota: Annotated[float, typer.Option(help="Recipients in 24 hours; -1: no limit.")] = 1e6,
    keep_bodies: Annotated[int, typer.Option(help="Newest messages that keep a body.")] = 20_000,
    sns_endpoint: Annotated[
        str | None,
        typer.Option(
            envvar="AWS_ENDPOINT_URL_SNS", help="Where SNS and Firehose are; none: do not publish."
        ),
    ] = None,
    region: Annotated[
        str, typer.Option(envvar="AWS_DEFAULT_REGION", help="Region of SNS and of ARNs.")
    ] = "us-east-1",
    publish_workers: Annotated[int, typer.Option(help="Threads that publish events.")] = 4,
    file_seconds: Annotated[
        float, typer.Option(help="How long Firehose collects events for a file.")
    ] = 1.0,
    latency_ms: Annotated[float, typer.Option(help="Latency of each send call.")] = 0.0,
    latency_per_recipient_ms: Annotated[float, typer.Option(help="Added per recipient.")] = 0.0,
    jitter_ms: Annotated[float, typer.Option(help="Added at random, up to this.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    faults: Annotated[
        str, typer.Option(help="Faults: JSON as in /_sim/faults, or a file of it.")
    ] = "{}",
) -> None:
    """Run a local Amazon SES: SESv2 API, events, quotas, faults, a ledger and an inbox."""
    latency = Latency(latency_ms, latency_per_recipient_ms, jitter_ms)
    settings = Settings(
        host=host,
        port=port,
        smtp_port=smtp_port,
        state=state,
        max_send_rate=max_send_rate,
        daily_quota=daily_quota,
        sns_endpoint=sns_endpoint,
        region=region,
        keep_bodies=keep_bodies,
        publish_workers=publish_workers,
        file_ms=round(file_seconds * 1_000),
        publish_in_process=True,
        faults=_faults(faults, latency, seed),
    )
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    _tune()
    asyncio.run(_serve(Simulator(settings)))


def run() -> None:
    """Run the command line: wrong use and a taken port are one line and exit code 2."""
    try:
        _application(prog_name="ses_simulator")
    except InvalidFaults as error:
        _refuse(f"--faults: {error}")
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        _refuse(f"{error.strerror}. Choose another port with --port, or stop what listens there.")


async def _serve(simulator: Simulator) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, simulator.request_stop)
    await simulator.serve(on_ready=lambda: _announce(simulator))


def _tune() -> None:
    """The garbage collector leaves what is loaded alone and comes less often."""
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS)


def _announce(simulator: Simulator) -> None:
    events = simulator.settings.sns_endpoint or "not published (no --sns-endpoint)"
    smtp = f"; SMTP on port {simulator.smtp_port}" if simulator.smtp_port else ""
    typer.echo(f"SES simulator ready at {simulator.url} (inbox there too){smtp}; events: {events}")


def _faults(text: str, latency: Latency, seed: int) -> Faults:
    source = text if text.lstrip().startswith("{") else _read(Path(text))
    try:
        declared = Faults.from_json(json.loads(source))
    except json.JSONDecodeError as error:
        raise InvalidFaults(f"not valid JSON: {error}") from error
    return replace(
        declared,
        seed=seed or declared.seed,
        latency=latency if latency != Latency() else declared.latency,
    )


def _read(path: Path) -> str:
    if not path.is_file():
        raise InvalidFaults(f"{path} is neither a file nor a JSON object")
    return path.read_text()


def _refuse(message: str) -> None:
    typer.echo(f"ses_simulator: {message}", err=True)
    raise SystemExit(WRONG_USE)
