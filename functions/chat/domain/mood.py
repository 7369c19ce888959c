"""How a customer's message sounds, and how much it speaks of leaving, from lists of words.

The lists are of customer service in Portuguese and English (docs/decisions/0015): a message is
read with both, since its language may change from line to line. Words are stems of what
`text.normalise` leaves; a word turned round by `not` shortly before it counts against.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chat.domain.text import normalise
from recado.interests import Mood

_BAD = (
    "absurd", "abandonad", "aborrec", "chatead", "cansad", "cansei", "cobranca indevida",
    "complica", "decepc", "descas", "desrespeit", "detest", "droga", "enganad", "enrola",
    "estress", "farto", "frustr", "horriv", "horrend", "inaceit", "inadmiss", "incompet",
    "indign", "insatisf", "irritad", "lixo", "merda", "mentira", "odeio", "palhacada", "pessim",
    "pior", "porcaria", "raiva", "reclama", "revolt", "ridicul", "ruim", "saco cheio", "terriv",
    "vergonh", "nao aguento", "nunca funciona", "angry", "annoy", "appalling", "awful", "bad",
    "disappoint", "disgust", "dreadful", "fed up", "furious", "garbage", "hate", "horribl",
    "inaccept", "incompet", "joke", "lousy", "nightmare", "outrag", "pathetic", "poor",
    "ridicul", "rubbish", "scam", "sick of", "sucks", "terribl", "tired of", "unaccept",
    "unhappy", "upset", "useless", "worst", "worse",
)  # fmt: skip
_GOOD = (
    "ador", "agradec", "amei", "ajudou", "bom", "boa", "excelen", "feliz", "funcionou",
    "gostei", "incriv", "maravilh", "obrigad", "otim", "parabens", "perfeit", "resolvid",
    "resolveu", "satisfeit", "valeu", "amazing", "awesome", "brilliant", "excellen", "glad",
    "good", "great", "happy", "helped", "helpful", "love", "nice", "perfect", "pleased",
    "satisfied", "solved", "thank", "thanks", "wonderful",
)  # fmt: skip
_GREETINGS = (
    "bom dia", "boa tarde", "boa noite", "good morning", "good afternoon", "good evening",
)  # fmt: skip
_NOT = frozenset(
    {"nao", "nem", "nunca", "jamais", "not", "no", "never", "isnt", "dont", "doesnt", "didnt",
     "wasnt", "arent", "wont", "cant"}
)  # fmt: skip
_REACH, _FAR = 2, 3
"""How many words before a word may turn it round: a feeling, an intention (`dont want to`)."""

_LEAVING = {
    "cancel": 0.7, "encerrar o contrato": 0.7, "encerrar meu contrato": 0.7, "rescind": 0.7,
    "rescis": 0.7, "desligar a internet": 0.5, "outra operadora": 0.6, "outro provedor": 0.6,
    "concorren": 0.6, "mudar de operadora": 0.7, "trocar de operadora": 0.7, "portabilidade": 0.5,
    "sair da operadora": 0.7, "procon": 0.5, "anatel": 0.5, "reclame aqui": 0.5, "advogado": 0.4,
    "ultima chance": 0.4, "nao aguento mais": 0.3, "competitor": 0.6, "another provider": 0.6,
    "another carrier": 0.6, "other provider": 0.6, "switch provider": 0.7, "switch carrier": 0.7,
    "switch to": 0.4, "leaving you": 0.7, "end my contract": 0.7, "terminate": 0.6,
    "last chance": 0.4, "lawyer": 0.4, "ofcom": 0.5, "fcc": 0.5,
}  # fmt: skip


def _beginning_with(stems: Iterable[str]) -> re.Pattern[str]:
    """Where a word begins with one of the stems, the longest that fits."""
    longest_first = sorted(stems, key=len, reverse=True)
    return re.compile(r"(?<!\S)(?:" + "|".join(map(re.escape, longest_first)) + ")")


_BAD_WORDS, _GOOD_WORDS, _SIGNS = map(_beginning_with, (_BAD, _GOOD, _LEAVING))


@dataclass(frozen=True)
class Tone:
    """How a message sounds: `balance` is good words less bad ones; `leaving` what speaks of it."""

    balance: int
    leaving: tuple[str, ...]

    @property
    def mood(self) -> Mood:
        """The mood of the message alone."""
        return mood_of(self.balance)


def mood_of(balance: int) -> Mood:
    """The mood of messages with so many more good words than bad ones."""
    if balance == 0:
        return Mood.NEUTRAL
    return Mood.POSITIVE if balance > 0 else Mood.NEGATIVE


def tone_of(message: str) -> Tone:
    """The tone of a message, as far as `text.normalise` reads it."""
    text = f" {normalise(message)} "
    for greeting in _GREETINGS:
        text = text.replace(f" {greeting} ", " ")
    good = sum(-1 if turned else 1 for _, turned in _found(_GOOD_WORDS, text, _REACH))
    bad = sum(-1 if turned else 1 for _, turned in _found(_BAD_WORDS, text, _REACH))
    leaving = [sign for sign, turned in _found(_SIGNS, text, _FAR) if not turned]
    return Tone(good - bad, tuple(dict.fromkeys(leaving)))


def risk(signs: frozenset[str], mood: Mood, floor: float) -> float:
    """The chance that somebody leaves, 0 to 1: each sign is taken as independent of the others.

    An estimate for ranking, not a probability that was measured; a bad mood adds a little.
    """
    staying = 1 - floor
    for sign in sorted(signs):
        staying *= 1 - _LEAVING[sign]
    if mood is Mood.NEGATIVE:
        staying *= 0.8
    return round(1 - staying, 2)


def _found(words: re.Pattern[str], text: str, reach: int) -> Iterator[tuple[str, bool]]:
    """What is found of a list, each with whether a negation shortly before turns it round."""
    for match in words.finditer(text):
        before = text[: match.start()].split()[-reach:]
        yield match.group(), not _NOT.isdisjoint(before)
