"""What the classifier makes of what a customer writes."""

from dataclasses import dataclass

from recado.intent import Intent
from recado.model import Language


@dataclass(frozen=True)
class Reading:
    """What the classifier makes of a message.

    `ranking` has every intent with its calibrated probability, the likeliest first; `english` is
    the probability that the message is English and not Portuguese.
    """

    ranking: tuple[tuple[Intent, float], ...]
    english: float

    @property
    def intent(self) -> Intent:
        """The likeliest intent."""
        return self.ranking[0][0]

    @property
    def confidence(self) -> float:
        """The likeliest intent's probability."""
        return self.ranking[0][1]

    def probability(self, intent: Intent) -> float:
        """How likely one intent is."""
        return dict(self.ranking)[intent]

    def language(self, so_far: Language | None = None) -> Language:
        """The message's language; one that could be either keeps the conversation's."""
        if so_far and _EITHER[0] < self.english < _EITHER[1]:
            return so_far
        return Language.ENGLISH if self.english >= _EVEN else Language.PORTUGUESE


_EVEN = 0.5
_EITHER = (0.2, 0.8)
"""`ok`, a number, a name: too little to change a conversation's language."""

_SLOW = ("lent", "devagar", "lerd", "trav", "lag", "ping", "oscil", "baixa", "slow", "buffer")
_SLOW_WORDS = frozenset({"velocidade", "speed", "mega", "mbps", "lesma", "freeze", "freezes"})


def is_slowness(normalised: str) -> bool:
    """Whether a CONNECTION message tells of a slow connection rather than of none at all.

    For the packet that an attendant reads: a rule over `text.normalise`d words, not a second model.
    """
    words = normalised.split()
    return any(word in _SLOW_WORDS or word.startswith(_SLOW) for word in words)
