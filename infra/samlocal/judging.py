"""Whether what a function answered to a sample is what it should answer."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EXPECTED_STATUS = {
    "assistant/api_turn": 404,
    "central/api_launch_campaign": 404,
    "chat/api_choose": 404,
    "chat/api_read": 404,
    "chat/api_say": 404,
    "sender/pages_ask": 404,
    "sender/pages_choose": 404,
    "sender/pages_click": 404,
    "sender/pages_one_click": 404,
    "sender/pages_open": 404,
    "signup/api_batch": 404,
    "signup/pages_ask": 404,
    "signup/pages_confirm": 404,
}
"""Requests that cannot succeed in a world where nobody made what they name; the others do."""


@dataclass(frozen=True)
class Verdict:
    """How one invocation ended: the answer in a few words, or what is wrong with it."""

    good: bool
    says: str


def judge(name: str, event: Mapping[str, Any], exit_code: int, output: str) -> Verdict:
    """Judge the invocation that printed `output`; `event` tells which shape is due."""
    if exit_code:
        return Verdict(good=False, says=f"sam ended with {exit_code}")
    try:
        answer = json.loads(output)
    except ValueError:
        return Verdict(good=False, says=f"no JSON was answered: {output.strip()[:80]!r}")
    if not isinstance(answer, dict):
        return Verdict(good=False, says=f"answered {_short(answer)}")
    if "errorMessage" in answer:
        kind = answer.get("errorType", "error")
        return Verdict(good=False, says=f"{kind}: {answer['errorMessage']}")
    if "httpMethod" in event:
        return _response(name, answer)
    if "Records" in event:
        return Verdict(answer == {"batchItemFailures": []}, _short(answer))
    return Verdict(good=True, says=_short(answer))


def _response(name: str, answer: Mapping[str, Any]) -> Verdict:
    status = answer.get("statusCode")
    if not isinstance(status, int) or not isinstance(answer.get("body"), str):
        return Verdict(good=False, says=f"not a response: {_short(answer)}")
    expected = EXPECTED_STATUS.get(name)
    good = status == expected if expected else status // 100 == 2
    return Verdict(good, f"statusCode {status}" + ("" if good else f" {answer['body']}"))


def _short(answer: Any) -> str:
    return json.dumps(answer, ensure_ascii=False)
