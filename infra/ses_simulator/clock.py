"""The one clock of the simulator."""

from __future__ import annotations

import time


class Clock:
    """Epoch milliseconds that never go back, so that a window of a second is always one."""

    def __init__(self) -> None:
        self._last = 0

    def __call__(self) -> int:
        self._last = max(self._last, time.time_ns() // 1_000_000)
        return self._last
