"""One service, or several processes of it that share a port.

python -m model_services --service stt --protocol grpc --port 7101
"""

import asyncio
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import Annotated

import typer

from model_services import catalogue
from model_services.options import Options
from model_services.serving import HOST, PROTOCOLS, SERVICES, Plan, load, serve
from recado.settings import Misconfigured

_GRACE_S = 5.0
_LOOK_S = 0.2


def main(
    service: Annotated[str, typer.Option(help="stt, llm or tts.")],
    protocol: Annotated[str, typer.Option(help="rest (both arms), grpc or thrift.")],
    port: Annotated[int, typer.Option(help="TCP port.", min=1, max=65535)],
    host: Annotated[
        str, typer.Option(help="Address; another than loopback is not encrypted.")
    ] = HOST,
    engine: Annotated[
        str,
        typer.Option(
            help="By default STT_ENGINE, LLM_ENGINE or TTS_ENGINE, or what works offline."
        ),
    ] = "",
    pool: Annotated[int, typer.Option(help="Requests worked on at a time, a process.", min=1)] = 4,
    queue: Annotated[int, typer.Option(help="Requests that may wait, a process.", min=0)] = 16,
    cache: Annotated[int, typer.Option(help="Answers that are kept; 0: none.", min=0)] = 0,
    shared: Annotated[bool, typer.Option("--shared", help="Others may use the port too.")] = False,
    processes: Annotated[int, typer.Option(help="Processes that share the port.", min=1)] = 1,
) -> None:
    """Serve a model until SIGTERM or Ctrl-C."""
    _check(service, SERVICES, "--service")
    _check(protocol, PROTOCOLS, "--protocol")
    options = Options(pool)
    name = engine or options.text(f"{service.upper()}_ENGINE", catalogue.DEFAULTS[service])
    plan = Plan(service, protocol, name, host, port, pool, queue, cache, shared)
    if processes > 1:
        raise SystemExit(_several(plan, processes))
    try:
        loaded = load(plan, options)
        asyncio.run(_until_told(plan, loaded))
    except (Misconfigured, OSError) as error:
        raise SystemExit(f"model service {service}: {error}") from None


def _check(name: str, known: object, option: str) -> None:
    names = list(known)  # type: ignore[call-overload]
    if name not in names:
        raise typer.BadParameter(f"{name!r} is none of {', '.join(names)}", param_hint=option)


async def _until_told(plan: Plan, engine: object) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    running = await serve(plan, engine)
    typer.echo(f"{plan.service} ({plan.engine}) over {plan.protocol} on {plan.host}:{running.port}")
    await told.wait()
    await running.stop()


def _several(plan: Plan, processes: int) -> int:
    """Run the same command so many times; when one ends, all are ended."""
    command = [
        *(sys.executable, "-m", "model_services", "--service", plan.service),
        *("--protocol", plan.protocol, "--engine", plan.engine),
        *("--host", plan.host, "--port", str(plan.port)),
        *(
            "--pool",
            str(plan.pool),
            "--queue",
            str(plan.queue),
            "--cache",
            str(plan.cache),
            "--shared",
        ),
    ]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    children = [subprocess.Popen(command) for _ in range(processes)]
    with suppress(KeyboardInterrupt):
        while all(child.poll() is None for child in children):
            time.sleep(_LOOK_S)
    failed = max((child.poll() or 0 for child in children), default=0)
    for child in children:
        child.terminate()
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_S)
        child.kill()
    return failed


if __name__ == "__main__":
    typer.run(main)
