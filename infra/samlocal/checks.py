"""What is checked: each invocation, the REST API under `sam local start-api`, the mail sent."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from operations import simulator
from operations.embedded import Embedded
from operations.errors import Trouble
from operations.places import ROOT
from samlocal.judging import judge
from samlocal.sam import Sam
from samlocal.samples import Sample

_CHUNK = ROOT / "events" / "sender" / "worker_chunk.json"
_REQUESTS = (("/v1/health", 200), ("/v1/customers", 401))
"""Paths to ask for without a token, and the status each has to answer with."""
_API = "sam local start-api"
_ANSWER_S = 120


@dataclass(frozen=True)
class Check:
    """One line of the report."""

    what: str
    case: str
    good: bool
    says: str
    seconds: float
    log: str = ""
    """What explains a failure."""


def check_samples(sam: Sam, samples: list[Sample]) -> Iterator[Check]:
    """Invoke each function with its samples, one after the other."""
    for sample in samples:
        ended = sam.invoke(sample.function, sample.event)
        event = json.loads(sample.event.read_text(encoding="utf-8"))
        verdict = judge(sample.name, event, ended.exit_code, ended.output)
        yield Check(
            sample.function, sample.name, verdict.good, verdict.says, ended.seconds, ended.log
        )


def check_api(sam: Sam) -> Iterator[Check]:
    """Ask the API that `sam local start-api` serves."""
    began = time.monotonic()
    try:
        with sam.api() as url:
            for path, expected in _REQUESTS:
                yield _ask(sam, url, path, expected)
    except Trouble as trouble:
        seconds = time.monotonic() - began
        yield Check(_API, "", good=False, says=trouble.problem, seconds=seconds)


def _ask(sam: Sam, url: str, path: str, expected: int) -> Check:
    began = time.monotonic()
    try:
        status = httpx.get(url + path, trust_env=False, timeout=_ANSWER_S).status_code
        good, says = status == expected, f"status {status}"
    except httpx.TransportError as error:
        good, says = False, f"{type(error).__name__} {error}"
    log = "" if good else sam.api_log.read_text(encoding="utf-8", errors="replace")
    return Check(_API, f"GET {path}", good, says, time.monotonic() - began, log)


def check_ledger(world: Embedded) -> Check:
    """That the sample chunk's mail left the containers, and left once."""
    began = time.monotonic()
    chunk = json.loads(json.loads(_CHUNK.read_text(encoding="utf-8"))["Records"][0]["body"])
    found = simulator.ledger(world.ses_url, chunk["campaign_id"])
    accepted, twice = found["accepted"], found["duplicates"]
    good = accepted == len(chunk["recipients"]) and not twice
    says = f"{accepted} mail accepted, {twice} twice"
    return Check("SES simulator", "its ledger", good, says, time.monotonic() - began)
