"""What a conversation revealed: its interests, each with the customer's own words as evidence.

The bot notes which line it recognised an intent in. What the customer writes after that, until
the next intent, is about the same thing; it sets the mood, the risk of leaving, and the aspect.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chat.domain.intents import is_slowness
from chat.domain.masking import masked
from chat.domain.mood import Tone, mood_of, risk, tone_of
from chat.domain.text import normalise
from recado.conversation import Line, Speaker
from recado.intent import Intent
from recado.interests import Aspect, Evidence, Interest
from recado.model import Frozen

MAX_NOTICED = 50
"""How many recognised intents a conversation remembers."""
MAX_INTERESTS = 10
MAX_EVIDENCE = 3

_PRODUCTS = {
    Intent.INVOICE_COPY: "invoice",
    Intent.PAYMENT: "payment",
    Intent.OVERDUE_NEGOTIATION: "debt",
    Intent.CONNECTION: "internet",
    Intent.OUTAGE: "internet",
    Intent.PLAN_CHANGE: "plan",
    Intent.CANCELLATION: "contract",
    Intent.SIGN_UP: "plan",
    Intent.HUMAN: "service",
}
"""What each intent concerns; OUT_OF_SCOPE concerns nothing of the operator's."""
_OTHER_PRODUCTS = {
    "tv": ("tv", "televis", "canais", "channels"),
    "mobile": ("celular", "chip", "movel", "mobile", "sim card", "4g", "5g"),
    "phone": ("telefone fixo", "linha fixa", "landline"),
}
"""Words that say which product a connection, a plan or a contract is of."""
_NARROWED = {Intent.CONNECTION, Intent.OUTAGE, Intent.PLAN_CHANGE, Intent.CANCELLATION}
_PRICE = re.compile(
    r"\b(?:caros?|caras? demais|(?:muito|ta|esta|veio|ficou|mais|bem) cara|preco\w*|barat\w*"
    r"|descont\w*|promoc\w*|(?:valor|mensalidade) (?:muito )?alt[oa]|expensive"
    r"|pric(?:e|es|ey|ing)|cheap\w*|discount\w*|afford)\b"
)
_LEAVING_ALREADY = {Intent.CANCELLATION: 0.8}
"""The least risk of leaving that an intent alone stands for."""


class Noticed(Frozen):
    """An intent that the bot recognised in a line of the customer's."""

    intent: Intent
    sequence: int
    confidence: float


class Revealed(Frozen):
    """What the lines of a conversation tell when it is over."""

    interests: tuple[Interest, ...]
    messages: int
    first_answer: timedelta | None


@dataclass
class _Topic:
    """One intent in a conversation, with what the customer wrote about it."""

    noticed: Noticed
    lines: list[tuple[Line, Tone]] = field(default_factory=list)


def revealed(lines: Sequence[Line], noticed: Sequence[Noticed]) -> Revealed:
    """What the lines of a conversation, in order, reveal."""
    by_customer = [line for line in lines if line.speaker is Speaker.CUSTOMER]
    return Revealed(
        interests=_interests(_topics(by_customer, noticed)),
        messages=len(by_customer),
        first_answer=_first_answer(lines),
    )


def _first_answer(lines: Sequence[Line]) -> timedelta | None:
    asked = next((line for line in lines if line.speaker is Speaker.CUSTOMER), None)
    if asked is None:
        return None
    answers = (
        line
        for line in lines
        if line.sequence > asked.sequence and line.speaker is not Speaker.CUSTOMER
    )
    answer = next(answers, None)
    return answer.at - asked.at if answer else None


def _topics(lines: Iterable[Line], noticed: Sequence[Noticed]) -> list[_Topic]:
    """The customer's lines by topic; those before the first belong to it."""
    topics = [_Topic(each) for each in noticed if each.intent in _PRODUCTS]
    if not topics:
        return []
    current = 0
    for line in lines:
        while current + 1 < len(topics) and topics[current + 1].noticed.sequence <= line.sequence:
            current += 1
        topics[current].lines.append((line, tone_of(line.text)))
    return [topic for topic in topics if topic.lines]


def _interests(topics: Iterable[_Topic]) -> tuple[Interest, ...]:
    """One interest for each intent, product and aspect, in the order they came up."""
    found: dict[tuple[Intent, str, Aspect | None], list[_Topic]] = {}
    for topic in topics:
        found.setdefault(_key(topic), []).append(topic)
    merged = (_merged(key, of_key) for key, of_key in found.items())
    return tuple(merged)[:MAX_INTERESTS]


def _key(topic: _Topic) -> tuple[Intent, str, Aspect | None]:
    intent = topic.noticed.intent
    said = " ".join(normalise(line.text) for line, _ in topic.lines)
    return intent, _product(intent, said), _aspect(intent, said)


def _product(intent: Intent, said: str) -> str:
    if intent in _NARROWED:
        for product, words in _OTHER_PRODUCTS.items():
            if any(f" {word}" in f" {said}" for word in words):
                return product
    return _PRODUCTS[intent]


def _aspect(intent: Intent, said: str) -> Aspect | None:
    if intent in {Intent.CONNECTION, Intent.OUTAGE} and is_slowness(said):
        return Aspect.SLOW
    if _PRICE.search(said):
        return Aspect.PRICE
    return None


def _merged(key: tuple[Intent, str, Aspect | None], topics: Sequence[_Topic]) -> Interest:
    intent, product, aspect = key
    lines = [entry for topic in topics for entry in topic.lines]
    mood = mood_of(sum(tone.balance for _, tone in lines))
    signs = frozenset(sign for _, tone in lines for sign in tone.leaving)
    return Interest(
        intent=intent,
        product=product,
        aspect=aspect,
        mood=mood,
        churn_risk=risk(signs, mood, _LEAVING_ALREADY.get(intent, 0.0)),
        confidence=max(topic.noticed.confidence for topic in topics),
        evidence=_evidence(topics, lines),
    )


def _evidence(topics: Sequence[_Topic], lines: Sequence[tuple[Line, Tone]]) -> tuple[Evidence, ...]:
    """The lines an intent was recognised in, then those that set mood, risk or aspect."""
    recognised = {topic.noticed.sequence for topic in topics}
    weighty = sorted(
        lines,
        key=lambda entry: (
            entry[0].sequence not in recognised,
            not entry[1].leaving,
            entry[1].balance == 0,
            entry[0].sequence,
        ),
    )
    chosen = [
        line
        for line, tone in weighty
        if line.sequence in recognised or tone.leaving or tone.balance or line is weighty[0][0]
    ][:MAX_EVIDENCE]
    return tuple(
        Evidence(sequence=line.sequence, quote=masked(line.text))
        for line in sorted(chosen, key=lambda line: line.sequence)
    )
