"""What is well with an account and what is not: judgements on facts, without asking anybody.

`operations.account` finds the facts out, `recado doctor` shows the judgements.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

EVENT_TYPES = ("SEND", "DELIVERY", "BOUNCE", "COMPLAINT", "REJECT", "RENDERING_FAILURE")
"""What SES has to report; without SEND an unknown outcome is never settled by a fact."""

API_CONCURRENCY = 10
"""Requests the API is expected to answer at once, on top of what queues ask for."""

SINGLE_CALL_PATH = "a stack with Transport=single sends with SendEmail, which has no such limit"


class Level(StrEnum):
    """How a check ended; `SKIPPED` does not apply in this world."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Finding:
    """One line of the checkup: what is the case, and what to do about it."""

    level: Level
    what: str
    remedy: str = ""


def ok(what: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.OK, what)


def warning(what: str, remedy: str) -> Finding:
    """Campaigns go out, but not as they could, or not as safely."""
    return Finding(Level.WARNING, what, remedy)


def failed(what: str, remedy: str) -> Finding:
    """Campaigns do not go out, or their outcomes are lost."""
    return Finding(Level.FAILED, what, remedy)


def skipped(why: str) -> Finding:
    """The check says nothing here."""
    return Finding(Level.SKIPPED, why)


@dataclass(frozen=True)
class Ses:
    """SES's account in one region; rates in recipients a second, quotas in recipients a day."""

    production: bool
    sending_enabled: bool
    enforcement: str
    per_second: float
    per_day: float
    sent_today: float


@dataclass(frozen=True)
class Identity:
    """What SES knows of the sender's domain."""

    name: str
    verified: bool
    dkim: str
    mail_from: str = ""
    mail_from_status: str = ""


@dataclass(frozen=True)
class Destination:
    """One place a configuration set reports to."""

    enabled: bool
    arn: str
    event_types: Sequence[str]


def stack(status: str) -> Finding:
    """Whether the last deployment went through; `status` is CloudFormation's."""
    if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}:
        return ok(status.lower().replace("_", " "))
    if status.endswith("_IN_PROGRESS"):
        return warning(f"it is being changed: {status}", "wait, and run this again")
    return failed(f"it is in the state {status}", "look at the stack's events in CloudFormation")


def sandbox(ses: Ses) -> Finding:
    """Whether SES sends to anybody, or to verified addresses only."""
    if ses.production:
        return ok("production access")
    return failed(
        "the account is in SES's sandbox: mail reaches verified addresses only",
        "SES console: Get set up, Request production access (docs/aws.md, step 4)",
    )


def sending(ses: Ses) -> Finding:
    """Whether SES lets the account send at all."""
    if not ses.sending_enabled or ses.enforcement == "SHUTDOWN":
        return failed(
            "SES has stopped this account from sending",
            "SES console: Reputation metrics says why; answer the case AWS opened",
        )
    if ses.enforcement == "PROBATION":
        return warning(
            "SES has put the account under review",
            "pause campaigns, find the audience that bounces or complains, answer AWS's case",
        )
    return ok("enabled, the account is in good standing")


def quota(ses: Ses) -> Finding:
    """What SES lets through, in words that can be compared with an audience."""
    if ses.per_day < 0:
        return ok(f"{ses.per_second:,.0f} a second, no limit a day")
    left = max(0.0, ses.per_day - ses.sent_today)
    hours = ses.per_day / max(ses.per_second, 0.1) / 3600
    what = f"{ses.per_second:,.0f} a second, {left:,.0f} of {ses.per_day:,.0f} left today"
    if not left:
        return failed(
            what, "wait: the quota counts the last 24 hours; or ask for more (docs/aws.md)"
        )
    if left < ses.per_day / 10:
        return warning(what, "a campaign pauses itself when the quota is used up; `resume` goes on")
    return ok(f"{what} (a full day's quota takes {hours:,.1f} h)")


def identity(found: Identity | None, wanted: str) -> Finding:
    """Whether mail from the domain `wanted` leaves, signed."""
    if found is None:
        return failed(
            f"SES does not know {wanted}",
            f"deploy with SenderDomain={wanted}, or verify it in the SES console",
        )
    if not found.verified:
        return failed(
            f"{wanted} is not verified (DKIM: {found.dkim.lower()})",
            "publish the three CNAME records of the stack's outputs Dkim1-3, wait up to 72 hours",
        )
    if found.dkim != "SUCCESS":
        return warning(
            f"{wanted} is verified, but mail is not signed (DKIM: {found.dkim.lower()})",
            "publish the three CNAME records of the stack's outputs Dkim1-3",
        )
    return ok(f"{wanted} is verified and signs with DKIM")


def mail_from(found: Identity | None) -> Finding:
    """Whether bounces come back under the sender's own domain, which SPF alignment needs."""
    if found is None or not found.mail_from:
        return warning(
            "no MAIL FROM domain: SPF is checked for amazonses.com and does not align",
            "SenderIdentity=create sets bounce.<domain>; or set it in the SES console",
        )
    if found.mail_from_status != "SUCCESS":
        return warning(
            f"{found.mail_from} is not in use ({found.mail_from_status.lower()})",
            "publish the MX and TXT records of the stack's outputs MailFromMx and MailFromSpf",
        )
    return ok(found.mail_from)


def dmarc_domains(domain: str) -> list[str]:
    """Where a DMARC record for mail from `domain` may stand: there, or at a parent."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]


def dmarc(records: Mapping[str, Sequence[str]] | None, domain: str) -> Finding:
    """The policy that holds; `records` are TXT records by domain, `None` when DNS is silent."""
    wanted = f'publish: _dmarc.{domain} TXT "v=DMARC1; p=none; rua=mailto:dmarc@{domain}"'
    if records is None:
        return warning(
            "DNS did not answer", f"look yourself: dig TXT _dmarc.{domain}; then run this again"
        )
    for place in dmarc_domains(domain):
        found = [text for text in records.get(place, ()) if text.lower().startswith("v=dmarc1")]
        if len(found) > 1:
            return failed(f"_dmarc.{place} has {len(found)} records: none counts", "leave one")
        if found:
            return _policy(found[0], place, inherited=place != domain)
    return failed("no record: Gmail and Yahoo refuse bulk mail without one", wanted)


def _policy(record: str, place: str, *, inherited: bool) -> Finding:
    parts = (part.partition("=") for part in record.split(";"))
    tags = {name.strip().lower(): value.strip() for name, _, value in parts}
    policy = (tags.get("sp") if inherited else None) or tags.get("p", "")
    if policy not in {"none", "quarantine", "reject"}:
        return failed(f"_dmarc.{place} names no policy", "p=none, p=quarantine or p=reject")
    if policy == "none":
        return warning(
            f"_dmarc.{place} only watches (p=none)",
            "when the reports show that all your mail aligns: p=quarantine, then p=reject",
        )
    return ok(f"_dmarc.{place}: {policy}")


def events(destinations: Sequence[Destination] | None, topic: str, stream: str) -> Finding:
    """Whether SES reports everything the ledger needs, to the stack's own topic and stream."""
    if destinations is None:
        return failed("SES has no configuration set of this stack", "deploy the stack again")
    ours = [one for one in destinations if one.enabled and one.arn in {topic, stream}]
    if not ours:
        return failed(
            "the configuration set reports neither to the stack's topic nor to its stream",
            "deploy the stack again",
        )
    reported = {kind for one in ours for kind in one.event_types}
    missing = [kind for kind in EVENT_TYPES if kind not in reported]
    if not missing:
        return ok(f"{len(EVENT_TYPES)} event types reach the stack")
    said = f"SES does not report {', '.join(missing)}"
    remedy = "deploy with the defaults of SesEventTypes and SesMassEventTypes"
    return failed(said, remedy) if {"SEND", "BOUNCE"} & set(missing) else warning(said, remedy)


def bulk(quotas: Mapping[str, float] | None, ses: Ses, transport: str) -> Finding:
    """Whether SendBulkEmail is limited to so many calls a second; `quotas` by name.

    Some accounts are held to one call a second, and Service Quotas does not list it everywhere, so
    often it can only be tried.
    """
    if transport == "single":
        return ok("not used: Transport is single")
    named = {name: value for name, value in (quotas or {}).items() if "bulk" in name.lower()}
    if not named:
        return warning(
            "Service Quotas names no limit for SendBulkEmail; some accounts have 1 call a second",
            "launch to 1,000 simulator addresses: if `recado logs sender` shows throttling "
            f"below the send rate, {SINGLE_CALL_PATH}",
        )
    name, calls = min(named.items(), key=lambda item: item[1])
    if calls * 50 < ses.per_second:
        return failed(
            f"{name}: {calls:,.0f} calls of 50 a second, for {ses.per_second:,.0f} recipients",
            f"ask AWS for more; {SINGLE_CALL_PATH}",
        )
    return ok(f"{name}: {calls:,.0f} a second")


def concurrency(limit: int, by_queues: int) -> Finding:
    """Whether Lambda may run as many functions at once as the stack asks for."""
    needed = by_queues + API_CONCURRENCY
    what = f"{limit:,} at once; queues use up to {by_queues}, the API about {API_CONCURRENCY}"
    if limit < by_queues:
        return failed(what, "Service Quotas: AWS Lambda, Concurrent executions; ask for 1,000")
    if limit < needed:
        return warning(what, "Service Quotas: AWS Lambda, Concurrent executions; ask for 1,000")
    return ok(what)


def dead_letters(by_queue: Mapping[str, int]) -> Finding:
    """Whether messages lie in dead-letter queues."""
    full = {name: number for name, number in by_queue.items() if number}
    if not full:
        return ok(f"all {len(by_queue)} empty")
    said = ", ".join(f"{number:,} in {name}" for name, number in full.items())
    return failed(said, "recado logs --errors; then send them back: SQS console, Start DLQ redrive")


def sender(address: str, domain: str) -> Finding:
    """Whether the address mail comes from is of the domain the functions may send from."""
    own = address.rpartition("@")[2].rstrip("> ").lower()
    if own == domain.lower():
        return ok(address)
    return failed(
        f"FromAddress is of {own}, but the functions may only send from {domain}",
        "deploy with SenderDomain and FromAddress of the same domain",
    )


def any_failed(findings: Iterable[Finding]) -> bool:
    """Whether something has to be done before a campaign."""
    return any(finding.level is Level.FAILED for finding in findings)
