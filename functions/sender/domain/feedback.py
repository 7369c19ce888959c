"""What SES's events say about a recipient.

Source: "Contents of event data that Amazon SES publishes to Amazon SNS" and "… to Amazon Data
Firehose", SES developer guide.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from recado.errors import Rejected
from recado.ledger.states import Outcome, State
from sender.domain.suppression import Reason, Suppression


@dataclass(frozen=True)
class Report:
    """One event about one recipient of a chunk."""

    campaign_id: str
    chunk: int
    position: int
    outcome: Outcome
    suppress: tuple[Suppression, ...] = ()
    soft_bounces: tuple["SoftBounce", ...] = ()
    correlation_id: str | None = None


@dataclass(frozen=True)
class SoftBounce:
    """An address whose mail came back for a passing reason, on a day (ISO date)."""

    email: str
    day: str


def events_in(text: str) -> Iterator[Any]:
    """Events that stand one after another, as Firehose joins them: with or without line breaks.

    Raises:
        Rejected: from some character on the text is no JSON; what stands before was told.
    """
    decoder, place = json.JSONDecoder(), _past_blanks(text, 0)
    while place < len(text):
        try:
            event, place = decoder.raw_decode(text, place)
        except ValueError as error:
            raise Rejected(f"no SES event at character {place}: {error}") from error
        yield event
        place = _past_blanks(text, place)


def _past_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def report(event: dict[str, Any]) -> Report | None:
    """What an SES event tells; `None` when it is not about mail of a campaign, or tells nothing."""
    kind = event.get("eventType")
    tags = event.get("mail", {}).get("tags", {})
    if kind not in _READ or not {"campaign", "chunk", "position"} <= tags.keys():
        return None
    outcome, suppress = _READ[kind](event)
    return Report(
        campaign_id=tags["campaign"][0],
        chunk=int(tags["chunk"][0]),
        position=int(tags["position"][0]),
        outcome=outcome,
        suppress=suppress,
        soft_bounces=_soft_bounces(event) if kind == "Bounce" else (),
        correlation_id=tags.get("correlation", [None])[0],
    )


def by_chunk(reports: Iterable[Report]) -> dict[tuple[str, int], list[Report]]:
    """Reports grouped by campaign and chunk, so that each chunk is written once."""
    grouped: dict[tuple[str, int], list[Report]] = {}
    for item in reports:
        grouped.setdefault((item.campaign_id, item.chunk), []).append(item)
    return grouped


_Reading = tuple[Outcome, tuple[Suppression, ...]]


def _send(event: dict[str, Any]) -> _Reading:  # noqa: ARG001
    return Outcome(State.SENT), ()


def _delivery(event: dict[str, Any]) -> _Reading:  # noqa: ARG001
    return Outcome(State.DELIVERED), ()


def _bounce(event: dict[str, Any]) -> _Reading:
    """Only a permanent bounce is the address's fault; after any other SES merely gave up."""
    bounce = event["bounce"]
    reason = f"bounce: {bounce['bounceType']}/{bounce.get('bounceSubType', 'Undetermined')}"
    if bounce["bounceType"] != "Permanent":
        return Outcome(State.UNDELIVERED, reason), ()
    people = bounce["bouncedRecipients"]
    return Outcome(State.BOUNCED, reason), _suppressions(people, Reason.HARD_BOUNCE, reason)


def _complaint(event: dict[str, Any]) -> _Reading:
    complaint = event["complaint"]
    kind = complaint.get("complaintFeedbackType") or "unspecified"
    return Outcome(State.COMPLAINED, f"complaint: {kind}"), _suppressions(
        complaint["complainedRecipients"], Reason.COMPLAINT, f"complaint: {kind}"
    )


def _reject(event: dict[str, Any]) -> _Reading:
    """SES took the mail but did not try to deliver it."""
    reason = event.get("reject", {}).get("reason", "no reason given")
    return Outcome(State.UNDELIVERED, f"rejected by SES: {reason}"), ()


def _rendering(event: dict[str, Any]) -> _Reading:
    reason = event.get("failure", {}).get("errorMessage", "no reason given")
    return Outcome(State.UNDELIVERED, f"SES could not render: {reason}"), ()


def _suppressions(
    people: list[dict[str, Any]], reason: Reason, detail: str
) -> tuple[Suppression, ...]:
    return tuple(
        Suppression(
            email=person["emailAddress"].lower(),
            reason=reason,
            lanes=reason.lanes,
            detail=detail,
            source="ses",
        )
        for person in people
    )


def _soft_bounces(event: dict[str, Any]) -> tuple[SoftBounce, ...]:
    bounce = event["bounce"]
    day = bounce.get("timestamp", "")[:10]
    if bounce["bounceType"] != "Transient" or not day:
        return ()
    return tuple(
        SoftBounce(person["emailAddress"].lower(), day) for person in bounce["bouncedRecipients"]
    )


_READ = {
    "Send": _send,
    "Delivery": _delivery,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Reject": _reject,
    "Rendering Failure": _rendering,
    "RenderingFailure": _rendering,
}
