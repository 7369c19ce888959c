"""Files on their way in: asking for an address, sending the file, watching it being read."""

import time
from collections.abc import Iterator
from pathlib import Path

from operations.client import Api, Document
from operations.errors import Trouble

_POLL_S = 0.3
_PATIENCE_S = 120.0


def start_import(api: Api, kind: str, file: Path) -> str:
    """Upload a file of `customers` or `invoices`; returns the import's id."""
    _require(file)
    ticket = api.post("/v1/imports", {"kind": kind, "filename": file.name})
    api.upload(ticket["upload_url"], file)
    return str(ticket["id"])


def follow_import(api: Api, import_id: str, patience_s: float = _PATIENCE_S) -> Iterator[Document]:
    """The import's state, again and again, until the file has been read or refused.

    Raises:
        Trouble: it was not over within `patience_s` seconds without any row being read.
    """
    seen, deadline = -1, time.monotonic() + patience_s
    while True:
        state = api.get(f"/v1/imports/{import_id}")
        yield state
        if state["status"] in {"done", "refused"}:
            return
        if (state.get("rows") or 0) != seen:
            seen, deadline = state.get("rows") or 0, time.monotonic() + patience_s
        if time.monotonic() > deadline:
            raise Trouble(
                f"import {import_id} has not moved for {patience_s:.0f} s", "recado logs --errors"
            )
        time.sleep(_POLL_S)


def upload_audience(api: Api, file: Path) -> str:
    """Upload a list of recipients; returns the key to name it by in a campaign."""
    _require(file)
    ticket = api.post("/v1/audiences", {"filename": file.name})
    api.upload(ticket["upload_url"], file)
    return str(ticket["file"])


def _require(file: Path) -> None:
    if not file.is_file():
        raise Trouble(f"there is no file {file}", "recado sample   writes one to try with", code=2)
