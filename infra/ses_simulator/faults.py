"""What may go wrong, declared: latency, rules for calls, rules for events, rules for recipients.

A rule has a ``kind``, and fires either for the ``next`` n occasions or for a ``fraction`` of them,
drawn from one seeded generator. The JSON of ``/_sim/faults`` has exactly the fields of these
dataclasses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ses_simulator.checks import InvalidFaults, at_least_zero, integer, one_of, probability
from ses_simulator.errors import ERROR_OF_STATUS
from ses_simulator.events import EVENT_TYPES
from ses_simulator.outcomes import OUTCOMES

CALL_FAULTS = {
    "throttle": "the whole call gets TooManyRequestsException",
    "error_before": "500 and nothing is accepted",
    "error_after": "everything is accepted, then 500",
    "drop_after": "everything is accepted, then the connection closes with no reply",
    "hang_after": "everything is accepted, then no reply for `seconds`",
    "partial_failure": "a share `entries` of the messages gets `status`",
}
EVENT_FAULTS = {
    "lose": "the event is never published",
    "duplicate": "the event is published twice",
    "delay": "the event is published `ms` later",
    "reorder": "the event is published up to `ms` later, at random",
}
OPERATIONS = ("SendEmail", "SendBulkEmail")


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a send call takes before it is accepted, in milliseconds."""

    per_call_ms: float = 0.0
    per_recipient_ms: float = 0.0
    jitter_ms: float = 0.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            at_least_zero(f"latency.{field.name}", getattr(self, field.name))


@dataclass(frozen=True, slots=True)
class CallFault:
    """A rule for send calls; when ``next`` has counted down to 0, only ``fraction`` counts."""

    kind: str
    fraction: float = 0.0
    next: int = 0
    operations: tuple[str, ...] = OPERATIONS
    seconds: float = 30.0
    status: str = "TRANSIENT_FAILURE"
    entries: float = 0.5

    def __post_init__(self) -> None:
        one_of("calls.kind", self.kind, CALL_FAULTS)
        probability("calls.fraction", self.fraction)
        at_least_zero("calls.next", self.next)
        at_least_zero("calls.seconds", self.seconds)
        one_of("calls.status", self.status, ERROR_OF_STATUS)
        probability("calls.entries", self.entries)
        for operation in self.operations:
            one_of("calls.operations", operation, OPERATIONS)


@dataclass(frozen=True, slots=True)
class EventFault:
    """A rule for events of the given ``types`` (all by default)."""

    kind: str
    fraction: float = 0.0
    next: int = 0
    types: tuple[str, ...] = tuple(EVENT_TYPES)
    ms: int = 1_000

    def __post_init__(self) -> None:
        one_of("events.kind", self.kind, EVENT_FAULTS)
        probability("events.fraction", self.fraction)
        at_least_zero("events.next", self.next)
        at_least_zero("events.ms", self.ms)
        for type_ in self.types:
            one_of("events.types", type_, EVENT_TYPES)


@dataclass(frozen=True, slots=True)
class RecipientFault:
    """The outcome of mail for addresses like ``pattern`` (shell style: ``*@bounce.test``)."""

    pattern: str
    outcome: str

    def __post_init__(self) -> None:
        if not self.pattern:
            raise InvalidFaults("recipients.pattern must not be empty")
        one_of("recipients.outcome", self.outcome, OUTCOMES)


@dataclass(frozen=True, slots=True)
class Faults:
    """Everything that goes wrong. The default is that nothing does."""

    seed: int = 0
    latency: Latency = Latency()
    calls: tuple[CallFault, ...] = ()
    events: tuple[EventFault, ...] = ()
    recipients: tuple[RecipientFault, ...] = ()

    @classmethod
    def from_json(cls, value: Any) -> Faults:
        """Faults out of parsed JSON; :class:`InvalidFaults` names the field that is wrong."""
        fields = _known_fields(cls, "faults", value)
        return cls(
            seed=integer("seed", fields.get("seed", 0)),
            latency=_built(Latency, "latency", fields.get("latency", {})),
            calls=_list_of(CallFault, "calls", fields.get("calls", [])),
            events=_list_of(EventFault, "events", fields.get("events", [])),
            recipients=_list_of(RecipientFault, "recipients", fields.get("recipients", [])),
        )

    def to_json(self) -> dict[str, Any]:
        """The same faults as JSON that :meth:`from_json` reads."""
        return dataclasses.asdict(self)


Rule = TypeVar("Rule")


def _list_of(kind: Callable[..., Rule], where: str, value: Any) -> tuple[Rule, ...]:
    if not isinstance(value, list | tuple):
        raise InvalidFaults(f"{where} must be a list")
    return tuple(_built(kind, where, item) for item in value)


def _built(kind: Callable[..., Rule], where: str, value: Any) -> Rule:
    fields = {
        name: tuple(item) if isinstance(item, list) else item
        for name, item in _known_fields(kind, where, value).items()
    }
    try:
        return kind(**fields)
    except TypeError as error:
        raise InvalidFaults(f"{where}: {error}") from error


def _known_fields(kind: Any, where: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidFaults(f"{where} must be an object")
    known = [field.name for field in dataclasses.fields(kind)]
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise InvalidFaults(f"{where}.{unknown[0]} is not known; choose from {', '.join(known)}")
    return value
