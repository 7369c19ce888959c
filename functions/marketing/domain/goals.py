"""Whether an offer worked. Both groups are judged alike: once, when the horizon is over."""

from collections.abc import Iterable
from datetime import date

from marketing.domain.customers import Chat, Offer
from marketing.domain.rules import Goal
from recado.intent import Intent
from recado.model import Customer


def reached(
    goal: Goal, offer: Offer, customer: Customer | None, chats: Iterable[Chat], today: date
) -> bool:
    """Whether the goal is reached now; somebody who is gone reached none.

    `still_customer` also asks that nobody spoke of cancelling since the offer.
    """
    if customer is None:
        return False
    match goal.kind:
        case "plan_is":
            return customer.plan in goal.plans
        case "plan_changed":
            return customer.plan != offer.plan_before
        case "paid":
            return not customer.overdue(today)
        case "still_customer":
            return not any(
                interest.intent == Intent.CANCELLATION
                for chat in chats
                if chat.started_at > offer.made_at
                for interest in chat.interests
            )


def reached_early(
    goal: Goal, offer: Offer, customer: Customer | None, chats: Iterable[Chat], today: date
) -> bool:
    """Whether no more mail is needed before the horizon; to have stayed is known only then."""
    return goal.kind != "still_customer" and reached(goal, offer, customer, chats, today)
