"""What the account owns: templates, configuration sets, identities, suppression list, standing.

All of it lives in memory for reading and in the ledger's file across restarts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from ses_simulator.errors import ApiError, Refusal, not_found
from ses_simulator.ledger import Ledger
from ses_simulator.outcomes import SIMULATOR_DOMAIN
from ses_simulator.wire import JsonObject, bare_address

TEMPLATE = "template"
CONFIGURATION_SET = "configuration_set"
IDENTITY = "identity"
SUPPRESSED = "suppressed"
SENDING_POOLS = ("", "default", "ses-shared-pool", "ses-default-dedicated-pool")


@dataclass(frozen=True, slots=True)
class Account:
    """The account's standing, as GetAccount reports it and ``PUT /_sim/account`` changes it.

    ``unverified`` and ``mail_from_unverified`` name identities (addresses or domains) to treat as
    such; every other identity counts as verified.
    """

    sending_enabled: bool = True
    production_access: bool = True
    enforcement_status: str = "HEALTHY"
    suppressed_reasons: tuple[str, ...] = ("BOUNCE", "COMPLAINT")
    unverified: tuple[str, ...] = ()
    mail_from_unverified: tuple[str, ...] = ()

    def refusal(self) -> Refusal | None:
        """Why this account may not send at all, if so."""
        if self.enforcement_status == "SHUTDOWN":
            return Refusal("ACCOUNT_SUSPENDED", "The account's ability to send email is suspended.")
        if not self.sending_enabled:
            return Refusal("ACCOUNT_SENDING_PAUSED", "Email sending is disabled for the account.")
        return None


@dataclass(slots=True)
class Resources:
    """The account's resources by kind and name. Change them through these methods only."""

    ledger: Ledger
    account: Account = field(default_factory=Account)
    _by_kind: dict[str, dict[str, JsonObject]] = field(default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        with self.ledger.reading() as db:
            for kind, name, body in db.execute("SELECT kind, name, body FROM resources"):
                self._by_kind[kind][name] = json.loads(body)

    def change_account(self, **changes: Any) -> None:
        """Change the account's standing."""
        self.account = replace(self.account, **changes)

    def find(self, kind: str, name: str) -> JsonObject | None:
        """A resource, or None."""
        return self._by_kind[kind].get(name)

    def get(self, kind: str, name: str) -> JsonObject:
        """A resource, or NotFoundException."""
        found = self.find(kind, name)
        if found is None:
            raise not_found(f"{_LABELS[kind]} {name} does not exist.")
        return found

    def add(self, kind: str, name: str, body: JsonObject) -> None:
        """A new resource, or AlreadyExistsException."""
        if self.find(kind, name) is not None:
            raise ApiError("AlreadyExistsException", f"{_LABELS[kind]} {name} already exists.")
        self.put(kind, name, body)

    def put(self, kind: str, name: str, body: JsonObject) -> None:
        """Create or replace a resource."""
        self._by_kind[kind][name] = body
        self.ledger.save(kind, name, body)

    def remove(self, kind: str, name: str) -> None:
        """Delete a resource, or NotFoundException."""
        self.get(kind, name)
        del self._by_kind[kind][name]
        self.ledger.discard(kind, name)

    def names(self, kind: str) -> list[str]:
        """Names of all resources of a kind, sorted."""
        return sorted(self._by_kind[kind])

    def configuration_set_for(self, source: str, asked: str | None) -> str | None:
        """The configuration set asked for, else the default one of the sender's identity."""
        if asked or not self._by_kind[IDENTITY]:
            return asked
        for name in _identities(source):
            identity = self.find(IDENTITY, name)
            if identity and identity.get("ConfigurationSetName"):
                return str(identity["ConfigurationSetName"])
        return None

    def configuration_set_refusal(self, name: str | None) -> Refusal | None:
        """Why mail of this configuration set is refused, if so."""
        if name is None:
            return None
        found = self.find(CONFIGURATION_SET, name)
        if found is None:
            return Refusal(
                "CONFIGURATION_SET_NOT_FOUND", f"Configuration set {name} does not exist."
            )
        if not found.get("SendingOptions", {}).get("SendingEnabled", True):
            return Refusal(
                "CONFIGURATION_SET_SENDING_PAUSED",
                f"Email sending is disabled for the configuration set {name}.",
            )
        pool = found.get("DeliveryOptions", {}).get("SendingPoolName", "")
        if pool not in SENDING_POOLS:
            return Refusal("INVALID_SENDING_POOL_NAME", f"Sending pool {pool} does not exist.")
        return None

    def sender_refusal(self, source: str) -> Refusal | None:
        """Why this sender may not send, if so."""
        identities = _identities(source)
        if not set(identities).isdisjoint(self.account.unverified):
            return Refusal(
                "MESSAGE_REJECTED",
                "Email address is not verified. The following identities failed the check:"
                f" {identities[0]}",
            )
        if not set(identities).isdisjoint(self.account.mail_from_unverified):
            return Refusal(
                "MAIL_FROM_DOMAIN_NOT_VERIFIED", f"MAIL FROM of {identities[1]} is not verified."
            )
        return None

    def recipient_refusal(self, recipient: str) -> Refusal | None:
        """Why a sandbox account may not write to this recipient: it is not its own identity."""
        address, domain = _identities(recipient)
        known = self._by_kind[IDENTITY].keys() - set(self.account.unverified)
        if domain == SIMULATOR_DOMAIN or address in known or domain in known:
            return None
        return Refusal(
            "MESSAGE_REJECTED",
            f"Email address is not verified. The following identities failed the check: {address}",
        )

    def topics(self, configuration_set: str | None) -> dict[str, list[str]]:
        """ARNs of whom a configuration set tells, SNS topics and Firehose's streams, by event type
        (SEND, BOUNCE ...)."""
        found = self.find(CONFIGURATION_SET, configuration_set or "")
        topics: dict[str, list[str]] = defaultdict(list)
        for destination in (found or {}).get("EventDestinations", {}).values():
            told = destination.get("SnsDestination", {}).get("TopicArn") or destination.get(
                "KinesisFirehoseDestination", {}
            ).get("DeliveryStreamArn")
            if told and destination.get("Enabled"):
                for event_type in destination["MatchingEventTypes"]:
                    topics[event_type].append(told)
        return topics

    def suppressed_reason(self, address: str, configuration_set: str | None) -> str | None:
        """Why an address (lower case) is suppressed: BOUNCE, COMPLAINT, or None."""
        listed = self._by_kind[SUPPRESSED].get(address)
        if listed is None or listed["Reason"] not in self._reasons(configuration_set):
            return None
        return str(listed["Reason"])

    def suppress(self, address: str, reason: str, now_ms: int) -> None:
        """Put an address (lower case) on the suppression list."""
        self.put(
            SUPPRESSED,
            address,
            {"EmailAddress": address, "Reason": reason, "LastUpdateTime": now_ms / 1_000},
        )

    def suppress_after_feedback(
        self, address: str, reason: str, configuration_set: str | None, now_ms: int
    ) -> None:
        """Suppress after a hard bounce or complaint, where the account or the set asks for that."""
        if reason in self._reasons(configuration_set):
            self.suppress(address, reason, now_ms)

    def _reasons(self, configuration_set: str | None) -> tuple[str, ...]:
        found = self.find(CONFIGURATION_SET, configuration_set or "") or {}
        override = found.get("SuppressionOptions", {}).get("SuppressedReasons")
        return self.account.suppressed_reasons if override is None else tuple(override)


_LABELS = {
    TEMPLATE: "Template",
    CONFIGURATION_SET: "Configuration set",
    IDENTITY: "Email identity",
    SUPPRESSED: "Email address",
}


def _identities(source: str) -> tuple[str, str]:
    address = (bare_address(source) or source).lower()
    return address, address.rpartition("@")[2]
