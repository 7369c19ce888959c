"""The clients and the services over every protocol, on the loopback interface."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from assistant import contracts
from assistant.domain.ports import (
    MAX_BYTES,
    BadInput,
    ModelFault,
    Overloaded,
    Prompt,
    TooLarge,
    TooLate,
    Unreachable,
    WrongVersion,
)
from assistant.gateway.models import Models
from model_services.audio import read_wav
from model_services.serving import Plan, serve
from operations.ports import any_free
from recado.settings import Misconfigured

from .services import PROTOCOLS, SETTINGS, Scripted, every, models, served, soon, tone

PROMPT = Prompt(
    question="Quanto devo? ☺",
    language="pt-BR",
    facts=("A fatura é de R$ 120,50.", ""),
    history=("oi", "olá"),
)
SECONDS = 5.0
over_each_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


class Audible:
    """An engine that looks at the audio it is given, as all engines do."""

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Any:
        """Nothing said; the audio is read."""
        read_wav(audio)


@over_each_protocol
@pytest.mark.parametrize("streaming", [True, False])
def test_everything_arrives_as_it_was_sent(protocol: str, *, streaming: bool) -> None:
    async def turn() -> None:
        engine = Scripted()
        async with models(engine, protocol, streaming=streaming) as reached:
            audio = tone()
            said = await reached.stt.transcribe(audio, "pt-BR", SECONDS)
            text = await every(reached.llm.complete(PROMPT, SECONDS))
            sound = await every(reached.tts.speak("Olá ☺", "pt-BR", SECONDS))
        assert (said.text, said.language, said.confidence) == ("olá mundo ☺", "pt-BR", 0.75)
        assert "".join(text) == "".join(engine.words)
        assert b"".join(sound) == b"".join(engine.sound)
        assert engine.asked == [(audio, "pt-BR"), PROMPT, ("Olá ☺", "pt-BR")]

    asyncio.run(turn())


@over_each_protocol
def test_a_stream_gives_the_first_piece_before_the_last_is_made(protocol: str) -> None:
    class Stepwise(Scripted):
        def __init__(self) -> None:
            super().__init__()
            self.heard = asyncio.Event()

        async def _told(self, pieces: tuple[Any, ...]) -> AsyncGenerator[Any]:
            for piece in pieces:
                yield piece
                await self.heard.wait()

    async def turn() -> list[str]:
        engine = Stepwise()
        async with asyncio.timeout(SECONDS), models(engine, protocol) as reached:
            answer = reached.llm.complete(PROMPT, SECONDS)
            first = await anext(answer)
            engine.heard.set()
            return [first, *await every(answer)]

    assert "".join(asyncio.run(turn())) == "".join(Scripted().words)


@over_each_protocol
def test_a_reader_who_leaves_ends_the_work(protocol: str) -> None:
    class Endless(Scripted):
        ended = False

        async def _told(self, pieces: tuple[Any, ...]) -> AsyncGenerator[Any]:
            try:
                while True:
                    yield "a" * 1000
                    await asyncio.sleep(0.01)
            finally:
                self.ended = True

    async def barge_in() -> None:
        engine = Endless()
        async with models(engine, protocol) as reached:
            answer = reached.llm.complete(PROMPT, SECONDS)
            await anext(answer)
            await answer.aclose()  # type: ignore[attr-defined]
            assert await soon(lambda: engine.ended)

    asyncio.run(barge_in())


@over_each_protocol
@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize(
    "fault", [BadInput, TooLarge, Overloaded, TooLate, Unreachable, WrongVersion]
)
def test_a_fault_arrives_as_itself_with_its_sentence(
    protocol: str, *, streaming: bool, fault: type[ModelFault]
) -> None:
    async def turn(ask: Callable[[Models], Awaitable[Any]]) -> None:
        engine = Scripted(fault=fault("the engine says why"))
        async with models(engine, protocol, streaming=streaming) as reached:
            with pytest.raises(fault, match="the engine says why") as caught:
                await ask(reached)
            assert type(caught.value) is fault

    for ask in _ASKS:
        asyncio.run(turn(ask))


_ASKS: tuple[Callable[[Models], Awaitable[Any]], ...] = (
    lambda reached: reached.stt.transcribe(tone(), "en", SECONDS),
    lambda reached: every(reached.llm.complete(PROMPT, SECONDS)),
    lambda reached: every(reached.tts.speak("hello", "en", SECONDS)),
)


@over_each_protocol
def test_an_engines_bug_says_so_without_what_it_was_about(protocol: str) -> None:
    async def turn() -> None:
        engine = Scripted(fault=RuntimeError("Ana owes 10"))
        async with models(engine, protocol) as reached:
            with pytest.raises(Unreachable) as caught:
                await reached.stt.transcribe(tone(), "en", SECONDS)
        assert "Ana" not in str(caught.value)

    asyncio.run(turn())


@over_each_protocol
def test_a_fault_within_a_stream_ends_it(protocol: str) -> None:
    class Breaking(Scripted):
        async def _told(self, pieces: tuple[Any, ...]) -> AsyncGenerator[Any]:
            yield "so far "
            await asyncio.sleep(0.05)
            raise Overloaded("in the middle")

    async def turn() -> None:
        async with models(Breaking(), protocol) as reached:
            answer = reached.llm.complete(PROMPT, SECONDS)
            assert await anext(answer) == "so far "
            # A raw body has no place for a fault behind its beginning: it breaks off.
            expected = Unreachable if protocol == "rest-raw" else Overloaded
            with pytest.raises(expected):
                await anext(answer)

    asyncio.run(turn())


@over_each_protocol
@pytest.mark.parametrize("streaming", [True, False])
def test_a_slow_service_is_given_up_at_the_deadline_and_stops_working(
    protocol: str, *, streaming: bool
) -> None:
    async def turn() -> None:
        engine = Scripted(pause=30)
        async with models(engine, protocol, streaming=streaming) as reached:
            for ask in (
                reached.stt.transcribe(tone(), "en", 0.5),
                every(reached.llm.complete(PROMPT, 0.5)),
                every(reached.tts.speak("hello", "en", 0.5)),
            ):
                began = time.monotonic()
                with pytest.raises(TooLate):
                    await ask
                assert time.monotonic() - began < engine.pause / 3
            assert await soon(lambda: engine.left == len(engine.asked) > 0)
            # gRPC tells the deadline in whole milliseconds, rounded up, and by the wall's clock.
            assert all(0 < timeout < 0.51 for timeout in engine.timeouts)

    asyncio.run(turn())


@over_each_protocol
def test_without_time_left_nothing_is_asked(protocol: str) -> None:
    async def turn() -> None:
        engine = Scripted()
        async with models(engine, protocol) as reached:
            with pytest.raises(TooLate):
                await reached.stt.transcribe(tone(), "en", 0)
            with pytest.raises(TooLate):
                await every(reached.llm.complete(PROMPT, -1))
        assert not engine.asked

    asyncio.run(turn())


@over_each_protocol
def test_a_dead_service_is_named_at_once(protocol: str) -> None:
    async def turn() -> None:
        scheme = "http" if protocol.startswith("rest") else protocol
        port = any_free(1)[0]
        url = f"{scheme}://127.0.0.1:{port}"
        reached = Models.over(protocol, dict.fromkeys(SETTINGS.values(), url))
        for ask in _ASKS:
            began = time.monotonic()
            with pytest.raises(Unreachable, match=str(port)):
                await ask(reached)
            assert time.monotonic() - began < SECONDS / 2
        await reached.close()

    asyncio.run(turn())


@over_each_protocol
def test_a_service_that_comes_back_is_found_again(protocol: str) -> None:
    async def turn() -> None:
        engine = Scripted()
        async with served(engine, protocol) as urls:
            reached = Models.over(protocol, urls)
            await reached.stt.transcribe(tone(), "en", SECONDS)
        with pytest.raises(Unreachable):
            await reached.stt.transcribe(tone(), "en", SECONDS)
        port = int(urls["STT_URL"].rpartition(":")[2])
        again = await serve(Plan("stt", protocol.partition("-")[0], "s", port=port), engine)
        for _ in range(40):
            try:
                await reached.stt.transcribe(tone(), "en", SECONDS)
                break
            except Unreachable:
                await asyncio.sleep(0.1)
        assert len(engine.asked) == 2
        await reached.close()
        await again.stop()

    asyncio.run(turn())


@over_each_protocol
def test_a_full_queue_refuses_at_once_and_serves_those_who_wait(protocol: str) -> None:
    class Held(Scripted):
        def __init__(self) -> None:
            super().__init__()
            self.free = asyncio.Event()

        async def _begin(self, asked: Any, timeout: float) -> None:
            await self.free.wait()

    async def crowd() -> list[Any]:
        engine = Held()
        async with models(engine, protocol, pool=2, queue=1) as reached:
            asked = [
                asyncio.create_task(reached.stt.transcribe(tone(), "en", SECONDS)) for _ in range(6)
            ]
            assert await soon(lambda: sum(each.done() for each in asked) == 3)
            engine.free.set()
            return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(crowd())
    refused = [answer for answer in answers if isinstance(answer, Exception)]
    assert [type(answer) for answer in refused] == [Overloaded] * 3
    assert "try again" in str(refused[0])


@over_each_protocol
def test_another_version_of_the_contract_is_refused(
    protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def turn() -> None:
        engine = Scripted()
        async with models(engine, protocol) as reached:
            for ask in _ASKS:
                with pytest.raises(WrongVersion, match="deploy both from one release"):
                    await ask(reached)
        assert not engine.asked

    for module in ("rest", "thrift"):
        monkeypatch.setattr(f"assistant.gateway.{module}.VERSION", contracts.VERSION + 1)
    metadata = ((contracts.CONTRACT, str(contracts.VERSION + 1)),)
    monkeypatch.setattr("assistant.gateway.grpc._METADATA", metadata)
    asyncio.run(turn())


@over_each_protocol
@pytest.mark.parametrize(
    ("audio", "why"),
    [
        (b"", "ends too early"),
        (b"RIFF", "ends too early"),
        (b"no audio at all, but long enough to look like some" * 20, "RIFF"),
        (tone()[:40], "no WAV file"),
        (tone()[:44], "no samples"),
        (tone(rate=4_000), "4000 samples a second"),
    ],
)
def test_malformed_audio_is_refused_with_what_is_wrong(
    protocol: str, audio: bytes, why: str
) -> None:
    async def turn() -> None:
        async with models(Audible(), protocol) as reached:
            with pytest.raises(BadInput, match=why):
                await reached.stt.transcribe(audio, "en", SECONDS)

    asyncio.run(turn())


@over_each_protocol
def test_too_much_is_refused_before_it_is_sent(protocol: str) -> None:
    async def turn() -> None:
        engine = Scripted()
        async with models(engine, protocol) as reached:
            with pytest.raises(TooLarge, match=str(MAX_BYTES)):
                await reached.stt.transcribe(bytes(100_000_000), "en", SECONDS)
            with pytest.raises(TooLarge):
                await every(reached.tts.speak("a" * (MAX_BYTES + 1), "en", SECONDS))
        assert not engine.asked

    asyncio.run(turn())


@over_each_protocol
def test_as_much_as_is_allowed_goes_through(protocol: str) -> None:
    async def turn() -> None:
        engine = Scripted()
        async with models(engine, protocol) as reached:
            audio = bytes(MAX_BYTES)
            await reached.stt.transcribe(audio, "en", 20)
        assert engine.asked == [(audio, "en")]

    asyncio.run(turn())


@over_each_protocol
def test_kept_answers_are_not_made_again_and_only_where_asked_for(protocol: str) -> None:
    async def turns(cache: int) -> int:
        engine = Scripted()
        async with models(engine, protocol, cache=cache) as reached:
            for _ in range(2):
                for ask in _ASKS:
                    await ask(reached)
        return len(engine.asked)

    assert asyncio.run(turns(0)) == 6
    assert asyncio.run(turns(10)) == 3


def test_a_model_the_settings_do_not_name_is_unreachable() -> None:
    async def turn() -> None:
        reached = Models.over("grpc", {"STT_URL": "none"})
        for ask, setting in zip(_ASKS, SETTINGS.values(), strict=True):
            with pytest.raises(Unreachable, match=setting):
                await ask(reached)

    asyncio.run(turn())


@pytest.mark.parametrize(
    ("protocol", "url"),
    [
        ("soap", "http://127.0.0.1:1"),
        ("grpc", "http://127.0.0.1:1"),
        ("thrift", "thrift://127.0.0.1"),
        ("rest-raw", "http://127.0.0.1:99999"),
    ],
)
def test_wrong_settings_are_named(protocol: str, url: str) -> None:
    with pytest.raises(Misconfigured, match="ASSISTANT_PROTOCOL"):
        Models.over(protocol, {"STT_URL": url})
