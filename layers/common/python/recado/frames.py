"""Frames of a WebSocket: what every socket of Recado reads, refuses and answers with.

A frame is a JSON object with an `action`; an answer is one with a `type`. Secrets travel in frames
and never in a URL, which others log.
"""

from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from recado.errors import RecadoError, Rejected, Unauthenticated
from recado.model import Frozen

MAX_BYTES = 32 * 1024
"""What API Gateway takes in one frame."""
PUSHED_BYTES = 24 * 1024
"""How large a frame that is pushed should be at most: lists are cut into several."""

OPEN_FIRST = "nobody knows yet who is there: send a frame with the action `open` first"

F = TypeVar("F")
M = TypeVar("M", bound=Frozen)


class Refused(Frozen):
    """A frame that was not carried out, and what to do about it; the connection stays open.

    `client_message_id` is the frame's own, where it could be read.
    """

    type: Literal["refused"] = "refused"
    error: str
    message: str
    field: str = ""
    client_message_id: str = ""


def read(body: str, form: TypeAdapter[F]) -> F:
    """The frame in a text.

    Raises:
        Rejected: it is too large, no JSON, or not one of `form`'s.
    """
    content = body.encode(errors="replace")
    if len(content) > MAX_BYTES:
        raise Rejected(f"the frame has {len(content)} bytes: at most {MAX_BYTES} are read")
    try:
        return form.validate_json(content)
    except ValidationError as error:
        raise _rejected(error) from error


def refusal(error: RecadoError, client_message_id: str = "") -> Refused:
    """The answer to a frame that was not carried out."""
    return Refused(
        error=type(error).__name__,
        message=str(error),
        field=getattr(error, "field", ""),
        client_message_id=client_message_id,
    )


def not_open() -> Unauthenticated:
    """What a frame before `open` meets."""
    return Unauthenticated(OPEN_FIRST)


def portions(items: tuple[M, ...]) -> list[tuple[M, ...]]:
    """Items in frames that are small enough to be pushed; none is left out."""
    cut: list[tuple[M, ...]] = []
    size = PUSHED_BYTES
    for item in items:
        weight = len(item.model_dump_json().encode())
        size += weight
        if size > PUSHED_BYTES:
            cut.append(())
            size = weight
        cut[-1] += (item,)
    return cut


def _rejected(error: ValidationError) -> Rejected:
    fault = error.errors(include_url=False, include_input=False)[0]
    if fault["type"] == "json_invalid":
        return Rejected("the frame is not JSON: send one object with an `action`")
    place = [str(part) for part in fault["loc"]]
    if fault["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return Rejected(f"action is missing or unknown: {fault['msg']}", field="action")
    field = ".".join(place[1:])  # the first part is the action that chose the form
    if fault["type"] == "value_error":
        return Rejected(f"{field} {fault['ctx']['error']}".strip(), field=field)
    if fault["type"] == "missing":
        return Rejected(f"{field} is missing", field=field)
    return Rejected(f"{field or 'the frame'}: {fault['msg']}", field=field)
