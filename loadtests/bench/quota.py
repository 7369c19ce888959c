"""Use of SES's quota through the whole embedded world, and what halving it in mid-run does.

The quota is one that two cores can fill: without it the same world sends 240 to 370 e-mails a
second. A campaign runs at 100 a second until half of it is accepted; then the account's rate is 50.
"""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from rich.console import Console

from loadtests import charts, grounds, proof
from loadtests.bench import results
from loadtests.concurrency import quantile
from loadtests.instruments import Sender, Simulator
from operations.client import Api
from operations.simulator import Pace
from operations.watching import follow
from recado.model import Lane

NAME = "quota"
QUOTA = 100.0
HALVED = 50.0
SENDERS = 6
"""MaximumConcurrency of the marketing sender, as `template.yaml` has it."""
STEADY = ("full", "halved")
"""The phases that the goals are about."""
RAMP_UP_S = 5.0
"""From the first mail until all senders were given work: Lambda's poller adds them one by one."""
IN_HAND = SENDERS * 5 * 50
"""Mails that senders have at once, each a batch of five chunks: when fewer are left, some idle."""
SETTLING_S = 10.0
"""Senders ask for the quota anew within this time: what happens in it is a phase of its own."""
_PATIENCE_S = 300.0
_PAGE = 10_000
console = Console()


@dataclass(frozen=True)
class Row:
    """One phase; times in seconds. `used` is the part of the phase's quota that was sent, waits
    are from the launch to SES's acceptance of this phase's mails."""

    phase: str
    quota: float
    senders: int
    seconds: float
    mails: int
    used: float
    calls: int
    throttled_calls: int
    throttled_share: float
    p50_s: float
    p95_s: float
    repeats: int


@dataclass(frozen=True)
class Phase:
    """A stretch of a run, in epoch seconds."""

    name: str
    quota: float
    begun: float
    ended: float


def phases(moments: Sequence[float], halved_at: float) -> tuple[Phase, ...]:
    """The five parts of a run, by when each mail was accepted."""
    up, settled = min(moments[0] + RAMP_UP_S, halved_at), halved_at + SETTLING_S
    scarce = max(moments[max(0, len(moments) - IN_HAND)], settled)
    return (
        Phase("ramp-up", QUOTA, moments[0], up),
        Phase("full", QUOTA, up, halved_at),
        Phase("settling", HALVED, halved_at, settled),
        Phase("halved", HALVED, settled, scarce),
        Phase("last chunks", HALVED, scarce, max(moments[-1], scarce)),
    )


def row_of(
    phase: Phase,
    launched: float,
    moments: Sequence[float],
    calls: Sequence[dict[str, Any]],
    repeats: int,
) -> Row:
    """What happened within a phase."""
    inside = [moment for moment in moments if phase.begun <= moment < phase.ended]
    asked = [call for call in calls if phase.begun <= call["at_ms"] / 1000 < phase.ended]
    throttled = sum(call["outcome"] in {"throttled", "throttle", "partial"} for call in asked)
    seconds = phase.ended - phase.begun
    return Row(
        phase=phase.name,
        quota=phase.quota,
        senders=SENDERS,
        seconds=round(seconds, 1),
        mails=len(inside),
        used=round(len(inside) / (seconds * phase.quota), 3) if seconds else 0.0,
        calls=len(asked),
        throttled_calls=throttled,
        throttled_share=round(throttled / max(1, len(asked)), 5),
        p50_s=round(quantile(inside, 0.5) - launched, 1) if inside else 0.0,
        p95_s=round(quantile(inside, 0.95) - launched, 1) if inside else 0.0,
        repeats=repeats,
    )


class Halving:
    """Halves the account's rate once half of a campaign is accepted; ends with the block."""

    def __init__(self, ses_url: str, people: int) -> None:
        self.at = 0.0
        self._http = httpx.Client(base_url=ses_url, trust_env=False, timeout=30)
        self._half = people / 2
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Halving":
        self._base = self._accepted()
        self._watcher.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watcher.join()
        self._http.close()

    def _accepted(self) -> int:
        return int(self._http.get("/_sim/ledger/summary").json()["accepted"])

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            if self._accepted() - self._base >= self._half:
                self._http.put("/_sim/account", json={"max_send_rate": HALVED}).raise_for_status()
                self.at = time.time()
                return


def send_calls(ses_url: str) -> list[dict[str, Any]]:
    """Every call that sends, with its time and outcome."""
    found: list[dict[str, Any]] = []
    after = 0
    with httpx.Client(base_url=ses_url, trust_env=False, timeout=60) as http:
        while page := http.get("/_sim/calls", params={"after": after, "limit": _PAGE}).json()[
            "calls"
        ]:
            found += [call for call in page if call["entries"]]
            after = page[-1]["id"]
    return found


def measure(people: int) -> tuple[list[Row], list[float], float]:
    """One campaign; the rows, when each mail was accepted, and when the rate was halved."""
    folder = grounds.RESULTS / "audiences"
    (folder / "warm").mkdir(parents=True, exist_ok=True)
    with grounds.opened(Pace(max_send_rate=QUOTA, latency_ms=50)) as ground:
        sender = Sender.of(ground)
        with Api.at(ground.api_url, ground.token, local=True) as api, sender.kept():
            sender.set_limit(SENDERS)
            warm = proof.launch(api, Lane.MARKETING, proof.audience(300, folder / "warm"))
            for _ in follow(api, warm, _PATIENCE_S):
                pass
            audience = proof.audience(people, folder)
            with Halving(ground.ses_url, people) as halving:
                launched = time.time()
                campaign_id = proof.launch(api, Lane.MARKETING, audience)
                for _ in follow(api, campaign_id, _PATIENCE_S):
                    pass
        moments = Simulator(ground.ses_url).accepted_at(campaign_id)
        calls = send_calls(ground.ses_url)
    repeats = len(moments) - people
    stretches = phases(moments, halving.at)
    rows = [row_of(phase, launched, moments, calls, repeats) for phase in stretches]
    return rows, moments, halving.at


def run(scale: float) -> None:
    """Measure, keep the rows and the seconds, draw the chart."""
    around = results.surroundings()
    rows, moments, halved_at = measure(max(2 * IN_HAND, round(12_000 * scale)))
    results.keep(NAME, rows, around)
    first = moments[0]
    accepted = Counter(int(moment - first) for moment in moments)
    seconds = list(range(int(moments[-1] - first) + 1))
    allowed = [QUOTA if first + second < halved_at else HALVED for second in seconds]
    results.keep_plain(
        "quota-seconds",
        (
            {"second": second, "accepted": accepted[second], "quota": quota}
            for second, quota in zip(seconds, allowed, strict=True)
        ),
        around,
    )
    for row in rows:
        console.print(
            f"  {row.phase:8} {row.used:.1%} of {row.quota:.0f}/s,"
            f" {row.throttled_calls} of {row.calls} calls throttled"
        )
    charts.over_time(
        seconds,
        [accepted[second] for second in seconds],
        allowed,
        f"E-mails a second, the quota halved in mid-run\n{results.told(results.kept(NAME)[0])}",
        results.picture(NAME),
    )
