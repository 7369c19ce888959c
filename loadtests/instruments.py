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
        moments: list[float] = []
        cursor: int | None = 0
        while cursor is not None:
            page = self._ask(
                "/_sim/ledger", tag=f"campaign:{campaign_id}", after=cursor, limit=_PAGE
            )
            moments += [message["at_ms"] / 1000 for message in page["messages"]]
            cursor = page["next"]
        return sorted(moments)

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
