"""HTTP with one address: what is asked is asked once, and never confused with anything else."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from botocore.httpsession import get_cert_path
from hypothesis import given
from hypothesis import strategies as st

from recado.exchange import Exchange, Limits, Lost, Unreached
from tests import certificates

HEADERS = {"host": "here"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Told: yes\r\n\r\ndone"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ndo\r\n2\r\nne\r\n0\r\n\r\n"
Answer = Callable[[socket.socket, bytes], bool]
"""Answers a request; whether the connection stays open."""


class Server:
    """Whoever is at the other end; says what a test wants and counts."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.tls = tls
        self.connections = 0
        self.requests: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def serve(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(plain,), daemon=True).start()

    def _talk(self, plain: socket.socket) -> None:
        try:
            line = self.tls.wrap_socket(plain, server_side=True) if self.tls else plain
            with line:
                while (request := _request_from(line)) is not None:
                    self.requests.append(request)
                    if not self.answer(line, request):
                        return
        except OSError:
            return


def _request_from(line: socket.socket) -> bytes | None:
    """What a request holds; `None` when no more come."""
    received = b""
    while b"\r\n\r\n" not in received:
        more = line.recv(65_536)
        if not more:
            return None
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    (length,) = [int(each[16:]) for each in head.split(b"\r\n") if b"content-length: " in each]
    while len(body) < length:
        body += line.recv(65_536)
    return body


@contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(answer, tls)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join()


def exchange(server: Server, read_timeout: float = 5, kept: int = 10) -> Exchange:
    limits = Limits(kept, 2, read_timeout)
    return Exchange(f"http://127.0.0.1:{server.port}", limits, get_cert_path(verify=True))


def says(*parts: bytes, stays: bool = True) -> Answer:
    """The same to everything, in these pieces."""

    def answer(line: socket.socket, _: bytes) -> bool:
        for part in parts:
            line.sendall(part)
        return stays

    return answer


@pytest.mark.parametrize("said", [OK, CHUNKED])
def test_an_answer_is_read_whole_and_its_connection_used_again(said: bytes) -> None:
    with serving(says(said)) as server:
        peer = exchange(server)
        answers = [peer.ask("POST", "/", HEADERS, b"%d" % number) for number in range(3)]
    assert [(answer.status, answer.data) for answer in answers] == [(200, b"done")] * 3
    assert server.requests == [b"0", b"1", b"2"]
    assert server.connections == 1


@given(st.sampled_from([OK, CHUNKED]), st.sets(st.integers(1, 60), max_size=8))
def test_an_answer_is_the_same_in_whatever_pieces_it_comes(said: bytes, cuts: set[int]) -> None:
    places = [0, *sorted(cuts), len(said)]
    pieces = [said[one:other] for one, other in pairwise(places)]
    with serving(says(*pieces)) as server:
        answer = exchange(server).ask("POST", "/", HEADERS, b"x")
    assert (answer.status, answer.data) == (200, b"done")


def test_headers_are_found_by_their_names_in_lower_case() -> None:
    with serving(says(OK)) as server:
        assert exchange(server).ask("POST", "/", HEADERS, b"").headers["x-told"] == "yes"


def test_a_connection_that_the_other_side_closed_is_made_anew() -> None:
    with serving(says(OK, stays=False)) as server:
        peer = exchange(server)
        for number in range(2):
            assert peer.ask("POST", "/", HEADERS, b"%d" % number).data == b"done"
            threading.Event().wait(0.05)
    assert server.requests == [b"0", b"1"]
    assert server.connections == 2


def test_no_more_connections_are_kept_than_may_be() -> None:
    with serving(says(OK)) as server:
        peer = exchange(server, kept=0)
        for _ in range(2):
            peer.ask("POST", "/", HEADERS, b"")
    assert server.connections == 2


@pytest.mark.parametrize(
    "closing",
    [OK.replace(b"X-Told: yes", b"Connection: close"), OK.replace(b"HTTP/1.1", b"HTTP/1.0")],
    ids=["close", "HTTP/1.0"],
)
def test_a_connection_that_is_to_be_closed_is_not_used_again(closing: bytes) -> None:
    with serving(says(closing)) as server:
        peer = exchange(server)
        for _ in range(2):
            assert peer.ask("POST", "/", HEADERS, b"").data == b"done"
    assert server.connections == 2


@pytest.mark.parametrize(
    "said", [b"", OK[:10], OK[:-1], CHUNKED[:-5], b"nonsense\r\n\r\n", OK + OK], ids=repr
)
def test_an_answer_that_is_not_one_whole_answer_is_lost_and_not_asked_for_again(
    said: bytes,
) -> None:
    with serving(says(said, stays=False)) as server:
        with pytest.raises(Lost):
            exchange(server).ask("POST", "/", HEADERS, b"pay")
        assert server.requests == [b"pay"]


def test_an_answer_that_takes_too_long_is_lost_and_its_rest_never_taken_for_the_next() -> None:
    late = threading.Event()

    def answer(line: socket.socket, request: bytes) -> bool:
        if request == b"first":
            late.wait(2)
            return False
        line.sendall(OK)
        return True

    with serving(answer) as server:
        peer = exchange(server, read_timeout=0.05)
        with pytest.raises(Lost, match="timed out"):
            peer.ask("POST", "/", HEADERS, b"first")
        late.set()
        assert peer.ask("POST", "/", HEADERS, b"second").data == b"done"
    assert server.connections == 2


def test_what_nobody_asked_for_ends_a_connection() -> None:
    def twice(line: socket.socket, _: bytes) -> bool:
        line.sendall(OK)
        threading.Event().wait(0.02)
        line.sendall(OK.replace(b"done", b"evil"))
        return True

    with serving(twice) as server:
        peer = exchange(server)
        assert peer.ask("POST", "/", HEADERS, b"").data == b"done"
        threading.Event().wait(0.1)
        assert peer.ask("POST", "/", HEADERS, b"").data == b"done"
    assert server.connections == 2


def test_who_is_not_there_was_asked_nothing() -> None:
    with serving(says(OK)) as server:
        peer = exchange(server)
    with pytest.raises(Unreached, match="ConnectionRefusedError"):
        peer.ask("POST", "/", HEADERS, b"")


def test_an_address_without_a_host_is_not_reached() -> None:
    peer = Exchange("http://nobody.invalid:9", Limits(1, 2, 2), get_cert_path(verify=True))
    with pytest.raises(Unreached):
        peer.ask("POST", "/", HEADERS, b"")


def test_many_threads_each_get_their_own_answers() -> None:
    def echo(line: socket.socket, request: bytes) -> bool:
        line.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(request) + request)
        return True

    with serving(echo) as server:
        peer = exchange(server)
        with ThreadPoolExecutor(10) as pool:
            asked = [b"%d" % number for number in range(400)]
            told = list(pool.map(lambda body: peer.ask("POST", "/", HEADERS, body).data, asked))
    assert told == asked
    assert server.connections <= 10


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's certificate, and the file that says whom to trust."""
    folder = tmp_path_factory.mktemp("tls")
    certificates.loopback(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


def test_over_tls_connections_are_kept_too(identity: tuple[ssl.SSLContext, Path]) -> None:
    context, trusted = identity
    with serving(says(OK), context) as server:
        peer = Exchange(f"https://127.0.0.1:{server.port}", Limits(1, 2, 2), str(trusted))
        for _ in range(3):
            assert peer.ask("POST", "/", HEADERS, b"").data == b"done"
    assert len(server.requests) == 3
    assert server.connections <= 2


def test_who_cannot_prove_who_they_are_is_asked_nothing(
    identity: tuple[ssl.SSLContext, Path],
) -> None:
    context, _ = identity
    with serving(says(OK), context) as server:
        limits = Limits(1, 2, 2)
        stranger = Exchange(f"https://127.0.0.1:{server.port}", limits, get_cert_path(verify=True))
        with pytest.raises(Unreached, match="certificate verify failed"):
            stranger.ask("POST", "/", HEADERS, b"secret")
    assert server.requests == []
