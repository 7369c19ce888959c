"""What becomes of an accepted message, recipient by recipient, and which events tell it.

Sources: "Using the mailbox simulator manually" and "Bounce object" (bounce types), SES developer
guide.
"""

from __future__ import annotations

from dataclasses import dataclass

SIMULATOR_DOMAIN = "simulator.amazonses.com"
SIMULATOR_SUFFIX = f"@{SIMULATOR_DOMAIN}"

DELIVERED = "delivered"
SUPPRESSED_BOUNCE = "suppressed_bounce"
SUPPRESSED_COMPLAINT = "suppressed_complaint"
RENDERING_FAILURE = "rendering_failure"

SUPPRESSED_BY_REASON = {"BOUNCE": SUPPRESSED_BOUNCE, "COMPLAINT": SUPPRESSED_COMPLAINT}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The events an outcome causes, in order, and the reason it adds to the suppression list."""

    events: tuple[str, ...]
    bounce_type: str = ""
    bounce_subtype: str = ""
    suppresses: str | None = None


OUTCOMES = {
    DELIVERED: Outcome(("SEND", "DELIVERY")),
    "bounce": Outcome(("SEND", "BOUNCE"), "Permanent", "General", suppresses="BOUNCE"),
    "soft_bounce": Outcome(("SEND", "BOUNCE"), "Transient", "MailboxFull"),
    "complaint": Outcome(("SEND", "DELIVERY", "COMPLAINT"), suppresses="COMPLAINT"),
    "out_of_office": Outcome(("SEND", "DELIVERY", "BOUNCE"), "Transient", "General"),
    "global_suppression": Outcome(("SEND", "BOUNCE"), "Permanent", "Suppressed"),
    SUPPRESSED_BOUNCE: Outcome(("SEND", "BOUNCE"), "Permanent", "OnAccountSuppressionList"),
    SUPPRESSED_COMPLAINT: Outcome(("SEND", "COMPLAINT"), "", "OnAccountSuppressionList"),
    "delay": Outcome(("SEND", "DELIVERY_DELAY", "DELIVERY")),
    "reject": Outcome(("SEND", "REJECT")),
    "silence": Outcome(("SEND",)),
    RENDERING_FAILURE: Outcome(("RENDERING_FAILURE",)),
}
"""Every outcome by name. ``silence`` is mail that is sent and never heard of again."""

MAILBOXES = {
    "success": DELIVERED,
    "bounce": "bounce",
    "complaint": "complaint",
    "suppressionlist": "global_suppression",
    "ooto": "out_of_office",
}


def is_simulator_mailbox(address: str) -> bool:
    """Whether ``address`` (lower case) stays out of the daily quota and the suppression list."""
    return address.endswith(SIMULATOR_SUFFIX)


def of_simulator_mailbox(address: str) -> str:
    """The outcome of a mailbox simulator address, with or without ``+label``."""
    local = address.partition("@")[0].partition("+")[0]
    return MAILBOXES.get(local, DELIVERED)
