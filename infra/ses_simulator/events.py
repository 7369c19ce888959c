"""SES events as SES writes them: pure functions from a ledger row to the JSON that SNS carries.

Source: "Contents of event data that Amazon SES publishes to Amazon SNS" and its examples page,
SES developer guide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ses_simulator.outcomes import OUTCOMES
from ses_simulator.wire import bare_address

EVENT_TYPES = {
    "SEND": "Send",
    "DELIVERY": "Delivery",
    "BOUNCE": "Bounce",
    "COMPLAINT": "Complaint",
    "REJECT": "Reject",
    "RENDERING_FAILURE": "Rendering Failure",
    "DELIVERY_DELAY": "DeliveryDelay",
}
"""MatchingEventTypes value of each event we emit, and the ``eventType`` it carries."""

ACCOUNT = "000000000000"
REPORTING_MTA = "a8-70.smtp-out.amazonses.com"
SUPPRESSED_TEXT = (
    "Amazon SES did not send the message to this address because it is on the suppression list"
    " for your account. For more information about removing addresses from the suppression list,"
    " see the Amazon SES Developer Guide at https://docs.aws.amazon.com/ses/latest/DeveloperGuide/"
    "sending-email-suppression-list.html"
)
GLOBALLY_SUPPRESSED_TEXT = (
    "Amazon SES has suppressed sending to this address because it has a recent history of bouncing"
    " as an invalid address."
)


@dataclass(frozen=True, slots=True)
class Happening:
    """What became of some recipients of one message; ``message`` is its ledger row."""

    type: str
    outcome: str
    addresses: list[str]
    at_ms: int
    message: Mapping[str, Any]
    detail: str = ""


def record(happening: Happening, region: str) -> dict[str, Any]:
    """The event record SES publishes."""
    field, details = DETAILS[happening.type]
    return {
        "eventType": EVENT_TYPES[happening.type],
        "mail": mail(happening.message, region),
        field: details(happening),
    }


def mail(message: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The ``mail`` object: the message an event is about."""
    source = message["source"]
    address = bare_address(source) or source
    head = json.loads(message["head"])
    common = {
        "from": [source],
        "to": head["to"],
        "messageId": message["message_id"],
        "subject": message["subject"],
    }
    if head["cc"]:
        common["cc"] = head["cc"]
    own_tags = {name: [value] for name, value in head["tags"].items()}
    return {
        "timestamp": iso(message["at_ms"]),
        "source": source,
        "sourceArn": f"arn:aws:ses:{region}:{ACCOUNT}:identity/{address}",
        "sendingAccountId": ACCOUNT,
        "messageId": message["message_id"],
        "destination": head["to"] + head["cc"] + head["bcc"],
        "headersTruncated": False,
        "headers": _headers(message, head),
        "commonHeaders": common,
        "tags": {
            "ses:configuration-set": [message["configuration_set"]],
            "ses:source-ip": ["127.0.0.1"],
            "ses:from-domain": [address.rpartition("@")[2]],
            "ses:caller-identity": ["ses-simulator"],
            **own_tags,
        },
    }


def iso(at_ms: int) -> str:
    """A time as SES writes it: ``2017-08-05T00:40:02.012Z``."""
    moment = datetime.fromtimestamp(at_ms / 1_000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1_000:03d}Z"


def _headers(message: Mapping[str, Any], head: Mapping[str, Any]) -> list[dict[str, str]]:
    pairs = [("From", message["source"]), ("To", ", ".join(head["to"]))]
    if head["cc"]:
        pairs.append(("Cc", ", ".join(head["cc"])))
    if head["reply_to"]:
        pairs.append(("Reply-To", ", ".join(head["reply_to"])))
    pairs += [("Subject", message["subject"]), ("MIME-Version", "1.0")]
    pairs += [(name, value) for name, value in head["headers"]]
    if head["tags"]:
        listed = ", ".join(f"{name}={value}" for name, value in head["tags"].items())
        pairs.append(("X-SES-MESSAGE-TAGS", listed))
    return [{"name": name, "value": value} for name, value in pairs]


def _send(happening: Happening) -> dict[str, Any]:
    return {}


def _delivery(happening: Happening) -> dict[str, Any]:
    return {
        "timestamp": iso(happening.at_ms),
        "processingTimeMillis": happening.at_ms - happening.message["at_ms"],
        "recipients": happening.addresses,
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": "127.0.0.1",
        "reportingMTA": REPORTING_MTA,
    }


def _bounce(happening: Happening) -> dict[str, Any]:
    outcome = OUTCOMES[happening.outcome]
    return {
        "bounceType": outcome.bounce_type,
        "bounceSubType": outcome.bounce_subtype,
        "bouncedRecipients": [
            {"emailAddress": address, **BOUNCED[outcome.bounce_subtype, outcome.bounce_type]}
            for address in happening.addresses
        ],
        "timestamp": iso(happening.at_ms),
        "feedbackId": _feedback_id(happening),
        "reportingMTA": f"dns; {REPORTING_MTA}",
    }


BOUNCED: dict[tuple[str, str], dict[str, str]] = {
    ("General", "Permanent"): {
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    },
    ("MailboxFull", "Transient"): {
        "action": "failed",
        "status": "5.2.2",
        "diagnosticCode": "smtp; 552 5.2.2 mailbox full",
    },
    ("General", "Transient"): {},
    ("Suppressed", "Permanent"): {
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": GLOBALLY_SUPPRESSED_TEXT,
    },
    ("OnAccountSuppressionList", "Permanent"): {
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": SUPPRESSED_TEXT,
    },
}
"""What a bounced recipient says, by bounce subtype and type."""


def _complaint(happening: Happening) -> dict[str, Any]:
    return {
        "complainedRecipients": [{"emailAddress": address} for address in happening.addresses],
        "timestamp": iso(happening.at_ms),
        "feedbackId": _feedback_id(happening),
        "complaintSubType": OUTCOMES[happening.outcome].bounce_subtype or None,
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": iso(happening.at_ms),
    }


def _reject(happening: Happening) -> dict[str, Any]:
    return {"reason": "Bad content"}


def _rendering_failure(happening: Happening) -> dict[str, Any]:
    template, _, problem = happening.detail.partition("\n")
    return {"errorMessage": problem, "templateName": template}


def _delivery_delay(happening: Happening) -> dict[str, Any]:
    return {
        "timestamp": iso(happening.at_ms),
        "delayType": "TransientCommunicationFailure",
        "expirationTime": iso(happening.at_ms + 14 * 60 * 60 * 1_000),
        "delayedRecipients": [
            {
                "emailAddress": address,
                "status": "4.4.1",
                "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
            }
            for address in happening.addresses
        ],
    }


def _feedback_id(happening: Happening) -> str:
    head, _, tail = happening.message["message_id"].partition("-")
    return f"{head}-feedback{happening.type[0].lower()}-{tail}"


DETAILS: dict[str, tuple[str, Callable[[Happening], dict[str, Any]]]] = {
    "SEND": ("send", _send),
    "DELIVERY": ("delivery", _delivery),
    "BOUNCE": ("bounce", _bounce),
    "COMPLAINT": ("complaint", _complaint),
    "REJECT": ("reject", _reject),
    "RENDERING_FAILURE": ("failure", _rendering_failure),
    "DELIVERY_DELAY": ("deliveryDelay", _delivery_delay),
}
"""The field of each event that holds its particulars, and how to write them."""
