"""What others send and read: Apache's own Thrift, plain HTTP, generated code."""

import asyncio
import filecmp
import io
import json
import socket
import struct
import time
from pathlib import Path
from threading import Thread
from typing import Any

import aiohttp
import grpc
import pytest
from grpc import aio
from grpc_tools import protoc
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.Thrift import TMessageType, TType
from thrift.transport.TSocket import TSocket
from thrift.transport.TTransport import TFramedTransport

from assistant import contracts
from assistant.contracts import VERSION, models_pb2, models_pb2_grpc
from assistant.domain.ports import BadInput, Prompt
from assistant.gateway.grpc import GrpcClient
from assistant.gateway.models import Models
from model_services.rest import MAX_BODY

from .services import Scripted, every, served, tone

HUNDRED_MB = 100_000_000
SECONDS = 5.0


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


# Apache's package on one side, ours on the other. It is driven by hand, field by field, as its
# compiler's code would: what is compared is bytes that another implementation writes and reads.


def write_call(out: Any, contract: int = VERSION, deadline_ms: int = 5_000) -> None:
    out.writeFieldBegin("call", TType.STRUCT, 1)
    for number, (name, value) in enumerate(
        (("contract", contract), ("deadline_ms", deadline_ms)), 1
    ):
        out.writeFieldBegin(name, TType.I32, number)
        out.writeI32(value)
    out.writeFieldStop()


def apache_client(port: int) -> TBinaryProtocol:
    transport = TFramedTransport(TSocket("127.0.0.1", port))
    transport.open()
    return TBinaryProtocol(transport, strictRead=True, strictWrite=True)


def read_struct(given: Any) -> dict[int, Any]:
    """Any structure as its fields by number; text and bytes as bytes."""
    fields: dict[int, Any] = {}
    while True:
        _, kind, number = given.readFieldBegin()
        if kind == TType.STOP:
            return fields
        fields[number] = read_value(given, kind)


def read_value(given: Any, kind: int) -> Any:
    match kind:
        case TType.STRUCT:
            return read_struct(given)
        case TType.STRING:
            return given.readBinary()
        case TType.I32:
            return given.readI32()
        case TType.I64:
            return given.readI64()
        case TType.DOUBLE:
            return given.readDouble()
        case TType.BOOL:
            return given.readBool()
        case TType.LIST:
            kind, size = given.readListBegin()
            return [read_value(given, kind) for _ in range(size)]
    raise AssertionError(kind)


def apache_transcribe(port: int, audio: bytes, **call: int) -> dict[int, Any]:
    """What the service answers to Apache's package: its result's fields."""
    wire = apache_client(port)
    wire.writeMessageBegin("transcribe", TMessageType.CALL, 7)
    write_call(wire, **call)
    wire.writeFieldBegin("audio", TType.STRING, 2)
    wire.writeBinary(audio)
    wire.writeFieldBegin("language", TType.STRING, 3)
    wire.writeString("pt-BR")
    wire.writeFieldStop()
    wire.trans.flush()
    assert wire.readMessageBegin() == ("transcribe", TMessageType.REPLY, 7)
    result = read_struct(wire)
    wire.trans.close()
    return result


def test_apaches_client_is_understood_by_our_service() -> None:
    async def turn() -> tuple[dict[int, Any], Scripted]:
        engine = Scripted()
        async with served(engine, "thrift") as urls:
            port = port_of(urls["STT_URL"])
            return await asyncio.to_thread(apache_transcribe, port, tone()), engine

    result, engine = asyncio.run(turn())
    assert result == {0: {1: "olá mundo ☺".encode(), 2: b"pt-BR", 3: 0.75}}
    assert engine.asked == [(tone(), "pt-BR")]


def test_apaches_client_is_told_of_faults() -> None:
    async def turn() -> list[dict[int, Any]]:
        async with served(Scripted(fault=BadInput("no such audio")), "thrift") as urls:
            port = port_of(urls["STT_URL"])
            bad = await asyncio.to_thread(apache_transcribe, port, b"")
            old = await asyncio.to_thread(apache_transcribe, port, b"", contract=99)
            large = await asyncio.to_thread(apache_transcribe, port, bytes(HUNDRED_MB))
            return [bad, old, large]

    bad, old, large = asyncio.run(turn())
    assert bad == {1: {1: 3, 2: b"no such audio"}}
    assert old[1][1] == 9
    assert large[1][1] == 11


def test_apaches_client_is_told_of_a_method_that_is_not_there() -> None:
    def ask(port: int) -> Any:
        wire = apache_client(port)
        wire.writeMessageBegin("sing", TMessageType.CALL, 1)
        wire.writeFieldStop()
        wire.trans.flush()
        _, kind, _ = wire.readMessageBegin()
        wire.trans.close()
        return kind

    async def turn() -> Any:
        async with served(Scripted(), "thrift") as urls:
            return await asyncio.to_thread(ask, port_of(urls["LLM_URL"]))

    assert asyncio.run(turn()) == TMessageType.EXCEPTION


class ApacheService(Thread):
    """A language model by Apache's package: reads one call with it, and answers with it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.asked: dict[int, Any] = {}

    def run(self) -> None:
        connection, _ = self._listening.accept()
        handle = TSocket()
        handle.setHandle(connection)
        wire = TBinaryProtocol(TFramedTransport(handle), strictRead=True, strictWrite=True)
        name, _, sequence = wire.readMessageBegin()
        self.asked = read_struct(wire)
        wire.writeMessageBegin(name, TMessageType.REPLY, sequence)
        wire.writeFieldBegin("success", TType.STRING, 0)
        wire.writeString("R$ 120,50 ☺")
        wire.writeFieldStop()
        wire.trans.flush()
        wire.trans.close()
        self._listening.close()


def test_our_client_is_understood_by_apaches_service() -> None:
    service = ApacheService()
    service.start()
    prompt = Prompt(question="Quanto? ☺", language="pt-BR", facts=("a", ""), history=("oi",))

    async def turn() -> list[str]:
        urls = {"LLM_URL": f"thrift://127.0.0.1:{service.port}"}
        reached = Models.over("thrift", urls, streaming=False)
        pieces = await every(reached.llm.complete(prompt, SECONDS))
        await reached.close()
        return pieces

    assert asyncio.run(turn()) == ["R$ 120,50 ☺"]
    call, asked = service.asked[1], service.asked[2]
    assert call[1] == VERSION
    assert 4_000 < call[2] <= 5_000
    assert asked == {1: "Quanto? ☺".encode(), 2: b"pt-BR", 3: [b"a", b""], 4: [b"oi"]}


# A hundred megabytes from clients that do not check what they send.


def test_a_hundred_megabytes_over_http_are_refused_at_once() -> None:
    async def turn(path: str, kind: str) -> tuple[int, str, float]:
        async with served(Scripted(), "rest-raw") as urls:
            headers = {contracts.CONTRACT: str(VERSION), "Content-Type": kind}
            async with aiohttp.ClientSession() as session:
                began = time.monotonic()
                body = io.BytesIO(bytes(HUNDRED_MB))
                async with session.post(urls["STT_URL"] + path, data=body, headers=headers) as said:
                    return said.status, await said.text(), time.monotonic() - began

    for kind in ("audio/wav", "application/json"):
        status, text, seconds = asyncio.run(turn("/v1/transcribe", kind))
        assert status == 413
        assert "too many" in text
        assert seconds < SECONDS


def test_a_body_of_unknown_length_is_cut_off_where_it_gets_too_large() -> None:
    async def endless() -> Any:
        for _ in range(HUNDRED_MB // 1_000_000):
            yield bytes(1_000_000)

    async def turn() -> int:
        async with served(Scripted(), "rest-raw") as urls:
            headers = {contracts.CONTRACT: str(VERSION), "Content-Type": "audio/wav"}
            async with aiohttp.ClientSession() as session:
                url = urls["STT_URL"] + "/v1/transcribe"
                async with session.post(url, data=endless(), headers=headers) as said:
                    return said.status

    assert MAX_BODY < HUNDRED_MB
    assert asyncio.run(turn()) == 413


def test_a_hundred_megabytes_over_grpc_are_refused_at_once() -> None:
    async def turn() -> grpc.StatusCode:
        async with served(Scripted(), "grpc") as urls:
            target = urls["STT_URL"].removeprefix("grpc://")
            async with aio.insecure_channel(target) as channel:
                stub = models_pb2_grpc.SpeechToTextStub(channel)
                request = models_pb2.TranscribeRequest(audio=bytes(HUNDRED_MB), language="en")
                with pytest.raises(aio.AioRpcError) as refused:
                    await stub.Transcribe(request, timeout=SECONDS)
                return refused.value.code()

    assert asyncio.run(turn()) is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_audio_in_pieces_over_grpc_is_put_together() -> None:
    async def pieces() -> Any:
        for start in range(0, len(tone()), 1_000):
            yield tone()[start : start + 1_000]

    async def turn() -> Scripted:
        engine = Scripted()
        async with served(engine, "grpc") as urls:
            client = GrpcClient(urls["STT_URL"])
            await client.transcribe_pieces(pieces(), "en", SECONDS)
            await client.close()
        return engine

    assert asyncio.run(turn()).asked == [(tone(), "en")]


# Those who speak nonsense.


@pytest.mark.parametrize("protocol", ["rest-raw", "grpc", "thrift"])
@pytest.mark.parametrize(
    "noise", [b"\x00" * 100, b"GET / HTTP/1.1\r\n\r\n", struct.pack("!i", -5), b"\xff" * 64]
)
def test_noise_neither_stops_a_service_nor_keeps_it(protocol: str, noise: bytes) -> None:
    async def turn() -> None:
        engine = Scripted()
        async with served(engine, protocol) as urls:
            reader, writer = await asyncio.open_connection("127.0.0.1", port_of(urls["STT_URL"]))
            writer.write(noise)
            writer.write_eof()
            await asyncio.wait_for(reader.read(100_000), SECONDS)
            writer.close()
            reached = Models.over(protocol, urls)
            await reached.stt.transcribe(tone(), "en", SECONDS)
            await reached.close()

    asyncio.run(turn())


@pytest.mark.parametrize(
    ("path", "kind", "body", "says"),
    [
        ("STT_URL/v1/transcribe", "application/json", b"{", "JSON"),
        ("STT_URL/v1/transcribe", "application/json", b"[]", "object"),
        (
            "STT_URL/v1/transcribe",
            "application/json",
            b'{"audio": "%", "language": "en"}',
            "base64",
        ),
        (
            "LLM_URL/v1/complete",
            "application/json",
            b'{"question": 1, "language": "en"}',
            "question",
        ),
        ("LLM_URL/v1/complete", "text/plain", b"\xff", "UTF-8"),
        ("TTS_URL/v1/speak", "application/json", b'{"text": "a"}', "language"),
        ("TTS_URL/v1/speak", "text/plain", b" ", "no text"),
    ],
)
def test_a_wrong_body_is_refused_with_what_is_wrong(
    path: str, kind: str, body: bytes, says: str
) -> None:
    async def turn() -> tuple[int, str]:
        setting, _, rest = path.partition("/")
        async with served(Scripted(), "rest-json") as urls, aiohttp.ClientSession() as session:
            headers = {
                contracts.CONTRACT: str(VERSION),
                contracts.LANGUAGE: "en",
                "Content-Type": kind,
            }
            url = f"{urls[setting]}/{rest}"
            async with session.post(url, data=body, headers=headers) as said:
                return said.status, await said.text()

    status, text = asyncio.run(turn())
    assert status == 400
    assert says in text


def test_health_says_how_busy_a_service_is() -> None:
    async def turn() -> dict[str, Any]:
        async with served(Scripted(pause=0.3), "rest-raw") as urls:
            reached = Models.over("rest-raw", urls)
            asked = asyncio.create_task(reached.stt.transcribe(tone(), "en", SECONDS))
            await asyncio.sleep(0.1)
            async with (
                aiohttp.ClientSession() as session,
                session.get(urls["STT_URL"] + "/v1/health") as said,
            ):
                health: dict[str, Any] = json.loads(await said.text())
            await asked
            await reached.close()
            return health

    assert asyncio.run(turn()) == {
        "model": "stt",
        "engine": "scripted",
        "contract": VERSION,
        "busy": 1,
        "waiting": 0,
    }


def test_the_generated_code_is_that_of_the_contract(tmp_path: Path) -> None:
    root = Path(contracts.__file__).parents[2]
    code = protoc.main(
        [
            *("protoc", f"-I{root}", f"--python_out={tmp_path}", f"--grpc_python_out={tmp_path}"),
            "assistant/contracts/models.proto",
        ]
    )
    assert code == 0
    for name in ("models_pb2.py", "models_pb2_grpc.py"):
        fresh = tmp_path / "assistant" / "contracts" / name
        assert filecmp.cmp(fresh, root / "assistant" / "contracts" / name, shallow=False), (
            f"{name} is not of the present models.proto: make contracts"
        )
