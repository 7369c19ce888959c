"""A recorded day of the desk, and the assignments the policy makes of it.

A trace in a file is NDJSON: the desk as it opened in the first line, then an event a line. The
simulator writes it; whoever runs the policy elsewhere must come to the same assignments.
"""

from collections.abc import Iterable, Iterator

from pydantic import TypeAdapter

from desk.domain.desk import Desk, after
from desk.domain.events import Assigned, Event
from recado.errors import Conflict, NotFound
from recado.model import Frozen

_DESK: TypeAdapter[Desk] = TypeAdapter(Desk)
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Trace(Frozen):
    """The desk as it opened and what happened to it, in order."""

    opening: Desk
    events: tuple[Event, ...]

    def lines(self) -> Iterator[str]:
        """The trace as lines of NDJSON."""
        yield _DESK.dump_json(self.opening).decode()
        for event in self.events:
            yield _EVENT.dump_json(event, exclude_none=True).decode()


def read(lines: Iterable[str]) -> Trace:
    """The trace from lines of NDJSON.

    Raises:
        pydantic.ValidationError: a line is not what a trace has there.
    """
    opening, *events = [line for line in lines if line.strip()]
    return Trace(
        opening=_DESK.validate_json(opening),
        events=tuple(_EVENT.validate_json(line) for line in events),
    )


def replay(trace: Trace) -> list[Assigned]:
    """Every assignment the policy makes of a trace; an event it refuses changes nothing."""
    desk = trace.opening
    assignments: list[Assigned] = []
    for event in trace.events:
        try:
            desk, facts = after(desk, event)
        except (Conflict, NotFound):
            continue
        assignments += [fact for fact in facts if isinstance(fact, Assigned)]
    return assignments
