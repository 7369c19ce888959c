"""A campaign as it moves: planned, accepted by SES, delivered, failed, and how fast."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf

from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from operations.client import Api, Document
from operations.console import console, moving
from operations.errors import Trouble

OVER = frozenset({"completed", "partial", "cancelled"})
ACCEPTED = ("sent", "delivered", "undelivered", "bounced", "complained")
SETTLED = ("delivered", "undelivered", "bounced", "complained")
UNSENT = ("failed", "suppressed", "held", "cancelled", "control")
_POLL_S = 0.4
_RATE_WINDOW_S = 4.0
_BAR_WIDTH = 44
_STATUS_STYLES = {
    "completed": "good",
    "partial": "warning",
    "paused": "warning",
    "cancelled": "bad",
}


@dataclass(frozen=True)
class Standing:
    """A campaign's numbers at one moment."""

    name: str
    lane: str
    status: str
    total: int
    plan_done: bool
    counts: dict[str, int]
    reason: str = ""

    @classmethod
    def of(cls, campaign: Document) -> "Standing":
        """From `GET /v1/campaigns/{id}`."""
        progress = campaign.get("progress") or {}
        return cls(
            name=campaign["name"],
            lane=campaign["lane"],
            status=campaign["status"],
            total=progress.get("total", 0),
            plan_done=bool(progress.get("plan_done")),
            counts=progress.get("counts", {}),
            reason=progress.get("reason") or "",
        )

    def sum(self, *states: str) -> int:
        """How many recipients are in any of these states."""
        return sum(self.counts.get(state, 0) for state in states)

    @property
    def adds_up(self) -> bool:
        """Whether every recipient is in exactly one state."""
        return sum(self.counts.values()) == self.total


class Speed:
    """Mails accepted a second: over the last few seconds, and over the whole time of sending."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._idle_until = 0.0
        self._moved_at = 0.0
        self._accepted = 0

    def after(self, at: float, accepted: int) -> float:
        """The present speed once `accepted` mails had been taken at the time `at` (seconds)."""
        if accepted == 0:
            self._idle_until = at
        if accepted > self._accepted:
            self._accepted, self._moved_at = accepted, at
        self._seen.append((at, accepted))
        while self._seen[0][0] < at - _RATE_WINDOW_S:
            self._seen.popleft()
        (first_at, first), (last_at, last) = self._seen[0], self._seen[-1]
        return (last - first) / (last_at - first_at) if last_at > first_at else 0.0

    @property
    def mean(self) -> float:
        """From the first mail to the last."""
        seconds = self._moved_at - self._idle_until
        return self._accepted / seconds if seconds > 0 else 0.0


def follow(api: Api, campaign_id: str, patience_s: float = inf) -> Iterator[Standing]:
    """The campaign's standing, again and again, until it is over.

    Raises:
        Trouble: nothing moved for `patience_s` seconds.
    """
    before, moved_at = None, time.monotonic()
    while True:
        standing = Standing.of(api.get(f"/v1/campaigns/{campaign_id}"))
        yield standing
        if standing.status in OVER:
            return
        if standing != before:
            before, moved_at = standing, time.monotonic()
        if time.monotonic() - moved_at > patience_s:
            why = f" ({standing.reason})" if standing.reason else ""
            raise Trouble(
                f"the campaign is {standing.status}{why} and has not moved for {patience_s:.0f} s",
                "recado status; recado logs --errors",
            )
        time.sleep(_POLL_S)


def follow_feedback(api: Api, campaign_id: str, patience_s: float) -> Iterator[Standing]:
    """The standing of a finished campaign until SES told what became of every accepted mail."""
    deadline = time.monotonic() + patience_s
    while True:
        standing = Standing.of(api.get(f"/v1/campaigns/{campaign_id}"))
        yield standing
        if standing.sum("sent") == 0 or time.monotonic() > deadline:
            return
        time.sleep(_POLL_S)


def watch(
    api: Api, campaign_id: str, *, patience_s: float = inf, feedback_s: float = 0
) -> Standing:
    """Show a campaign until it is over, and up to `feedback_s` more for SES's feedback.

    Returns the last standing; raises as `follow` does. Ctrl-C stops watching, not the campaign.
    """
    began, speed = time.monotonic(), Speed()
    standing = Standing.of(api.get(f"/v1/campaigns/{campaign_id}"))
    with Live(console=moving, refresh_per_second=8, transient=True) as live:
        for standing in follow(api, campaign_id, patience_s):
            elapsed = time.monotonic() - began
            now = speed.after(elapsed, standing.sum(*ACCEPTED))
            live.update(picture(standing, now, elapsed))
        ended = time.monotonic() - began
        for standing in follow_feedback(api, campaign_id, feedback_s):
            live.update(picture(standing, speed.mean, ended))
    console.print(picture(standing, speed.mean, ended))
    return standing


def picture(standing: Standing, speed: float, elapsed_s: float) -> RenderableType:
    """The bars of one moment."""
    title = Text.assemble(
        (standing.name, "bold"),
        (f"  {standing.lane}   ", "quiet"),
        (f"● {standing.status}", _STATUS_STYLES.get(standing.status, "accent")),
        (f"   {int(elapsed_s) // 60:02}:{int(elapsed_s) % 60:02}", "quiet"),
        (f"   {standing.reason}", "warning"),
    )
    return Padding(Group(title, _bars(standing, speed)), (0, 0, 0, 2))


def _bars(standing: Standing, speed: float) -> Table:
    bars = Table.grid(padding=(0, 2, 0, 0))
    bars.add_column(width=9)
    bars.add_column(width=_BAR_WIDTH)
    bars.add_column(justify="right", min_width=11)
    bars.add_column(justify="right", min_width=7)
    total, accepted = standing.total, standing.sum(*ACCEPTED)
    settled, failed = standing.sum(*SETTLED), standing.sum("failed", "held")
    planned = f"{total:,}" if standing.plan_done else f"{total:,} …"
    _bar(bars, "planned", total if standing.plan_done else 0, total, planned)
    _bar(bars, "sent", accepted, total, f"{accepted:,}", f"{speed:,.0f}/s")
    _bar(bars, "answered", settled, total, f"{settled:,}")
    _bar(bars, "failed", failed, total, f"{failed:,}", style="bad")
    return bars


def _bar(
    bars: Table, name: str, done: int, total: int, count: str, note: str = "", style: str = ""
) -> None:
    bar = ProgressBar(
        total=max(total, 1),
        completed=done,
        complete_style=style or "bar.complete",
        finished_style=style or "bar.finished",
    )
    bars.add_row(Text(name, "quiet"), bar, Text(count), Text(note, "quiet"))
