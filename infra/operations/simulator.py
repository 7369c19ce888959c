"""The SES simulator: how it is started, told what SES would know, and asked what it accepted."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from operations import emulator
from operations.errors import Trouble

CONFIGURATION_SET = "recado"
ANY_ROLE = "arn:aws:iam::000000000000:role/ses-reports"
MASS_EVENT_TYPES = ["SEND", "DELIVERY"]
"""What happens to every mail: SES reports it in files."""
EVENT_TYPES = [*MASS_EVENT_TYPES, "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE"]


@dataclass(frozen=True)
class Pace:
    """How the simulated account is limited: mails a second, mails a day, milliseconds a call.

    Its events are collected for `file_seconds` in a file: on AWS 10 (infra/messaging.yaml).
    """

    max_send_rate: float = 200
    daily_quota: int = 1_000_000
    latency_ms: float = 20
    file_seconds: float = 1


def command(listening: tuple[str, int], state: Path, sns_endpoint: str, pace: Pace) -> list[str]:
    """What starts it, `listening` on a host's address and port."""
    host, port = listening
    return [
        *(sys.executable, "-m", "ses_simulator"),
        *("--host", host),
        *("--port", str(port)),
        *("--state", str(state)),
        *("--sns-endpoint", sns_endpoint),
        *("--max-send-rate", str(pace.max_send_rate)),
        *("--daily-quota", str(pace.daily_quota)),
        *("--latency-ms", str(pace.latency_ms)),
        *("--file-seconds", str(pace.file_seconds)),
    ]


def environment(temporary: Path) -> dict[str, str]:
    """Its settings: credentials for publishing to the world, and a place for its files."""
    return emulator.inherited() | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "test",
        "TMPDIR": str(temporary),
    }


def answers(url: str) -> bool:
    """Whether the simulator is ready."""
    try:
        return httpx.get(f"{url}/_sim/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


def introduce(sesv2: Any, outputs: Mapping[str, str], identity: str, events: Sequence[str]) -> None:
    """Make, through the plain SESv2 API, what `template.yaml` would make on AWS.

    The configuration set `recado`, its destinations, which are in the stack's `outputs`, and the
    identity mail is sent from; doing it again changes nothing.
    """
    already_there = sesv2.exceptions.AlreadyExistsException
    try:
        sesv2.create_configuration_set(ConfigurationSetName=CONFIGURATION_SET)
    except already_there:
        sesv2.delete_configuration_set(ConfigurationSetName=CONFIGURATION_SET)
        sesv2.create_configuration_set(ConfigurationSetName=CONFIGURATION_SET)
    for name, destination in destinations(outputs, events).items():
        sesv2.create_configuration_set_event_destination(
            ConfigurationSetName=CONFIGURATION_SET,
            EventDestinationName=name,
            EventDestination={"Enabled": True, **destination},
        )
    try:
        sesv2.create_email_identity(EmailIdentity=identity)
    except already_there:
        return


def destinations(outputs: Mapping[str, str], events: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Where SES reports which events, by name; one without events is left out."""
    stream = {"DeliveryStreamArn": outputs["MailEventsArn"], "IamRoleArn": ANY_ROLE}
    found = {
        "feedback": {
            "MatchingEventTypes": [kind for kind in events if kind not in MASS_EVENT_TYPES],
            "SnsDestination": {"TopicArn": outputs["FeedbackTopic"]},
        },
        "files": {
            "MatchingEventTypes": [kind for kind in events if kind in MASS_EVENT_TYPES],
            "KinesisFirehoseDestination": stream,
        },
    }
    return {name: one for name, one in found.items() if one["MatchingEventTypes"]}


def ledger(url: str, campaign_id: str) -> dict[str, Any]:
    """What the simulator accepted for a campaign: `accepted`, `duplicates`, `by_outcome` …"""
    try:
        answer = httpx.get(
            f"{url}/_sim/ledger/summary",
            params={"tag": f"campaign:{campaign_id}"},
            trust_env=False,
            timeout=30,
        )
    except httpx.TransportError as error:
        raise Trouble(
            f"the SES simulator at {url} does not answer: {error}", "recado status"
        ) from error
    answer.raise_for_status()
    summary: dict[str, Any] = answer.json()
    return summary
