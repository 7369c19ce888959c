"""Batches of a queue, with a poller as LocalStack's is: it receives, handles, and deletes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_lambda import batches
from local_lambda.batches import Batches

Message = dict[str, Any]
Function = Callable[[list[Message]], set[str]]
"""What a function does with messages: answers the ids of those that failed, or raises."""


class FakePoller:
    """A queue and its poller: a message that is received is hidden until it is made visible."""

    def __init__(self, messages: int, batch_size: int, function: Function) -> None:
        self.visible: list[Message] = [{"MessageId": str(number)} for number in range(messages)]
        self.hidden: dict[str, Message] = {}
        self.closed = False
        self.running = 0
        self.most_running = 0
        self._size = batch_size
        self._function = function
        self._lock = threading.Lock()
        self.handle_messages: Callable[[list[Message]], None] = self._handle

    def poll_events(self) -> None:
        with self._lock:
            received, self.visible = self.visible[: self._size], self.visible[self._size :]
            self.hidden |= {message["MessageId"]: message for message in received}
        if received:
            self.handle_messages(received)

    def close(self) -> None:
        self.closed = True

    def _handle(self, messages: list[Message]) -> None:
        with self._lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        try:
            failed = self._function(messages)
        finally:
            with self._lock:
                self.running -= 1
        with self._lock:
            for message in messages:
                if message["MessageId"] not in failed:
                    del self.hidden[message["MessageId"]]


@contextmanager
def polled(queue: FakePoller, limit: int) -> Iterator[Batches]:
    """Polls as LocalStack's loop does, as long as the block lasts."""
    poller = Batches(queue, limit)
    over = threading.Event()

    def loop() -> None:
        while not over.is_set():
            poller.poll_events()
            over.wait(0.001)
        poller.close()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield poller
    finally:
        over.set()
        thread.join()


def until(met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not met():
        assert time.monotonic() < deadline, "nothing came of it in ten seconds"
        time.sleep(0.002)


def test_as_many_batches_run_at_once_as_the_limit_says_and_no_more() -> None:
    go_on = threading.Event()

    def wait(_: list[Message]) -> set[str]:
        assert go_on.wait(10)
        return set()

    queue = FakePoller(messages=20, batch_size=2, function=wait)
    with polled(queue, 3):
        until(lambda: queue.running == 3)
        time.sleep(0.05)
        assert (queue.running, len(queue.hidden)) == (3, 6), "received without a handler for it"
        go_on.set()
        until(lambda: not queue.visible and not queue.hidden)
    assert queue.most_running == 3


def test_a_slow_batch_holds_up_no_other() -> None:
    go_on = threading.Event()

    def first_waits(messages: list[Message]) -> set[str]:
        assert messages[0]["MessageId"] != "0" or go_on.wait(10)
        return set()

    queue = FakePoller(messages=30, batch_size=1, function=first_waits)
    with polled(queue, 2):
        until(lambda: list(queue.hidden) == ["0"] and not queue.visible)
        go_on.set()


def test_only_what_a_function_reported_as_failed_stays_in_the_queue() -> None:
    def some_fail(messages: list[Message]) -> set[str]:
        return {message["MessageId"] for message in messages if message["MessageId"] in "37"}

    queue = FakePoller(messages=10, batch_size=5, function=some_fail)
    with polled(queue, 4):
        until(lambda: not queue.visible and not queue.running and len(queue.hidden) == 2)
    assert set(queue.hidden) == {"3", "7"}


def test_a_batch_that_failed_is_logged_without_its_messages_and_frees_its_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(messages: list[Message]) -> set[str]:
        raise KeyError(f"ana@example.com in {messages}")

    queue = FakePoller(messages=6, batch_size=1, function=fails)
    with polled(queue, 2):
        until(lambda: len(caplog.records) == 6)
    assert len(queue.hidden) == 6
    assert "KeyError" in caplog.text
    assert "ana@example.com" not in caplog.text


def test_a_stopped_mapping_receives_no_more_and_lets_its_batches_end() -> None:
    go_on = threading.Event()

    def wait(_: list[Message]) -> set[str]:
        assert go_on.wait(10)
        return set()

    queue = FakePoller(messages=4, batch_size=1, function=wait)
    with polled(queue, 2):
        until(lambda: queue.running == 2)
    assert queue.closed
    go_on.set()
    until(lambda: not queue.running and not queue.hidden)
    assert len(queue.visible) == 2


def test_a_poll_without_a_free_place_returns_so_that_a_stop_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "_LOOK_UP_S", 0.01)
    go_on = threading.Event()

    def wait(_: list[Message]) -> set[str]:
        assert go_on.wait(10)
        return set()

    queue = FakePoller(messages=3, batch_size=1, function=wait)
    poller = Batches(queue, 2)
    for _ in range(5):
        poller.poll_events()
    assert len(queue.visible) == 1
    go_on.set()
    poller.close()


@settings(max_examples=25, deadline=None)
@given(
    messages=st.integers(0, 40),
    batch_size=st.integers(1, 10),
    limit=st.integers(2, 8),
    failing=st.sets(st.integers(0, 39).map(str)),
)
def test_every_message_is_handled_once_and_deleted_exactly_if_it_did_not_fail(
    messages: int, batch_size: int, limit: int, failing: set[str]
) -> None:
    handled: list[str] = []

    def function(batch: list[Message]) -> set[str]:
        handled.extend(message["MessageId"] for message in batch)
        return failing

    queue = FakePoller(messages, batch_size, function)
    everything = {str(number) for number in range(messages)}
    with polled(queue, limit):
        until(lambda: not queue.visible and set(queue.hidden) == everything & failing)
        until(lambda: not queue.running)
    assert sorted(handled) == sorted(everything)
    assert queue.most_running <= limit
