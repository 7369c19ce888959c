"""Who works with whom in this service: each is made once a process, when it is first needed."""

import asyncio
from datetime import date, timedelta
from functools import cache

from assistant.answering import Answering
from assistant.domain.maestro import Gate, Maestro
from assistant.gateway.chat import ChatApi
from assistant.gateway.models import NONE, Models
from assistant.gateway.tables import CustomerBills, Remembering
from assistant.store import TurnStore
from assistant.taking import Taking
from recado import bus, clock, settings, wire
from recado.directory import Directory
from recado.outgoing import Outgoing
from recado.secretkeys import SecretKey

AT_ONCE, WAITING = 16, 32
"""Turns at once in a process, and those that wait for a place; a Lambda has one at a time."""


@cache
def runner() -> asyncio.Runner:
    """The process's event loop: connections to the model services live as long as it does."""
    return asyncio.Runner()


@cache
def outgoing() -> Outgoing:
    """Facts on their way to the bus."""
    return Outgoing(settings.text("ASSISTANT_TABLE"), wire.client(), bus.bus())


@cache
def store() -> TurnStore:
    """The turns."""
    return TurnStore.from_env(outgoing(), timedelta(days=settings.number("CONVERSATION_DAYS", 365)))


@cache
def models() -> Models:
    """The model services."""
    return Models.from_env()


def today() -> date:
    """The operator's calendar day."""
    zone = settings.text("TIME_ZONE", "America/Sao_Paulo")
    return date.fromisoformat(clock.today(clock.now(), zone))


@cache
def chat(chat_url: str) -> ChatApi:
    """Chat at an address."""
    return ChatApi(chat_url, SecretKey.from_env("ASSISTANT_KEY"))


@cache
def answering(chat_url: str) -> Answering:
    """Chat at an address, and the customers' bills."""
    return Answering(
        chat=chat(chat_url),
        bills=CustomerBills(Directory(settings.text("CENTRAL_TABLE"), wire.client())),
        memory=Remembering(store(), lambda: clock.now()),
        mind=None if settings.text("LLM_URL", NONE) == NONE else models().llm,
        today=today,
    )


@cache
def taking(chat_url: str) -> Taking:
    """Takes turns, with chat at an address."""
    gate = Gate(
        int(settings.number("ASSISTANT_AT_ONCE", AT_ONCE)),
        int(settings.number("ASSISTANT_WAITING", WAITING)),
    )
    maestro = Maestro(models().stt, answering(chat_url), models().tts, gate)
    return Taking(maestro, store(), outgoing(), lambda: clock.now())
