"""Accepting mail: who may send, what fits the quotas, what becomes of each message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ses_simulator.chance import Chance
from ses_simulator.drafting import Draft
from ses_simulator.errors import ApiError, Refusal
from ses_simulator.faults import CallFault
from ses_simulator.ledger import (
    PENDING,
    UNPUBLISHED,
    CallRecord,
    Ledger,
)
from ses_simulator.outcomes import (
    DELIVERED,
    OUTCOMES,
    RENDERING_FAILURE,
    SUPPRESSED_BY_REASON,
    is_simulator_mailbox,
    of_simulator_mailbox,
)
from ses_simulator.quota import DailyQuota, RateWindow
from ses_simulator.rendering import (
    InvalidTemplate,
    RenderingFailed,
    Template,
    compiled,
    merged,
)
from ses_simulator.resources import TEMPLATE, Resources
from ses_simulator.submission import Entry, Submission, TemplateUse
from ses_simulator.wire import (
    Content,
    JsonObject,
    bare_address,
    content_problem,
    problem,
    template_data,
)

RATE_EXCEEDED = Refusal("ACCOUNT_THROTTLED", "Maximum sending rate exceeded.")
DAILY_QUOTA_EXCEEDED = Refusal("ACCOUNT_DAILY_QUOTA_EXCEEDED", "Daily message quota exceeded.")


class Result(NamedTuple):
    """What SES says of one message: its id, or why it was refused."""

    message_id: str | None
    refusal: Refusal | None = None

    def as_bulk_entry(self) -> JsonObject:
        """The same as a BulkEmailEntryResult."""
        if self.refusal is None:
            return {"Status": "SUCCESS", "MessageId": self.message_id}
        return {"Status": self.refusal.status, "Error": self.refusal.message}


@dataclass(frozen=True, slots=True)
class Handling:
    """What holds for every message of a call."""

    now_ms: int
    submission: Submission
    configuration_set: str | None
    topics: Mapping[str, list[str]]
    template: Template | None
    refusal: Refusal | None


class PostOffice:
    """Takes submissions in, one at a time, and writes them to the ledger before it answers."""

    def __init__(
        self,
        ledger: Ledger,
        resources: Resources,
        rate: RateWindow,
        quota: DailyQuota,
        chance: Chance,
        now_ms: Callable[[], int],
        id_suffix: str,
        *,
        publishes: bool,
    ) -> None:
        self._ledger = ledger
        self._resources = resources
        self._rate = rate
        self._quota = quota
        self._chance = chance
        self.now_ms = now_ms
        self._id_suffix = id_suffix
        self._event_state = PENDING if publishes else UNPUBLISHED

    def accept(self, submission: Submission, fault: CallFault | None) -> list[Result]:
        """Accept or refuse each message of a call; what is accepted is in the ledger on return."""
        handling = self._handling(submission)
        injected = self._chance.refusals(fault, len(submission.entries))
        draft = self._draft(handling)
        results = [
            self._handle(entry, handling, injected.get(position), draft)
            for position, entry in enumerate(submission.entries)
        ]
        self._ledger.record(draft.batch(_call_record(handling, results, fault)))
        return results

    def _draft(self, handling: Handling) -> Draft:
        return Draft(
            first_number=self._ledger.next_message,
            call_id=self._ledger.next_call,
            now_ms=handling.now_ms,
            envelope=handling.submission.envelope,
            configuration_set=handling.configuration_set,
            topics=handling.topics,
            publications=self._chance.publications,
            event_state=self._event_state,
            id_suffix=self._id_suffix,
        )

    def _handling(self, submission: Submission) -> Handling:
        envelope = submission.envelope
        name = self._resources.configuration_set_for(envelope.source, envelope.configuration_set)
        template, missing = self._template(submission.template)
        return Handling(
            now_ms=self.now_ms(),
            submission=submission,
            configuration_set=name,
            topics=self._resources.topics(name),
            template=template,
            refusal=self._resources.account.refusal()
            or self._resources.configuration_set_refusal(name)
            or missing
            or self._resources.sender_refusal(envelope.source),
        )

    def _template(self, use: TemplateUse | None) -> tuple[Template | None, Refusal | None]:
        if use is None:
            return None, None
        content = use.inline
        if content is None:
            stored = self._resources.find(TEMPLATE, use.name or "")
            if stored is None:
                return None, Refusal("TEMPLATE_NOT_FOUND", f"Template {use.name} does not exist.")
            content = stored["TemplateContent"]
        try:
            template = compiled(
                use.name or "", content.get("Subject", ""), content.get("Html"), content.get("Text")
            )
        except InvalidTemplate as error:
            return None, Refusal("INVALID_PARAMETER", str(error))
        return template, None

    def _handle(
        self, entry: Entry, handling: Handling, injected: Refusal | None, draft: Draft
    ) -> Result:
        refusal = (
            handling.refusal
            or injected
            or problem(entry.destination, entry.tags, entry.headers)
            or self._sandbox_refusal(entry)
        )
        if refusal:
            return Result(None, refusal)
        try:
            content, failure = _rendered(entry, handling)
        except ApiError as error:
            return Result(None, Refusal("INVALID_PARAMETER", error.message))
        addresses = list(
            dict.fromkeys((bare_address(a) or a).lower() for a in entry.destination.everyone())
        )
        refusal = content_problem(content) or self._quota_refusal(handling.now_ms, addresses)
        if refusal:
            return Result(None, refusal)
        outcomes = {
            address: RENDERING_FAILURE if failure else self._outcome(address, handling)
            for address in addresses
        }
        return Result(draft.add(entry, content, outcomes, failure))

    def _sandbox_refusal(self, entry: Entry) -> Refusal | None:
        if self._resources.account.production_access:
            return None
        for address in entry.destination.everyone():
            if refusal := self._resources.recipient_refusal(address):
                return refusal
        return None

    def _quota_refusal(self, now_ms: int, addresses: list[str]) -> Refusal | None:
        counted = len([address for address in addresses if not is_simulator_mailbox(address)])
        if not self._quota.has_room(now_ms, counted):
            return DAILY_QUOTA_EXCEEDED
        if not self._rate.take(now_ms, len(addresses)):
            return RATE_EXCEEDED
        self._quota.take(now_ms, counted)
        return None

    def _outcome(self, address: str, handling: Handling) -> str:
        if is_simulator_mailbox(address):
            return of_simulator_mailbox(address)
        reason = self._resources.suppressed_reason(address, handling.configuration_set)
        if reason:
            return SUPPRESSED_BY_REASON[reason]
        outcome = self._chance.outcome_of(address) or DELIVERED
        suppresses = OUTCOMES[outcome].suppresses
        if suppresses:
            self._resources.suppress_after_feedback(
                address, suppresses, handling.configuration_set, handling.now_ms
            )
        return outcome


def _rendered(entry: Entry, handling: Handling) -> tuple[Content, str]:
    if entry.content is not None:
        return entry.content, ""
    use, template = handling.submission.template, handling.template
    if use is None or template is None:
        raise ValueError("an entry without content needs a template")
    replacement = template_data(entry.replacement, "ReplacementTemplateData")
    data = merged(use.data, replacement)
    try:
        return (
            Content(
                subject=template.subject.render(data),
                html=None if template.html is None else template.html.render(data),
                text=None if template.text is None else template.text.render(data),
            ),
            "",
        )
    except RenderingFailed as failed:
        return Content(subject=""), f"{template.name}\n{failed}"


def _call_record(handling: Handling, results: list[Result], fault: CallFault | None) -> CallRecord:
    refused = Counter(result.refusal.status for result in results if result.refusal)
    accepted = len(results) - refused.total()
    return CallRecord(
        handling.submission.operation,
        entries=len(results),
        accepted=accepted,
        at_ms=handling.now_ms,
        outcome=_call_outcome(accepted, refused, fault),
        detail=", ".join(f"{status} {times}" for status, times in refused.items()),
    )


def _call_outcome(accepted: int, refused: Counter[str], fault: CallFault | None) -> str:
    if fault is not None and fault.kind.endswith("_after"):
        return fault.kind
    if not refused:
        return "ok"
    if accepted:
        return "partial"
    return "throttled" if set(refused) == {"ACCOUNT_THROTTLED"} else "refused"
