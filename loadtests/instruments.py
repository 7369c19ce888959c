"""What a benchmark turns and reads: the limit of senders at once, and what SES saw."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from loadtests.grounds import Ground
from operations.errors import Trouble

_PAGE = 10_000


@dataclass(frozen=True)
class Call:
    """One send call as the simulator saw it; `outcome` is `ok`, `partial`, `throttled` …"""

    entries: int
    accepted: int
    outcome: str


class Simulator:
    """The SES simulator's control API."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, trust_env=False, timeout=60)

    def quota(self) -> float:
        """Mails a second that SES lets through."""
        return float(self._ask("/_sim/account")["max_send_rate"])

    def latency_ms(self) -> float:
        """How long each call takes."""
        return float(self._ask("/_sim/faults")["latency"]["per_call_ms"])

    def calls(self, after: int) -> tuple[list[Call], int]:
        """Send calls since the one with the id `after`, and the last one's id."""
        found: list[Call] = []
        while page := self._ask("/_sim/calls", after=after, limit=_PAGE)["calls"]:
            found += [Call(call["entries"], call["accepted"], call["outcome"]) for call in page]
            after = page[-1]["id"]
        return found, after

    def accepted_at(self, campaign_id: str) -> list[float]:
        """When each mail of a campaign was accepted, in epoch seconds, the first one first."""
        return sorted(message["at_ms"] / 1000 for message in self.messages(campaign_id))

    def messages(self, campaign_id: str) -> Iterator[dict[str, Any]]:
        """Every mail of a campaign that was accepted, in order, without its body."""
        cursor: int | None = 0
        while cursor is not None:
            page = self._ask(
                "/_sim/ledger", tag=f"campaign:{campaign_id}", after=cursor, limit=_PAGE
            )
            yield from page["messages"]
            cursor = page["next"]

    def go_wrong(
        self, seed: int, latency_ms: float, hang: float, hang_s: float, lose: float
    ) -> None:
        """From now on a share of the calls hangs once accepted, and a share of events is lost."""
        faults = {
            "seed": seed,
            "latency": {"per_call_ms": latency_ms},
            "calls": [{"kind": "hang_after", "fraction": hang, "seconds": hang_s}],
            "events": [{"kind": "lose", "fraction": lose}],
        }
        self._http.put("/_sim/faults", json=faults).raise_for_status()

    def waiting(self) -> dict[int, int]:
        """The port of each client that waits for the reply to an accepted call, by call."""
        found = self._ask("/_sim/calls/waiting")["calls"]
        return {call["call"]: call["port"] for call in found}

    def lost_events(self, campaign_id: str) -> list[dict[str, str]]:
        """Events of a campaign that were never published: `type` and `address`."""
        answer = self._http.get("/_sim/events/lost", params={"tag": f"campaign:{campaign_id}"})
        answer.raise_for_status()
        found: list[dict[str, str]] = answer.json()
        return found

    def flush(self) -> None:
        """Wait until every event is published, up to the client's time-out at a go."""
        while not self._http.post("/_sim/flush").raise_for_status().json()["flushed"]:
            pass

    def _ask(self, path: str, **query: str | int) -> dict[str, Any]:
        answer = self._http.get(path, params=query)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@dataclass(frozen=True)
class Sender:
    """The marketing sender's event source mapping."""

    functions: Any
    mapping: str

    @classmethod
    def of(cls, ground: Ground) -> "Sender":
        """The mapping of the marketing queue.

        Raises:
            Trouble: there is not exactly one.
        """
        functions = ground.world.client("lambda")
        queue = ground.world.outputs()["SendMarketingArn"]
        found = functions.list_event_source_mappings(EventSourceArn=queue)["EventSourceMappings"]
        if len(found) != 1:
            raise Trouble(f"{len(found)} functions read the queue {queue}", "recado deploy")
        return cls(functions, found[0]["UUID"])

    @property
    def limit(self) -> int:
        """MaximumConcurrency as it is now."""
        found = self.functions.get_event_source_mapping(UUID=self.mapping)
        return int(found["ScalingConfig"]["MaximumConcurrency"])

    def set_limit(self, limit: int) -> None:
        """Change MaximumConcurrency, and wait until the world says so.

        Raises:
            Trouble: it does not.
        """
        self.functions.update_event_source_mapping(
            UUID=self.mapping, ScalingConfig={"MaximumConcurrency": limit}
        )
        deadline = time.monotonic() + 30
        while self.limit != limit:
            if time.monotonic() > deadline:
                raise Trouble(f"MaximumConcurrency is {self.limit}, not {limit}", "recado logs")
            time.sleep(0.2)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Whatever the limit becomes in the block, afterwards it is what it was."""
        before = self.limit
        try:
            yield
        finally:
            self.set_limit(before)
