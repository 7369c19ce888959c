"""Reads a table of runs; what is wrong with it is told by line and column."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from operations.errors import Trouble

NAMES = ("scenario", "protocol", "run")
MEASURES = ("latency_ms", "cpu_usage_percent", "memory_usage_mb", "throughput_req_s")
COLUMNS = NAMES + MEASURES
_EXAMPLE = ",".join(COLUMNS)


def read(file: Path) -> pd.DataFrame:
    """The rows of a CSV file, `COLUMNS` only, in the file's order.

    Raises:
        Trouble: it cannot be read, a column is missing, a value is no number of its kind, a run is
            there twice, or there are no two protocols with two runs each to compare.
    """
    rows = list(_rows(file))
    _refuse_repeated(file, rows)
    table = pd.DataFrame([row for _, row in rows], columns=list(COLUMNS))
    _refuse_too_little(file, table)
    return table


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str | float]]]:
    """Each row with the number of its line."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines, strict=True)
            _require_columns(file, reader.fieldnames)
            for fields in reader:
                yield reader.line_num, _row(file, reader.line_num, fields)
    except OSError as error:
        raise Trouble(f"{file}: {error.strerror}", "CSV=path of a file", code=2) from error
    except UnicodeDecodeError as error:
        raise Trouble(f"{file} is not UTF-8 text", "save it as CSV in UTF-8", code=2) from error
    except csv.Error as error:
        raise Trouble(f"{file}: {error}", "mend its quotes and commas", code=2) from error


def _require_columns(file: Path, found: "list[str] | None") -> None:
    missing = [column for column in COLUMNS if column not in (found or [])]
    if missing:
        raise Trouble(
            f"{file} line 1: no column {', '.join(missing)}",
            f"the first line has at least {_EXAMPLE}",
            code=2,
        )


def _row(file: Path, line: int, fields: dict[str, str]) -> dict[str, str | float]:
    if None in fields or None in fields.values():
        raise Trouble(
            f"{file} line {line}: not as many fields as the first line has columns",
            "add or remove commas in that line",
            code=2,
        )
    row: dict[str, str | float] = {}
    for column in NAMES:
        text = fields[column].strip()
        if not text:
            raise _wrong(
                file, line, column, "is empty", "every row names its scenario, arm and run"
            )
        row[column] = text
    for column in MEASURES:
        row[column] = _number(file, line, column, fields[column].strip())
    return row


def _number(file: Path, line: int, column: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _wrong(file, line, column, f"{text!r} is no number", "write it like 123.4")
    if number < 0:
        raise _wrong(file, line, column, f"{text} is negative", "none of the measures can be")
    return number


def _wrong(file: Path, line: int, column: str, problem: str, remedy: str) -> Trouble:
    return Trouble(f"{file} line {line}, column {column}: {problem}", remedy, code=2)


def _refuse_repeated(file: Path, rows: list[tuple[int, dict[str, str | float]]]) -> None:
    first: dict[tuple[str | float, ...], int] = {}
    for line, row in rows:
        key = tuple(row[column] for column in NAMES)
        if key in first:
            raise _wrong(
                file,
                line,
                "run",
                f"{row['scenario']}/{row['protocol']} run {row['run']} is in line {first[key]} too",
                "one row a run: number the runs of each scenario and protocol",
            )
        first[key] = line


def _refuse_too_little(file: Path, table: pd.DataFrame) -> None:
    counts = table.groupby(["scenario", "protocol"], sort=False).size()
    alone = [f"{scenario}/{protocol}" for (scenario, protocol), runs in counts.items() if runs < 2]
    if alone:
        raise Trouble(
            f"{file}: only one run of {', '.join(alone)}",
            "a spread takes at least two runs of every scenario and protocol",
            code=2,
        )
    if table["protocol"].nunique() < 2:
        raise Trouble(f"{file}: fewer than two protocols", "nothing to compare", code=2)
