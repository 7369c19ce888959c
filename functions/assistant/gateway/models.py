"""The three models over the protocol that the settings name."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn, Protocol, get_args

from assistant.domain.ports import (
    LanguageModel,
    Prompt,
    SpeechToText,
    TextToSpeech,
    Transcript,
    Unreachable,
)
from recado import settings

ProtocolName = Literal["rest-raw", "rest-json", "grpc", "thrift"]
PROTOCOLS: tuple[ProtocolName, ...] = get_args(ProtocolName)
NONE = "none"
CONNECTIONS = 100
"""Connections to a service that are kept at most; gRPC sends everything over one."""


class Closing(Protocol):
    """What holds connections."""

    async def close(self) -> None:
        """Close them."""
        ...


@dataclass(frozen=True)
class Models:
    """The models, each reached over connections that are kept.

    They belong to the event loop that calls them first: who calls again and again, such as a
    Lambda, keeps one loop.
    """

    stt: SpeechToText
    llm: LanguageModel
    tts: TextToSpeech
    _held: tuple[Closing, ...] = ()

    @classmethod
    def from_env(cls) -> "Models":
        """As ASSISTANT_PROTOCOL, STT_URL, LLM_URL and TTS_URL say; a URL `none` is a model less.

        Raises:
            settings.Misconfigured: there is no such protocol.
        """
        names = ("STT_URL", "LLM_URL", "TTS_URL")
        return cls.over(
            settings.text("ASSISTANT_PROTOCOL", "grpc"),
            {name: settings.text(name, NONE) for name in names},
        )

    @classmethod
    def over(
        cls,
        protocol: str,
        urls: Mapping[str, str],
        *,
        streaming: bool = True,
        connections: int = CONNECTIONS,
    ) -> "Models":
        """Over one protocol, at the `urls` of STT_URL, LLM_URL and TTS_URL.

        With `streaming` text and speech come piece by piece as they are made, otherwise whole.

        Raises:
            settings.Misconfigured: there is no such protocol, or a URL is none.
        """
        if protocol not in PROTOCOLS:
            raise settings.Misconfigured(
                f"ASSISTANT_PROTOCOL is {protocol!r}: it has to be one of {', '.join(PROTOCOLS)}"
            )
        stt, llm, tts = (urls.get(setting, NONE) for setting in ("STT_URL", "LLM_URL", "TTS_URL"))
        options = _Options(protocol, streaming, connections)
        absent_stt, absent_llm, absent_tts = Absent("STT_URL"), Absent("LLM_URL"), Absent("TTS_URL")
        clients = {url: options.client(url) for url in (stt, llm, tts) if url != NONE}
        return cls(
            clients.get(stt, absent_stt),
            clients.get(llm, absent_llm),
            clients.get(tts, absent_tts),
            tuple(clients.values()),
        )

    async def close(self) -> None:
        """Close every connection."""
        for client in self._held:
            await client.close()


class Client(SpeechToText, LanguageModel, TextToSpeech, Closing, Protocol):
    """A client of any of the three services at one address."""


@dataclass(frozen=True)
class _Options:
    protocol: ProtocolName
    streaming: bool
    connections: int

    def client(self, url: str) -> Client:
        """A client; the protocol's package is imported only when it is spoken."""
        match self.protocol:
            case "grpc":
                from assistant.gateway.grpc import GrpcClient

                return GrpcClient(url, streaming=self.streaming)
            case "thrift":
                from assistant.gateway.thrift import ThriftClient

                return ThriftClient(url, streaming=self.streaming, connections=self.connections)
            case "rest-raw" | "rest-json":
                from assistant.gateway.rest import JSON, RAW, RestClient

                arm = RAW if self.protocol == "rest-raw" else JSON
                return RestClient(url, arm, streaming=self.streaming, connections=self.connections)


class Absent:
    """A model that the settings do not name."""

    def __init__(self, setting: str) -> None:
        self._setting = setting

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """Nothing but the fault."""
        raise self._fault()

    def complete(self, prompt: Prompt, timeout: float) -> AsyncIterator[str]:
        """Nothing but the fault."""
        return _Nothing(self._fault())

    def speak(self, text: str, language: str, timeout: float) -> AsyncIterator[bytes]:
        """Nothing but the fault."""
        return _Nothing(self._fault())

    def _fault(self) -> Unreachable:
        return Unreachable(f"the setting {self._setting} names no service")


@dataclass(frozen=True)
class _Nothing:
    fault: Unreachable

    def __aiter__(self) -> "_Nothing":
        return self

    async def __anext__(self) -> NoReturn:
        raise self.fault
