"""A server of a run: one process with the services that a scenario calls, over one protocol.

Every protocol gets the same places and the same queue, none of which ever binds, and no cache but
in the part that says so. The services and their engines are those of `model_services`.
"""

import asyncio
import importlib
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from assistant.contracts import thrift
from loadtests.lab.design import Part
from loadtests.lab.scenarios import Call, Scenario, Stage
from model_services import caching, catalogue
from model_services.limits import Places
from model_services.options import Options
from model_services.reception import AnswerReception, SpeechReception, VoiceReception
from operations.ports import HOST

PLACES = 2_000
"""Requests a service works on at once, and as many that may wait: more than there are users."""
TINY_PLACES = 2
REMEMBERED = 1_000
"""Answers that a server of the cached part keeps."""
_RECEPTIONS: dict[Stage, Any] = {
    Stage.STT: SpeechReception,
    Stage.LLM: AnswerReception,
    Stage.TTS: VoiceReception,
}
_SPEAKS = {"grpc": ("grpc", "grpc"), "thrift": ("thrift", "thrift")}
_REST = ("rest", "http")


@dataclass(frozen=True)
class Stand:
    """What one server of a run serves."""

    part: Part
    protocol: str
    scenario: Scenario
    place: int


def serve(stand: Stand, line: Connection) -> None:
    """Serve until the process is ended; first say where."""
    asyncio.run(_serve(stand, line))


async def _serve(stand: Stand, line: Connection) -> None:
    thrift.contract()  # parsed now, so that no turn has to wait for it
    module, scheme = _SPEAKS.get(stand.protocol, _REST)
    protocol = importlib.import_module(f"model_services.{module}")
    urls, kept = {}, []
    for call in stand.scenario.calls:
        service = _service(stand, call)
        stop, port = await protocol.serve(service, HOST, 0)
        kept.append(stop)  # gRPC's server ends when nobody holds it
        urls[f"{call.stage.upper()}_URL"] = f"{scheme}://{HOST}:{port}"
    line.send(urls)
    await asyncio.Event().wait()


def _service(stand: Stand, call: Call) -> Any:
    if stand.part is Part.TINY:
        name, places = catalogue.DEFAULTS[call.stage], TINY_PLACES
        engine = catalogue.engine(call.stage, name, Options(pool=places))
    else:
        name, places = "emulated", PLACES
        engine = catalogue.engine(call.stage, name, Options(places, _settings(stand, call)))
    if stand.part is Part.CACHED:
        engine = caching.cached(call.stage, engine, REMEMBERED)
    return _RECEPTIONS[call.stage](engine, name, Places(places, PLACES))


def _settings(stand: Stand, call: Call) -> dict[str, str]:
    """The declared time, or none at all for the control, and the declared size."""
    milliseconds = 0 if stand.part is Part.ECHO else call.service_ms
    return {"EMULATED_MS": str(milliseconds), "EMULATED_BYTES": str(call.received)}
