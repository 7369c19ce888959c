"""What a conversation revealed about a customer, each with the evidence for it."""

from enum import StrEnum

from pydantic import Field

from recado.model import Frozen


class Mood(StrEnum):
    """How the customer sounded."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Aspect(StrEnum):
    """What about a product, where the customer said it."""

    SLOW = "slow"
    PRICE = "price"


class Evidence(Frozen):
    """A line of the customer's; `sequence` is its place in the conversation.

    The quote is short, and without addresses, documents and long numbers.
    """

    sequence: int = Field(ge=1)
    quote: str = Field(max_length=200)


class Interest(Frozen):
    """One thing a conversation was about.

    `intent` is the bot's, `product` what of the operator's it concerns (`internet`, `invoice` ...),
    `churn_risk` from 0 (none) to 1 (is leaving).
    """

    intent: str
    product: str
    aspect: Aspect | None = None
    mood: Mood
    churn_risk: float = Field(ge=0, le=1)
    confidence: float = Field(ge=0, le=1)
    evidence: tuple[Evidence, ...] = Field(min_length=1)
