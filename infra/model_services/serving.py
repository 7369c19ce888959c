"""A service on a port: an engine behind the reception, over one protocol."""

import importlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from model_services import catalogue
from model_services.caching import cached
from model_services.limits import Places
from model_services.options import Options
from model_services.reception import AnswerReception, SpeechReception, VoiceReception

SERVICES = {"stt": SpeechReception, "llm": AnswerReception, "tts": VoiceReception}
PROTOCOLS = ("rest", "grpc", "thrift")
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Plan:
    """What is served: REST has both arms on one port. With `cache` so many answers are kept.

    `shared` lets other processes listen on the same port; a port that is taken is an error else.
    """

    service: str
    protocol: str
    engine: str
    host: str = HOST
    port: int = 0
    pool: int = 4
    queue: int = 16
    cache: int = 0
    shared: bool = False


@dataclass(frozen=True)
class Running:
    """A service that listens."""

    port: int
    stop: Callable[[], Awaitable[None]]


async def serve(plan: Plan, engine: Any) -> Running:
    """Listen with an engine that is loaded."""
    places = Places(plan.pool, plan.queue)
    kept = cached(plan.service, engine, plan.cache) if plan.cache else engine
    service = SERVICES[plan.service](kept, plan.engine, places)
    # Imported here, so that a process holds one protocol's packages only.
    protocol = importlib.import_module(f"model_services.{plan.protocol}")
    stop, port = await protocol.serve(service, plan.host, plan.port, shared=plan.shared)
    return Running(port, stop)


def load(plan: Plan, options: Options) -> Any:
    """The engine of a plan, loaded and ready.

    Raises:
        Misconfigured: something it needs is missing.
    """
    return catalogue.engine(plan.service, plan.engine, options)
