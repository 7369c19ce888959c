"""The two sending quotas of SES, counted in recipients.

Source: "Service quotas in Amazon SES" and "Errors related to the sending quotas", SES developer
guide.
"""

from __future__ import annotations

from collections import deque

SECOND_MS = 1_000
DAY_MS = 24 * 60 * 60 * 1_000
MINUTE_MS = 60 * 1_000


class RateWindow:
    """Maximum send rate: at most ``limit`` recipients in any half-open window of 1,000 ms.

    Times are whole milliseconds that never go back. ``busiest`` is the largest number of recipients
    that any such window has held, so a test can assert ``busiest <= limit``.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.busiest = 0
        self._taken: deque[tuple[int, int]] = deque()
        self._total = 0

    def take(self, now_ms: int, recipients: int) -> bool:
        """Take room for ``recipients`` now, or take nothing and say False."""
        self._forget_before(now_ms - SECOND_MS + 1)
        if self._total + recipients > self.limit:
            return False
        if self._taken and self._taken[-1][0] == now_ms:
            self._taken[-1] = (now_ms, self._taken[-1][1] + recipients)
        else:
            self._taken.append((now_ms, recipients))
        self._total += recipients
        self.busiest = max(self.busiest, self._total)
        return True

    def clear(self) -> None:
        """Forget what was taken and the busiest second."""
        self._taken.clear()
        self._total = 0
        self.busiest = 0

    def _forget_before(self, oldest_ms: int) -> None:
        while self._taken and self._taken[0][0] < oldest_ms:
            self._total -= self._taken.popleft()[1]


class DailyQuota:
    """Sending quota: at most ``limit`` recipients in 24 hours (-1: no limit), by the minute."""

    UNLIMITED = -1

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._minutes: deque[tuple[int, int]] = deque()
        self._total = 0

    def take(self, now_ms: int, recipients: int) -> None:
        """Count ``recipients`` accepted now."""
        minute = now_ms // MINUTE_MS
        if self._minutes and self._minutes[-1][0] == minute:
            self._minutes[-1] = (minute, self._minutes[-1][1] + recipients)
        else:
            self._minutes.append((minute, recipients))
        self._total += recipients

    def has_room(self, now_ms: int, recipients: int) -> bool:
        """Whether ``recipients`` more fit into the last 24 hours."""
        return self.limit == self.UNLIMITED or self.sent(now_ms) + recipients <= self.limit

    def sent(self, now_ms: int) -> int:
        """Recipients counted in the last 24 hours."""
        oldest = (now_ms - DAY_MS) // MINUTE_MS
        while self._minutes and self._minutes[0][0] <= oldest:
            self._total -= self._minutes.popleft()[1]
        return self._total

    def clear(self) -> None:
        """Forget everything counted."""
        self._minutes.clear()
        self._total = 0
