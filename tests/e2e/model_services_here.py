"""Model services for tests of a deployed world: every protocol, on the loopback interface."""

import asyncio
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from model_services.options import Options
from model_services.serving import Plan, Running, load, serve

ENGINES = {"stt": "pocketsphinx", "llm": "grounded", "tts": "espeak-ng"}
SCHEMES = {"rest": "http", "grpc": "grpc", "thrift": "thrift"}
PROTOCOLS = {"rest-raw": "rest", "rest-json": "rest", "grpc": "grpc", "thrift": "thrift"}
Addresses = dict[str, dict[str, str]]
"""`STT_URL`, `LLM_URL` and `TTS_URL` by the assistant's name of a protocol."""


@contextmanager
def model_services() -> Iterator[Addresses]:
    """Nine services, each engine loaded once, in a thread with a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    started: list[Running] = []
    try:
        served: Addresses = {}
        for service, engine in ENGINES.items():
            loaded = load(Plan(service, "rest", engine, pool=1), Options(pool=1))
            for protocol, scheme in SCHEMES.items():
                plan = Plan(service, protocol, engine, pool=1)
                running = asyncio.run_coroutine_threadsafe(serve(plan, loaded), loop).result(30)
                started.append(running)
                address = f"{scheme}://127.0.0.1:{running.port}"
                served.setdefault(protocol, {})[f"{service.upper()}_URL"] = address
        yield {name: served[kind] for name, kind in PROTOCOLS.items()}
    finally:
        for running in started:
            asyncio.run_coroutine_threadsafe(_stopped(running), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stopped(running: Running) -> None:
    await running.stop()


def speech(text: str) -> bytes:
    """An English WAV file, spoken by espeak-ng."""
    spoken = subprocess.run(
        ["espeak-ng", "-v", "en-us", "-s", "150", "--stdout", "--stdin"],  # noqa: S607
        input=text.encode(),
        capture_output=True,
        check=True,
        timeout=20,
    )
    return spoken.stdout
