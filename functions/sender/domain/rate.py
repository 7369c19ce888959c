"""How fast to send: SES's quota as slots in time that all workers share.

A bucket holds one number, the moment the next slot is free (GCRA: the generic cell rate
algorithm, ITU-T I.371 annex A). Reserving n recipients moves it by n / rate seconds.
"""

import math
from dataclasses import dataclass

from recado.model import Lane

HORIZON_MS = {Lane.TRANSACTIONAL: 10_000, Lane.BILLING: 5_000, Lane.MARKETING: 1_000}
"""How far ahead a lane may take slots. Marketing never fills more than the next second, so that a
bill finds a slot right behind it, however large the campaign."""
PATIENCE_MS = 10_000
"""A worker waits this long in all for its turn; then the chunk goes back to the queue."""
CALLS_A_SECOND = 40
"""A call takes at most this fraction of a second's quota: the less it takes, the less it matters
that it comes late."""
SHARE = 0.97
"""Part of the whole calls that fit a second which are planned for, so that one more may begin
within it, where a call came late or early, and the second still holds no more than its quota."""
LATE_MS = 15
"""Half of what `SHARE` leaves free of a second: a call that is later has missed its slot."""
MAX_BULK = 50


@dataclass(frozen=True)
class Quota:
    """What SES allows the account: recipients a second, recipients left today."""

    per_second: float
    left_today: float
    sending_enabled: bool = True

    @property
    def pace(self) -> float:
        """Recipients a second to plan for."""
        whole = self.per_second // self.call_size * self.call_size
        return max((whole or self.per_second) * SHARE, 0.1)

    @property
    def call_size(self) -> int:
        """The most recipients one call should carry; each call takes a slot of its own."""
        return max(1, min(MAX_BULK, int(self.per_second / CALLS_A_SECOND)))


def cost_us(recipients: int, quota: Quota) -> int:
    """How long a slot for so many recipients is, in microseconds, rounded up."""
    return math.ceil(recipients / quota.pace * 1_000_000)
