"""The labelled replies in tests/corpus/signup: whole mails, and compact ones made into bytes.

A compact case has the header fields, the body's text, its kind (`plain` or `html`), charset and
transfer encoding; `raw_of` is all there is to how it becomes a mail. The charset `utf-8 as
iso-8859-1` writes in the first and declares the second.
"""

import base64
import quopri
from collections.abc import Mapping
from dataclasses import dataclass
from email.header import Header
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "tests" / "corpus" / "signup"
TUNING = "tuning"
PARTS = (
    TUNING,
    "held_out",
    "second_held_out",
    "third_held_out",
    "fourth_held_out",
    "fifth_held_out",
    "sixth_held_out",
)
PLANS = ("Fibra 300", "Fibra 500", "Fibra 1 Giga", "Móvel 20 GB", "Móvel 50 GB", "Combo Casa")
REPLY_DOMAIN = "signup.operadora.example"


@dataclass(frozen=True)
class Case:
    """A mail and what is right: for each field its value, or its problem behind a `!`."""

    id: str
    language: str
    verdict: str
    fields: Mapping[str, str]
    raw: bytes


@cache
def corpus(part: str) -> tuple[Case, ...]:
    """The cases of one of `PARTS`."""
    folder = FOLDER / part
    whole = _entries(folder / "labels.yaml")
    compact = _entries(folder / "compact.yaml")
    return (
        *(_case(label, (folder / "mail" / f"{label['id']}.eml").read_bytes()) for label in whole),
        *(_case(label, raw_of(label)) for label in compact),
    )


def raw_of(case: Mapping[str, Any]) -> bytes:
    """The bytes of a compact case."""
    written, _, declared = case["charset"].partition(" as ")
    body: bytes = case["body"].replace("\n", "\r\n").encode(written)
    encoding = case["encoding"]
    if encoding == "base64":
        body = base64.encodebytes(body)
    elif encoding == "quoted-printable":
        body = quopri.encodestring(body)
    lines = [f"{name}: {_value(value)}" for name, value in case["headers"].items()]
    lines += [
        "Date: Sun, 22 Nov 2026 10:12:11 -0300",
        "MIME-Version: 1.0",
        f'Content-Type: text/{case["kind"]}; charset="{declared or written}"',
        f"Content-Transfer-Encoding: {encoding}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _entries(file: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = yaml.safe_load(file.read_text("utf-8"))
    return entries


def _case(label: Mapping[str, Any], raw: bytes) -> Case:
    return Case(label["id"], label["language"], label["verdict"], label.get("fields", {}), raw)


def _value(text: str) -> str:
    name, bracket, address = text.partition("<")
    if text.isascii():
        return text
    return Header(name, "utf-8", maxlinelen=998).encode() + f" {bracket}{address}" * bool(bracket)
