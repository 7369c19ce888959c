"""One id from a request to all that follows from it: logs, commands, mail's tags, facts.

A caller may give it as `X-Correlation-Id`; else it is API Gateway's id of the request. Whoever
takes up a message adopts the id in it, and whoever sends one passes on what was adopted.
"""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from recado.model import IDENTIFIER
from recado.observability import logger

HEADER = "X-Correlation-Id"
_ID = re.compile(IDENTIFIER.removesuffix("$"))
_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def adopt(given: str | None) -> str | None:
    """Work for this id from now on, also in the log; returns it."""
    _current.set(given)
    if given is None:
        logger.remove_keys(["correlation_id"])
    else:
        logger.append_keys(correlation_id=given)
    return given


def current() -> str | None:
    """What is worked for now."""
    return _current.get()


def of_request(event: Mapping[str, Any]) -> str | None:
    """The id of a request from API Gateway; one that is given but no identifier is passed over."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    given = headers.get(HEADER.lower()), event.get("requestContext", {}).get("requestId")
    return next((each for each in given if each and _ID.fullmatch(each)), None)
