"""From what is known of a customer to a decision, with every reason."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketing.domain.customers import Chat, CustomerFile, Offer, Situation, Ticket
from marketing.domain.goals import reached, reached_early
from marketing.domain.rules import Goal, Rule, RuleDocument, default_document
from marketing.domain.scoring import Decision, Stop, decide
from marketing.domain.words import told
from recado.interests import Aspect, Evidence, Interest, Mood
from recado.model import Customer, Language, OpenInvoice
from tests.factories import AT, TODAY, customer

ENABLED = RuleDocument(
    version=7,
    rules=tuple(
        rule.model_copy(update={"enabled": True, "hold_out": 0})
        for rule in default_document().rules
    ),
)
OWING = {"F-1": OpenInvoice(due_on=TODAY - timedelta(days=1), amount="10.00")}


def interest(**fields: Any) -> Interest:
    """A complaint of slowness, unless told otherwise."""
    return Interest.model_validate(
        {
            "intent": "connection",
            "product": "internet",
            "aspect": Aspect.SLOW,
            "mood": Mood.NEUTRAL,
            "churn_risk": 0.0,
            "confidence": 0.9,
            "evidence": (Evidence(sequence=1, quote="lenta"),),
        }
        | fields
    )


LEAVING = interest(intent="cancellation", product="contract", aspect=None, churn_risk=0.9)
PRICE = interest(intent="plan_change", product="plan", aspect=Aspect.PRICE)


def chat(number: int, *interests: Interest, days_ago: float = 1) -> Chat:
    ended = AT - timedelta(days=days_ago)
    return Chat(
        conversation_id=f"cnv_{number}",
        started_at=ended - timedelta(minutes=5),
        ended_at=ended,
        interests=interests,
    )


def offer(rule: str, days_ago: float, **fields: Any) -> Offer:
    made = AT - timedelta(days=days_ago)
    return Offer.model_validate(
        {
            "id": "ofr_1",
            "rule": rule,
            "rule_version": 7,
            "customer_id": "C-1",
            "group": "offered",
            "made_at": made,
            "settles_at": made + timedelta(days=30),
            "plan_before": "Fibra 500",
            "conversations": ("cnv_1",),
        }
        | fields
    )


def situation(
    *chats: Chat,
    who: Customer | None = customer(),  # noqa: B008 - a value
    suppressed: str | None = None,
    **file: Any,
) -> Situation:
    return Situation(
        file=CustomerFile(customer_id="C-1", chats=chats, **file),
        customer=who,
        suppressed=suppressed,
        today=TODAY,
    )


def decided(known: Situation, document: RuleDocument = ENABLED, at: datetime = AT) -> Decision:
    return decide(known, document, at)


def stops(decision: Decision, rule: str) -> tuple[Stop, ...]:
    (finding,) = (each for each in decision.findings if each.rule == rule)
    return finding.stopped_by


SLOW_TWICE = (chat(1, interest()), chat(2, interest()))


def test_slow_twice_in_thirty_days_is_offered_speed() -> None:
    decision = decided(situation(*SLOW_TWICE))
    assert (decision.chosen, decision.group) == ("speed-upgrade", "offered")


@pytest.mark.parametrize(
    "chats",
    [
        (chat(1, interest(), interest()),),
        (chat(1, interest()), chat(2, interest(), days_ago=30)),
        (chat(1, interest()), chat(2, interest(aspect=None))),
        (),
    ],
    ids=["in one conversation", "too long ago", "down and not slow", "nothing"],
)
def test_less_than_that_is_not(chats: tuple[Chat, ...]) -> None:
    assert decided(situation(*chats)).chosen is None


def test_the_highest_priority_is_taken_and_the_others_say_so() -> None:
    decision = decided(situation(*SLOW_TWICE, chat(3, LEAVING), chat(4, PRICE)))
    assert decision.chosen == "retention"
    assert stops(decision, "speed-upgrade") == stops(decision, "better-plan")
    assert stops(decision, "better-plan") == (Stop.LOWER_PRIORITY,)


def test_who_owes_is_sold_nothing_but_asked_to_stay() -> None:
    owing = customer(open_invoices=OWING)
    decision = decided(situation(*SLOW_TWICE, who=owing))
    assert decision.chosen is None
    assert stops(decision, "speed-upgrade") == (Stop.OVERDUE,)
    assert decision.look_again
    assert decided(situation(chat(1, LEAVING), who=owing)).chosen == "retention"


def test_an_open_technical_ticket_stops_an_offer_and_another_kind_does_not() -> None:
    technical = situation(*SLOW_TWICE, tickets=(Ticket(id="t", kind="technical"),))
    assert stops(decided(technical), "speed-upgrade") == (Stop.OPEN_TECHNICAL_TICKET,)
    assert decided(technical).look_again
    sales = situation(*SLOW_TWICE, tickets=(Ticket(id="t", kind="sales"),))
    assert decided(sales).chosen == "speed-upgrade"


def test_who_wants_no_marketing_or_is_gone_gets_none_and_is_not_looked_at_again() -> None:
    for known, stop in (
        (situation(*SLOW_TWICE, suppressed="opted out"), Stop.NO_CONSENT),
        (situation(*SLOW_TWICE, who=None), Stop.NOT_A_CUSTOMER),
        (situation(*SLOW_TWICE, who=customer(email="ana")), Stop.NO_ADDRESS),
    ):
        assert stops(decided(known), "speed-upgrade") == (stop,)
        assert not decided(known).look_again


def test_a_rule_is_only_for_whom_it_is_meant() -> None:
    fastest = situation(*SLOW_TWICE, who=customer(plan="Fibra 1 Giga"))
    (finding,) = (each for each in decided(fastest).findings if each.rule == "speed-upgrade")
    assert not finding.for_this_customer
    assert decided(fastest).chosen is None


def test_the_same_offer_waits_for_its_cool_down_another_for_the_pause() -> None:
    had = situation(*SLOW_TWICE, offers=(offer("speed-upgrade", 20),))
    assert stops(decided(had), "speed-upgrade") == (Stop.COOL_DOWN,)
    another = situation(*SLOW_TWICE, offers=(offer("better-plan", 13),))
    assert stops(decided(another), "speed-upgrade") == (Stop.ANOTHER_OFFER,)
    assert decided(another).look_again
    long_ago = situation(*SLOW_TWICE, offers=(offer("better-plan", 14), offer("speed-upgrade", 90)))
    assert decided(long_ago).chosen == "speed-upgrade"


def test_an_offer_that_was_refused_never_went_out() -> None:
    refused = offer("speed-upgrade", 1, refused="there is no template")
    assert decided(situation(*SLOW_TWICE, offers=(refused,))).chosen == "speed-upgrade"


def test_a_disabled_rule_is_not_looked_at() -> None:
    assert decided(situation(*SLOW_TWICE), default_document()).findings == ()


def test_the_decision_is_told_in_words_of_both_languages() -> None:
    words = told(decided(situation(*SLOW_TWICE, who=customer(open_invoices=OWING))), ENABLED)
    assert (
        "Slow twice: more speed: 2 of 2 conversations in 30 days; has an overdue invoice."
        in words[Language.ENGLISH]
    )
    assert (
        "Internet lenta duas vezes: mais velocidade: 2 de 2 conversas em 30 dias; "
        "tem fatura em atraso." in words[Language.PORTUGUESE]
    )


def test_the_words_say_until_when_an_earlier_offer_stands_in_the_way() -> None:
    had = situation(*SLOW_TWICE, offers=(offer("speed-upgrade", 20),))
    words = told(decided(had), ENABLED)[Language.ENGLISH]
    assert (
        "Slow twice: more speed: 2 of 2 conversations in 30 days; "
        "had this offer before (until 2026-12-24)." in words
    )


def test_about_as_many_are_held_out_as_the_rule_says_and_always_the_same() -> None:
    rule: Rule = ENABLED.rules[1].model_copy(update={"hold_out": 20})
    document = ENABLED.model_copy(update={"rules": (rule,)})

    def group(number: int) -> str | None:
        known = situation(*SLOW_TWICE)
        file = known.file.model_copy(update={"customer_id": f"C-{number}"})
        return decided(known.model_copy(update={"file": file}), document).group

    groups = [group(number) for number in range(500)]
    assert groups == [group(number) for number in range(500)]
    assert 70 <= groups.count("hold_out") <= 130


chats = st.lists(
    st.builds(
        lambda number, kind, days: chat(number, *kind, days_ago=days),
        st.integers(1, 6),
        st.lists(st.sampled_from([interest(), LEAVING, PRICE]), max_size=3),
        st.floats(0, 60),
    ),
    unique_by=lambda each: each.conversation_id,
    max_size=6,
)


@given(chats, st.tuples(st.booleans(), st.booleans()), st.randoms())
@settings(max_examples=100)
def test_order_does_not_matter_and_nobody_gets_what_an_exclusion_forbids(
    found: list[Chat], stopped: tuple[bool, bool], chance: Any
) -> None:
    owes, technical = stopped
    who = customer(open_invoices=OWING if owes else {})
    tickets = (Ticket(id="t", kind="technical"),) if technical else ()
    decision = decided(situation(*found, who=who, tickets=tickets))
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert decided(situation(*shuffled, who=who, tickets=tickets)) == decision
    assert sum(finding.chosen for finding in decision.findings) == (decision.chosen is not None)
    if technical:
        assert decision.chosen is None
    if owes:
        assert decision.chosen in {None, "retention"}
    for finding in decision.findings:
        names = [each.conversation_id for each in finding.counted]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("goal", "who", "expected"),
    [
        (Goal(kind="plan_changed"), customer(plan="Fibra 1 Giga"), True),
        (Goal(kind="plan_changed"), customer(), False),
        (Goal(kind="plan_is", plans=("Fibra 500",)), customer(), True),
        (Goal(kind="paid"), customer(open_invoices=OWING), False),
        (Goal(kind="paid"), customer(), True),
        (Goal(kind="still_customer"), customer(), True),
        (Goal(kind="still_customer"), None, False),
    ],
)
def test_a_goal_is_reached_by_what_the_customer_is_now(
    goal: Goal, who: Customer | None, *, expected: bool
) -> None:
    assert reached(goal, offer("any", 10), who, (), TODAY) is expected


def test_who_speaks_of_cancelling_after_the_offer_was_not_kept_and_staying_is_known_late() -> None:
    goal, made = Goal(kind="still_customer"), offer("retention", 10)
    assert reached(goal, made, customer(), (chat(1, LEAVING, days_ago=11),), TODAY)
    assert not reached(goal, made, customer(), (chat(1, LEAVING, days_ago=9),), TODAY)
    assert not reached_early(goal, made, customer(), (), TODAY)
