"""The faults at work: one seeded generator and the countdowns of the rules."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

from ses_simulator.errors import Refusal
from ses_simulator.faults import CallFault, EventFault, Faults

Rule = TypeVar("Rule", CallFault, EventFault)


class Chance:
    """Decides what goes wrong. The same faults and the same order of calls decide the same way."""

    def __init__(self, faults: Faults) -> None:
        self.reset(faults)

    def reset(self, faults: Faults) -> None:
        """Start over with ``faults``: a fresh generator and full countdowns."""
        self._faults = faults
        self._random = random.Random(faults.seed)
        self._calls = _Rules(faults.calls, self._random)
        self._events = _Rules(faults.events, self._random)

    def current(self) -> Faults:
        """The faults with ``next`` as it stands now."""
        return replace(self._faults, calls=self._calls.left(), events=self._events.left())

    def latency_seconds(self, recipients: int) -> float:
        """How long a call for this many recipients waits before it is accepted."""
        latency = self._faults.latency
        fixed = latency.per_call_ms + latency.per_recipient_ms * recipients
        jitter = self._random.uniform(0, latency.jitter_ms) if latency.jitter_ms else 0.0
        return (fixed + jitter) / 1_000

    def of_call(self, operation: str) -> CallFault | None:
        """The first rule that fires for this send call."""
        return next(self._calls.firing(lambda rule: operation in rule.operations), None)

    def refusals(self, fault: CallFault | None, entries: int) -> dict[int, Refusal]:
        """Which entries of a call a ``partial_failure`` rule refuses, by position."""
        if fault is None or fault.kind != "partial_failure":
            return {}
        refusal = Refusal(fault.status, f"Simulated {fault.status}.")
        return {i: refusal for i in range(entries) if self._random.random() < fault.entries}

    def publications(self, event_type: str, due_ms: int) -> list[int]:
        """When to publish one event: once as a rule, never when lost, twice when duplicated."""
        fired = list(self._events.firing(lambda rule: event_type in rule.types))
        kinds = {rule.kind for rule in fired}
        if "lose" in kinds:
            return []
        due_ms += sum(self._postponed(rule) for rule in fired)
        return [due_ms] * (2 if "duplicate" in kinds else 1)

    def outcome_of(self, address: str) -> str | None:
        """The outcome the first matching recipient rule prescribes for an address (lower case)."""
        for rule in self._faults.recipients:
            if fnmatchcase(address, rule.pattern.lower()):
                return rule.outcome
        return None

    def _postponed(self, rule: EventFault) -> int:
        if rule.kind == "reorder":
            return self._random.randint(0, rule.ms)
        return rule.ms if rule.kind == "delay" else 0


class _Rules(Generic[Rule]):
    def __init__(self, rules: tuple[Rule, ...], generator: random.Random) -> None:
        self._rules: tuple[Rule, ...] = rules
        self._next = [rule.next for rule in rules]
        self._random = generator

    def firing(self, applies: Callable[[Rule], bool]) -> Iterator[Rule]:
        for position, rule in enumerate(self._rules):
            if applies(rule) and self._fires(position):
                yield rule

    def left(self) -> tuple[Rule, ...]:
        return tuple(replace(r, next=n) for r, n in zip(self._rules, self._next, strict=True))

    def _fires(self, position: int) -> bool:
        if self._next[position] > 0:
            self._next[position] -= 1
            return True
        fraction: float = self._rules[position].fraction
        return fraction > 0 and self._random.random() < fraction
