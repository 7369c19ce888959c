"""How fast a running simulator accepts mail: ``python -m ses_simulator.bench --url http://127.0.0.1:4579``.

The requests are written beforehand and sent over bare sockets, so that what is measured is the
simulator. Start it with a high ``--max-send-rate``. CPU seconds are those of the process given with
``--pid``.
"""

from __future__ import annotations

import asyncio
import json
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

TEMPLATE = {"Subject": "{{subject}}", "Html": "{{{html}}}", "Text": "{{{text}}}"}
BULK_ENTRIES = 50
PREPARED_REQUESTS = 64
CLOCK_TICKS = 100


def main(
    url: Annotated[str, typer.Option()] = "http://127.0.0.1:4579",
    seconds: Annotated[float, typer.Option()] = 5.0,
    senders: Annotated[int, typer.Option()] = 16,
    html_bytes: Annotated[int, typer.Option()] = 4_000,
    configuration_set: Annotated[str, typer.Option()] = "",
    pid: Annotated[int, typer.Option()] = 0,
) -> None:
    """Measure SendBulkEmail of 50 and SendEmail."""
    for path, size, body in (
        ("/v2/email/outbound-bulk-emails", BULK_ENTRIES, _bulk_request),
        ("/v2/email/outbound-emails", 1, _single_request),
    ):
        requests = [
            _http(url, path, body(number, html_bytes, configuration_set))
            for number in range(PREPARED_REQUESTS)
        ]
        cpu, started = _cpu_seconds(pid), time.perf_counter()
        sent = asyncio.run(_flood(url, requests, senders, seconds)) * size
        took, busy = time.perf_counter() - started, _cpu_seconds(pid) - cpu
        per_core = f", {sent / busy:,.0f} e-mails per CPU second" if busy else ""
        typer.echo(f"{path}: {sent / took:,.0f} e-mails/s ({sent:,} in {took:.1f} s{per_core})")


async def _flood(url: str, requests: list[bytes], senders: int, seconds: float) -> int:
    until = time.perf_counter() + seconds
    sent = await asyncio.gather(
        *(_sender(url, islice(cycle(requests), n, None), until) for n in range(senders))
    )
    return sum(sent)


async def _sender(url: str, requests: islice[bytes], until: float) -> int:
    reader, writer = await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)
    sent = 0
    while time.perf_counter() < until:
        writer.write(next(requests))
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(_length(head))
        if not head.startswith(b"HTTP/1.1 200") or b"Error" in body:
            raise SystemExit(f"refused: {body[:300]!r}")
        sent += 1
    writer.close()
    await writer.wait_closed()
    return sent


def _length(head: bytes) -> int:
    return int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])


def _http(url: str, path: str, body: dict[str, object]) -> bytes:
    payload = json.dumps(body).encode()
    host, length = urlsplit(url).netloc, len(payload)
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
    return head.encode() + payload


def _bulk_request(number: int, html_bytes: int, configuration_set: str) -> dict[str, object]:
    entries = [
        _entry(f"u{number}-{place}@bench.example", place, html_bytes)
        for place in range(BULK_ENTRIES)
    ]
    return {
        "FromEmailAddress": "Bench <bench@operator.example>",
        "DefaultContent": {"Template": {"TemplateContent": TEMPLATE, "TemplateData": "{}"}},
        "DefaultEmailTags": [_tag("campaign", f"bench-{number % 4}"), _tag("chunk", str(number))],
        "BulkEmailEntries": entries,
        **_set(configuration_set),
    }


def _single_request(number: int, html_bytes: int, configuration_set: str) -> dict[str, object]:
    return {
        "FromEmailAddress": "Bench <bench@operator.example>",
        "Destination": {"ToAddresses": [f"s{number}@bench.example"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": f"Invoice {number}"},
                "Body": {"Html": {"Data": _html(number, html_bytes)}},
            }
        },
        "EmailTags": [_tag("campaign", "bench-single")],
        **_set(configuration_set),
    }


def _entry(address: str, place: int, html_bytes: int) -> dict[str, object]:
    html = _html(place, html_bytes)
    data = {"subject": f"Invoice {place}", "html": html, "text": f"Invoice {place}"}
    return {
        "Destination": {"ToAddresses": [address]},
        "ReplacementTags": [_tag("recipient", str(place))],
        "ReplacementHeaders": [
            {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"}
        ],
        "ReplacementEmailContent": {
            "ReplacementTemplate": {"ReplacementTemplateData": json.dumps(data)}
        },
    }


def _html(number: int, size: int) -> str:
    line = f'<tr><td class="c">Fatura {number}</td><td>R$ {number * 7 % 900},90</td></tr>\n'
    return (line * (size // len(line) + 1))[:size]


def _tag(name: str, value: str) -> dict[str, str]:
    return {"Name": name, "Value": value}


def _set(name: str) -> dict[str, object]:
    return {"ConfigurationSetName": name} if name else {}


def _cpu_seconds(pid: int) -> float:
    if not pid:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


if __name__ == "__main__":
    typer.run(main)
