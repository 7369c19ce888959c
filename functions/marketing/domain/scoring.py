"""From what is known of a customer and staff's rules to a decision that can be explained.

Every rule is looked at, also those that do not hold, so that staff can see why. Of those that hold
and that nothing stops, the one with the highest priority is taken; the others wait for another
period. Who is held out is decided by `recado.experiment` from the rule's and the customer's ids,
after everything that stops an offer: so both groups are of people who could have got it.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from marketing.domain.customers import Chat, CustomerFile, Situation
from marketing.domain.rules import Exclusion, Interested, Rule, RuleDocument, Who
from recado import experiment
from recado.audience import is_address
from recado.interests import Interest
from recado.model import Customer, Frozen
from recado.offers import Group

TECHNICAL = "technical"
"""The desk's kind of a technical request."""


class Stop(StrEnum):
    """Why a rule that holds leads to no offer now."""

    NOT_A_CUSTOMER = "not_a_customer"
    NO_ADDRESS = "no_address"
    NO_CONSENT = "no_consent"
    OPEN_TECHNICAL_TICKET = "open_technical_ticket"
    OVERDUE = "overdue"
    COOL_DOWN = "cool_down"
    ANOTHER_OFFER = "another_offer"
    LOWER_PRIORITY = "lower_priority"

    @property
    def passes(self) -> bool:
        """Whether it may be gone tomorrow, while the evidence still counts."""
        return self in {Stop.OPEN_TECHNICAL_TICKET, Stop.OVERDUE, Stop.ANOTHER_OFFER}


class Counted(Frozen):
    """A conversation that counted as evidence, and the interest in it that did."""

    conversation_id: str
    ended_at: datetime
    interest: Interest


class Finding(Frozen):
    """What became of one rule. `needed` conversations had to count within `days`."""

    rule: str
    needed: int
    days: int
    counted: tuple[Counted, ...] = ()
    for_this_customer: bool = True
    stopped_by: tuple[Stop, ...] = ()
    until: datetime | None = None
    """When a cool-down or the pause between offers is over."""

    @property
    def holds(self) -> bool:
        """Whether the rule's condition holds, whatever stops it."""
        return self.for_this_customer and len(self.counted) >= self.needed

    @property
    def chosen(self) -> bool:
        """Whether it leads to an offer."""
        return self.holds and not self.stopped_by


class Decision(Frozen):
    """What was decided about a customer, and why."""

    customer_id: str
    at: datetime
    rules_version: int
    findings: tuple[Finding, ...]
    chosen: str | None = None
    group: Group | None = None
    offer_id: str | None = None

    @property
    def look_again(self) -> bool:
        """Whether something that may pass stopped a rule that holds."""
        return self.chosen is None and any(
            finding.holds and all(stop.passes for stop in finding.stopped_by)
            for finding in self.findings
        )


def decide(situation: Situation, document: RuleDocument, now: datetime) -> Decision:
    """The decision about a customer; disabled rules are not looked at."""
    enabled = sorted(
        (rule for rule in document.rules if rule.enabled),
        key=lambda rule: (-rule.priority, rule.id),
    )
    findings = [_finding(rule, situation, document, now) for rule in enabled]
    best = next((finding.rule for finding in findings if finding.chosen), None)
    ranked = tuple(
        finding.model_copy(update={"stopped_by": (Stop.LOWER_PRIORITY,)})
        if finding.chosen and finding.rule != best
        else finding
        for finding in findings
    )
    return Decision(
        customer_id=situation.file.customer_id,
        at=now,
        rules_version=document.version,
        findings=ranked,
        chosen=best,
        group=_group(document.rule(best), situation.file.customer_id) if best else None,
    )


def _finding(rule: Rule, situation: Situation, document: RuleDocument, now: datetime) -> Finding:
    finding = Finding(
        rule=rule.id,
        needed=rule.when.times,
        days=rule.when.days,
        counted=tuple(_counted(rule.when, situation.file.chats, now)),
        for_this_customer=situation.customer is None
        or _is_for(rule.who, situation.customer, situation),
    )
    if not finding.holds:
        return finding
    until = _until(rule, situation.file, document, now)
    stops = tuple(_stops(rule, situation, until))
    return finding.model_copy(
        update={"stopped_by": stops, "until": max(until.values(), default=None)}
    )


def _counted(when: Interested, chats: Iterable[Chat], now: datetime) -> Iterator[Counted]:
    """The conversations that count, the latest first, each once."""
    since = now - timedelta(days=when.days)
    for chat in sorted(chats, key=lambda chat: (chat.ended_at, chat.conversation_id), reverse=True):
        if not since < chat.ended_at <= now:
            continue
        fitting = [interest for interest in chat.interests if _fits(when, interest)]
        if fitting:
            weightiest = max(fitting, key=lambda interest: interest.churn_risk)
            yield Counted(
                conversation_id=chat.conversation_id, ended_at=chat.ended_at, interest=weightiest
            )


def _fits(when: Interested, interest: Interest) -> bool:
    return (
        (not when.intents or interest.intent in when.intents)
        and (when.aspect is None or interest.aspect == when.aspect)
        and (not when.products or interest.product in when.products)
        and (when.mood is None or interest.mood == when.mood)
        and interest.churn_risk >= when.churn_risk
    )


def _is_for(who: Who, customer: Customer, situation: Situation) -> bool:
    overdue = bool(customer.overdue(situation.today))
    return (
        (not who.plans or customer.plan in who.plans)
        and customer.plan not in who.not_plans
        and (not who.cities or customer.city in who.cities)
        and (who.overdue is None or who.overdue == overdue)
    )


def _stops(rule: Rule, situation: Situation, until: dict[Stop, datetime]) -> Iterator[Stop]:
    customer = situation.customer
    if customer is None:
        yield Stop.NOT_A_CUSTOMER
        return
    if not is_address(customer.email):
        yield Stop.NO_ADDRESS
    if situation.suppressed is not None:
        yield Stop.NO_CONSENT
    yield from excluded(rule, customer, situation.file, situation.today)
    yield from until


def excluded(rule: Rule, customer: Customer, file: CustomerFile, today: date) -> Iterator[Stop]:
    """The rule's exclusions that hold for a customer now."""
    technical = any(ticket.kind == TECHNICAL for ticket in file.tickets)
    if Exclusion.OPEN_TECHNICAL_TICKET in rule.exclusions and technical:
        yield Stop.OPEN_TECHNICAL_TICKET
    if Exclusion.OVERDUE in rule.exclusions and customer.overdue(today):
        yield Stop.OVERDUE


def _until(
    rule: Rule, file: CustomerFile, document: RuleDocument, now: datetime
) -> dict[Stop, datetime]:
    """What earlier offers still stand in the way; one whose campaign was refused never went out."""
    made = [offer for offer in file.offers if not offer.refused]
    same = [offer.made_at for offer in made if offer.rule == rule.id]
    ends: dict[Stop, datetime] = {}
    if same:
        ends[Stop.COOL_DOWN] = max(same) + timedelta(days=rule.cool_down_days)
    if made:
        latest = max(offer.made_at for offer in made)
        ends[Stop.ANOTHER_OFFER] = latest + timedelta(days=document.days_between_offers)
    return {stop: end for stop, end in ends.items() if end > now}


def _group(rule: Rule | None, customer_id: str) -> Group | None:
    if rule is None:
        return None
    held_out = experiment.is_held_out(rule.hold_out, rule.id, customer_id)
    return "hold_out" if held_out else "offered"
