"""Virtual time: an event loop that never waits, and always knows what time it would be."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Skipping(selectors.SelectSelector):
    """Instead of waiting for a timer, puts the clock forward to it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everything waits for everything else: the test would hang")
        self.now += max(0.0, timeout)
        return super().select(0)


class _Clockwork(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def played(story: Coroutine[Any, Any, T]) -> T:
    """What a story comes to, in no time; it begins at 0 seconds."""
    with asyncio.Runner(loop_factory=_Clockwork) as runner:
        return runner.run(story)


def now() -> float:
    """The seconds since the story began."""
    return asyncio.get_running_loop().time()
