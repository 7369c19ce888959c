"""Making an offer from a decision, and naming what belongs to it. The same inputs, the same ids."""

from datetime import date, datetime, timedelta
from typing import Any

from marketing.domain.customers import Mailed, Offer
from marketing.domain.journey import FIRST, Moved, begun
from marketing.domain.rules import Rule
from marketing.domain.scoring import Decision
from recado.audience import fields_of
from recado.model import Customer
from recado.offers import Group, OfferScheduled, OfferSettled

_TOLD = ("name", "first_name", "customer_id", "plan", "city")
"""Fields of the customer that an offer's template may use."""


def campaign_of(rule: str, place: int, run: str) -> str:
    """The campaign of a rule's mail in a run; `run` is `run_` and a ULID."""
    return f"cmp_{run.removeprefix('run_')}-{rule}-{place}"


def made(
    decision: Decision, rule: Rule, group: Group, customer: Customer, run: str, offer_id: str
) -> Offer:
    """The offer of a decision; who is held out gets no journey."""
    offered = group == "offered"
    finding = next(each for each in decision.findings if each.rule == rule.id)
    mail = Mailed(place=FIRST, campaign_id=campaign_of(rule.id, FIRST, run), at=decision.at)
    return Offer(
        id=offer_id,
        rule=rule.id,
        rule_version=decision.rules_version,
        customer_id=customer.id,
        group=group,
        made_at=decision.at,
        settles_at=decision.at + timedelta(days=rule.horizon_days),
        plan_before=customer.plan,
        conversations=tuple(each.conversation_id for each in finding.counted),
        journey=begun(decision.at) if offered else None,
        mails=(mail,) if offered else (),
    )


def travelled(offer: Offer, moved: Moved, run: str, now: datetime) -> Offer:
    """The offer after its journey moved, with the mail it sends now, if any."""
    mails = offer.mails
    if moved.send is not None:
        place = moved.journey.sent[-1]
        campaign = campaign_of(offer.rule, place, run)
        mails = (*mails, Mailed(place=place, campaign_id=campaign, at=now))
    return offer.model_copy(update={"journey": moved.journey, "mails": mails})


def settled(offer: Offer, *, converted: bool, now: datetime) -> Offer:
    """The offer when its horizon is over."""
    journey = offer.journey
    if journey is not None and not journey.stopped:
        journey = journey.model_copy(update={"stopped": "settled"})
    return offer.model_copy(update={"converted": converted, "settled_at": now, "journey": journey})


def scheduled_fact(offer: Offer) -> OfferScheduled:
    """What the reports are told of a new offer."""
    return OfferScheduled(
        offer_id=offer.id,
        rule=offer.rule,
        customer_id=offer.customer_id,
        group=offer.group,
        campaign_id=offer.mails[0].campaign_id if offer.mails else None,
        scheduled_at=offer.made_at,
    )


def settled_fact(offer: Offer) -> OfferSettled:
    """What the reports are told of a settled offer."""
    return OfferSettled(
        offer_id=offer.id,
        rule=offer.rule,
        group=offer.group,
        converted=bool(offer.converted),
        settled_at=offer.settled_at or offer.settles_at,
    )


def row(customer: Customer, today: date) -> dict[str, Any]:
    """A customer as a row of an audience (`recado.audience`)."""
    fields = fields_of(customer, today)
    told = {name: fields[name] for name in _TOLD}
    zone = {"time_zone": customer.time_zone} if customer.time_zone else {}
    own = {"id": customer.id, "email": customer.email, "language": customer.language.value}
    return own | zone | told
