"""Facts of the bus, as they arrive in a service's queue."""

import json
from collections.abc import Mapping
from typing import TypeVar

from recado import correlation
from recado.contracts import Event
from recado.errors import Rejected

E = TypeVar("E", bound=Event)


def kind_and_detail(body: str) -> tuple[str, str]:
    """The detail-type of a message of the bus, and its detail as JSON.

    Raises:
        Rejected: it is no message of the bus.
    """
    try:
        message = json.loads(body)
        return message["detail-type"], json.dumps(message["detail"])
    except (ValueError, KeyError, TypeError) as error:
        raise Rejected("this is no message of the bus", field="detail-type") from error


def fact_in(body: str, known: Mapping[str, type[E]]) -> E:
    """The fact in a message of the bus, one of those `known` by detail-type; adopts its id.

    Raises:
        Rejected: it is no message of the bus, or its reader listens to no such fact.
        ValidationError: its detail is not what its detail-type says.
    """
    kind, detail = kind_and_detail(body)
    if kind not in known:
        raise Rejected(f"nobody here listens to {kind}: look at the bus's rule")
    fact = known[kind].model_validate_json(detail)
    correlation.adopt(fact.correlation_id)
    return fact
