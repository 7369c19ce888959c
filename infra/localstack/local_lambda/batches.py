"""Several batches of a queue at once, where LocalStack hands over one and waits for its end."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

Messages = list[dict[str, Any]]

_LOOK_UP_S = 1.0
"""How long a poll waits for a batch to end before its mapping may see that it was stopped."""

_log = logging.getLogger(__name__)


class Poller(Protocol):
    """What is used of LocalStack's `SqsPoller`, which receives and handles in one call."""

    handle_messages: Callable[[Messages], None]
    """Invokes the function; deletes what it did not report as failed, and raises if all failed."""

    def poll_events(self) -> None:
        """Receive once, and pass what came to `handle_messages`."""

    def close(self) -> None:
        """End what the poller keeps open."""


class Batches:
    """A poller that has up to `limit` batches handled at once.

    One thread receives, and only while a handler is free: a message that is received is at once on
    its way to the function, so none of its time of invisibility passes in a line. What came of a
    batch concerns nobody else: the messages that are not deleted come again by themselves.
    """

    def __init__(self, poller: Poller, limit: int) -> None:
        self._poller = poller
        self._handle = poller.handle_messages
        self._free = threading.Semaphore(limit)
        self._handlers = ThreadPoolExecutor(limit, thread_name_prefix="batch")
        poller.handle_messages = self._begin

    def poll_events(self) -> None:
        """Receive once if a batch may begin; otherwise return after a while."""
        if self._free.acquire(timeout=_LOOK_UP_S):
            self._free.release()
            self._poller.poll_events()

    def close(self) -> None:
        """Receive no more; batches that have begun go on to their end."""
        self._poller.close()
        self._handlers.shutdown(wait=False)

    def _begin(self, messages: Messages) -> None:
        self._free.acquire()
        self._handlers.submit(self._handle, messages).add_done_callback(self._ended)

    def _ended(self, batch: "Future[None]") -> None:
        self._free.release()
        error = batch.exception()
        if error is not None:
            _log.warning("a batch failed (%s); its messages come again", type(error).__name__)
