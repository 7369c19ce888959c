"""A message as the classifier sees it: normalised, then cut into features."""

import re
import unicodedata
from itertools import pairwise

READ_AT_MOST = 300
"""Characters of a message that are read: what somebody wants is said by then, and the time that
one message can take stays bounded."""

_MAIL = re.compile(r"\S+@\S+\.\S+")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_NUMBER = re.compile(r"\d[\d.,/\-]*")
_REPEATED = re.compile(r"(.)\1{2,}")
_APOSTROPHE = re.compile("['\u2019`\u00b4]")
_OTHER = re.compile(r"[^a-z0-9@#]+")
_SIZES = range(2, 6)


def normalise(message: str) -> str:
    """The message in plain small letters, single spaces between words.

    Accents are dropped, a number becomes `0`, an e-mail address `@`, a link `#`, and a letter
    written three times or more is written twice (`muuuito`, `muuito`).
    """
    text = message[:READ_AT_MOST].lower()
    text = _LINK.sub(" # ", _MAIL.sub(" @ ", text))
    text = _APOSTROPHE.sub("", text)
    text = unicodedata.normalize("NFKD", text)
    text = "".join(sign for sign in text if not unicodedata.combining(sign))
    text = _REPEATED.sub(r"\1\1", _NUMBER.sub("0", text))
    return _OTHER.sub(" ", text).strip()


def features(message: str) -> list[str]:
    """Every feature of a message as often as it occurs.

    Words (`=net`), pairs of neighbouring words (`=net caiu`), and 2 to 5 characters within a
    word and the spaces around it (` ne`, `net `).
    """
    words = normalise(message).split()
    found = [f"={word}" for word in words]
    found += [f"={first} {second}" for first, second in pairwise(words)]
    for word in words:
        padded = f" {word} "
        for size in _SIZES:
            found += [padded[at : at + size] for at in range(len(padded) - size + 1)]
    return found
