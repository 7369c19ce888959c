"""Reports as tables, safe for a spreadsheet.

A cell that a spreadsheet would take for a formula is given an apostrophe first ("CSV Injection",
OWASP); numbers stay numbers.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from recado.model import Frozen

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Cell = str | int | float


def as_csv(lines: Iterable[Frozen]) -> str:
    """Models as lines under one header; parts (such as an intent) get columns of their own.

    Begins with a byte order mark, without which spreadsheets misread letters such as "ç".
    """
    flat = [dict(_flat("", line.model_dump())) for line in lines]
    columns = list(dict.fromkeys(name for line in flat for name in line))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([safe(name) for name in columns])
    writer.writerows([[safe(line.get(name)) for name in columns] for line in flat])
    return "\ufeff" + text.getvalue()


def safe(value: Any) -> Cell:
    """A value as a cell that no spreadsheet computes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    if isinstance(value, Decimal | date):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _flat(before: str, values: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{before}{name}.", value)
        else:
            yield f"{before}{name}", value
