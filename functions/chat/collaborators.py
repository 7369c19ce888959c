"""Who works with whom in this service: each is made once a process, when it is first needed."""

from datetime import date, timedelta
from functools import cache

from chat import gateway
from chat.answering import Answering
from chat.deciding import Bot
from chat.domain import classifier
from chat.identifying import Identifying
from chat.knowing import Knowing
from chat.listening import Listening
from chat.live import Live, Watching
from chat.mailing import Mailing
from chat.store.conversations import Conversations
from chat.store.lists import Lists
from chat.talking import Talking
from chat.telling import Telling, Watchers
from chat.tending import Tending
from recado import bus, clock, settings, wire
from recado.connections import Connections
from recado.directory import Directory
from recado.flow_library import FlowLibrary
from recado.letters import Letters
from recado.outages import Outages
from recado.outgoing import Outgoing
from recado.push import pusher
from recado.secretkeys import SecretKey

IDLE_MINUTES = 30


def today() -> date:
    """The operator's calendar day."""
    zone = settings.text("TIME_ZONE", "America/Sao_Paulo")
    return date.fromisoformat(clock.today(clock.now(), zone))


def idle_after() -> timedelta:
    """After how long without a line a conversation with the bot ends."""
    return timedelta(minutes=settings.number("IDLE_MINUTES", IDLE_MINUTES))


@cache
def outgoing() -> Outgoing:
    """Facts on their way to the bus."""
    return Outgoing(settings.text("CONVERSATIONS_TABLE"), wire.client(), bus.bus())


@cache
def conversations() -> Conversations:
    """The conversations."""
    return Conversations.from_env(outgoing())


@cache
def lists() -> Lists:
    """What is still to be done."""
    return Lists.from_env()


@cache
def knowing() -> Knowing:
    """Flows, outages and customers."""
    return Knowing(
        Directory(settings.text("CENTRAL_TABLE"), wire.client()),
        FlowLibrary.from_env(),
        Outages.from_env(),
        settings.text("FROM_ADDRESS"),
        lambda: clock.now(),
        today,
    )


@cache
def connections() -> Connections:
    """Customers on a WebSocket."""
    return Connections(settings.text("CONVERSATIONS_TABLE"), wire.client())


@cache
def live() -> Live:
    """Answers customers on a WebSocket."""
    return Live(talking(), conversations().head, connections())


@cache
def watchers() -> Watchers:
    """Who looks at conversations right now."""
    return Watching(pusher(connections()))


@cache
def telling() -> Telling:
    """Writes changes and tells them."""
    return Telling(conversations(), outgoing(), lists(), gateway.code_queue(), watchers())


@cache
def bot() -> Bot:
    """The bot."""
    identifying = Identifying(knowing(), conversations(), SecretKey.from_env("CHAT_KEY"))
    return Bot(knowing(), identifying, gateway.LanguageModel.from_env(), classifier.model)


@cache
def answering() -> Answering:
    """The bot at work."""
    return Answering(conversations(), telling(), bot())


@cache
def talking() -> Talking:
    """What customers can do."""
    return Talking(conversations(), telling(), answering(), idle_after())


@cache
def assistant_key() -> SecretKey:
    """What the assistant vouches with for its answers."""
    return SecretKey.from_env("ASSISTANT_KEY")


@cache
def listening() -> Listening:
    """Hears the desk."""
    return Listening(conversations(), telling(), answering())


@cache
def tending() -> Tending:
    """The schedule's work."""
    return Tending(
        conversations(), lists(), answering(), telling(), outgoing(), telling(), idle_after()
    )


@cache
def mailing() -> Mailing:
    """Sends codes."""
    return Mailing(knowing(), Letters.from_env())
