"""The model services over REST: raw bodies, or JSON with audio in base64."""

import io
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager

import aiohttp

from assistant.contracts import CONTRACT, DEADLINE_MS, STREAM, VERSION, faults
from assistant.contracts.deadlines import deadline_in, pieces_within, seconds_left, within
from assistant.domain.ports import (
    MAX_BYTES,
    ModelFault,
    Prompt,
    TooLarge,
    Transcript,
    Unreachable,
)
from assistant.gateway.addresses import (
    check_size,
    check_time,
    host_and_port,
    milliseconds,
    size_of,
)
from assistant.gateway.bodies import JSON, RAW, Arm, Body

__all__ = ["JSON", "RAW", "RestClient"]

_IDLE_S = 50.0
"""How long an idle connection is kept: less than the services keep theirs."""
_MAX_REASON = 500
_AT_ONCE = 1 << 20


class RestClient:
    """A model service over HTTP/1.1, on connections that are kept."""

    def __init__(
        self, url: str, arm: Arm, *, streaming: bool = True, connections: int = 100
    ) -> None:
        host_and_port(url, "http")
        self._url = url.rstrip("/")
        self._arm = arm
        self._streaming = streaming
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """The words of a WAV file."""
        check_size(len(audio))
        body = self._arm.audio(audio, language)
        headers, answer = await self._whole("/v1/transcribe", body, timeout)
        return self._arm.transcript(headers, answer)

    async def complete(self, prompt: Prompt, timeout: float) -> AsyncGenerator[str]:
        """The answer in pieces."""
        check_size(size_of(prompt))
        body = self._arm.prompt(prompt)
        if not self._streaming:
            _, answer = await self._whole("/v1/complete", body, timeout)
            yield self._arm.text_of(answer)
            return
        async with aclosing(self._pieces("/v1/complete", body, timeout)) as pieces:
            async for text in self._arm.texts(pieces):
                yield text

    async def speak(self, text: str, language: str, timeout: float) -> AsyncGenerator[bytes]:
        """Speech in pieces."""
        check_size(len(text.encode()))
        body = self._arm.text(text, language)
        if not self._streaming:
            _, answer = await self._whole("/v1/speak", body, timeout)
            yield self._arm.audio_of(answer)
            return
        async with aclosing(self._pieces("/v1/speak", body, timeout)) as pieces:
            async for audio in self._arm.audios(pieces):
                yield audio

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _whole(
        self, path: str, body: Body, timeout: float
    ) -> tuple[Mapping[str, str], bytes]:
        check_time(timeout)
        return await within(deadline_in(timeout), self._ask_whole(path, body, timeout))

    async def _ask_whole(
        self, path: str, body: Body, timeout: float
    ) -> tuple[Mapping[str, str], bytes]:
        headers = self._headers(body, timeout)
        async with self._asked(path, body.content, headers) as response:
            return response.headers, await _bounded(response)

    async def _pieces(self, path: str, body: Body, timeout: float) -> AsyncGenerator[bytes]:
        check_time(timeout)
        deadline = deadline_in(timeout)
        asked = self._ask_pieces(path, body, deadline)
        async with aclosing(pieces_within(deadline, asked)) as pieces:
            async for piece in pieces:
                yield piece

    async def _ask_pieces(self, path: str, body: Body, deadline: float) -> AsyncGenerator[bytes]:
        headers = self._headers(body, seconds_left(deadline)) | {STREAM: "1"}
        async with self._asked(path, body.content, headers) as response:
            async for piece in response.content.iter_any():
                yield piece

    def _headers(self, body: Body, timeout: float) -> dict[str, str]:
        return {
            CONTRACT: str(VERSION),
            DEADLINE_MS: str(milliseconds(timeout)),
            "Content-Type": body.content_type,
            **body.headers,
        }

    @asynccontextmanager
    async def _asked(
        self, path: str, content: bytes, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        try:
            response = await self._post(path, content, headers)
            async with response:
                if response.status != 200:
                    raise await _refusal(response)
                yield response
        except (aiohttp.ClientError, OSError) as error:
            raise Unreachable(
                f"the model service at {self._url} does not answer ({type(error).__name__}):"
                " check that it runs and that the address is right"
            ) from error

    async def _post(
        self, path: str, content: bytes, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        """Ask; once more where a kept connection turns out to be closed by the service."""
        url = self._url + path
        try:
            return await self._connected().post(url, data=_sent(content), headers=headers)
        except aiohttp.ServerDisconnectedError:
            return await self._connected().post(url, data=_sent(content), headers=headers)

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_IDLE_S)
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


def _sent(content: bytes) -> bytes | io.BytesIO:
    """A large body is sent in parts, between which other work goes on."""
    return content if len(content) <= _AT_ONCE else io.BytesIO(content)


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The body, if it is not larger than an answer may be (base64 makes four bytes of three)."""
    limit = MAX_BYTES * 4 // 3 + 1024
    if (response.content_length or 0) > limit:
        raise _too_large()
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > limit:
            raise _too_large()
    return bytes(body)


def _too_large() -> TooLarge:
    return TooLarge(f"the model service's answer is larger than {MAX_BYTES} bytes")


async def _refusal(response: aiohttp.ClientResponse) -> ModelFault:
    said = (await response.content.read(4 * _MAX_REASON)).decode(errors="replace")
    reason = said.strip()[:_MAX_REASON] or f"HTTP {response.status}"
    return faults.from_http(response.status, reason)
