"""What staff save of the bot's flows: a new version of the one they edited, or nothing."""

import json
from collections.abc import Mapping
from typing import Any

from recado import flows
from recado.errors import Conflict, Rejected
from recado.flows import FlowDocument

MAX_BYTES = 300_000
"""A version is one item of a table, which holds 400 KB."""


def read(document: Mapping[str, Any]) -> FlowDocument:
    """The flows in a request.

    Raises:
        Rejected: they cannot be used; every mistake is named with its place.
    """
    content = json.dumps(document)
    edited = flows.parse(content)
    size = len(edited.model_dump_json().encode())
    if size > MAX_BYTES:
        raise Rejected(
            f"the flows have {size} bytes: at most {MAX_BYTES} fit, shorten texts", field="flows"
        )
    return edited


def next_version(latest: FlowDocument, edited: FlowDocument) -> FlowDocument | None:
    """The version to store, `None` if nothing was changed; `edited` has the version it was made of.

    Raises:
        Conflict: it was made of another version than the latest.
    """
    if edited.version != latest.version:
        raise Conflict(
            f"these flows were edited from version {edited.version}, the newest is "
            f"{latest.version}: read it with GET /v1/chat-flows, mend that and save it"
        )
    if edited == latest:
        return None
    return edited.model_copy(update={"version": latest.version + 1})
