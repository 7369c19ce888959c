"""Which sample event wakes which function: `events/<service>/<trigger>_<case>.json`.

A handler is called `<service>.<trigger>.handler`, so its name is all one needs to know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from operations.errors import Trouble

_FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True)
class Sample:
    """A function of the template and one event it should be able to take."""

    function: str
    event: Path

    @property
    def name(self) -> str:
        """As one would name it: `sender/worker_chunk`."""
        return f"{self.event.parent.name}/{self.event.stem}"


def handlers(template: Mapping[str, Any]) -> dict[str, str]:
    """The functions of a template, in its order, and their handlers."""
    return {
        name: resource["Properties"]["Handler"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == _FUNCTION
    }


def choose(functions: Mapping[str, str], events: Path) -> list[Sample]:
    """Every function with each of its samples.

    Raises:
        Trouble: a function has no sample.
    """
    chosen: list[Sample] = []
    for function, handler in functions.items():
        service, trigger, _ = handler.split(".")
        found = sorted((events / service).glob(f"{trigger}_*.json"))
        if not found:
            raise Trouble(
                f"{function} has no sample event",
                f"write events/{service}/{trigger}_<case>.json",
            )
        chosen += [Sample(function, event) for event in found]
    return chosen


def before(chosen: Sequence[Sample], left: Sequence[Sample]) -> list[Sample]:
    """What a whole run does before the first of those left, without the events of those left."""
    earlier = chosen[: chosen.index(left[0])]
    wanted = {sample.event for sample in left}
    return [sample for sample in earlier if sample.event not in wanted]


def narrow(chosen: Sequence[Sample], function: str | None, event: str | None) -> list[Sample]:
    """Only those of one function, and of the event whose name contains `event`.

    Raises:
        Trouble: none is left.
    """
    left = [
        sample
        for sample in chosen
        if (function is None or sample.function == function)
        and (event is None or event in sample.name)
    ]
    if not left:
        names = ", ".join(dict.fromkeys(sample.function for sample in chosen))
        raise Trouble("no function has such a sample", f"the functions are {names}", code=2)
    return left
