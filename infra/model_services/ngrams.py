"""A trigram language model in ARPA's form, learned from phrases.

Witten-Bell smoothing: what is seen after a history gets `c / (n + t)`, where `n` is how often the
history was followed by anything and `t` by how many different words; the share `t / (n + t)` goes
to the shorter history. Sources: I. Witten, T. Bell, "The zero-frequency problem", IEEE Transactions
on Information Theory 37 (1991); the form as in SRILM's manual, ngram-format(5).
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

Words = tuple[str, ...]
BEGIN, END = "<s>", "</s>"
ORDER = 3
_NEVER = -99.0


def arpa(phrases: Iterable[Words]) -> str:
    """The model of phrases, each a row of words."""
    followers = _followers(phrases)
    chances: dict[Words, float] = {}
    backoffs: dict[Words, float] = {}
    for length in range(ORDER):
        for history in sorted(followers[length]):
            seen = followers[length][history]
            chances |= _chances(history, seen)
            if history:
                backoffs[history] = _backoff(history, seen, chances)
    return _written(chances, backoffs)


def _followers(phrases: Iterable[Words]) -> list[dict[Words, Counter[str]]]:
    """What follows each history, by the history's length."""
    followers: list[dict[Words, Counter[str]]] = [defaultdict(Counter) for _ in range(ORDER)]
    for phrase in phrases:
        words = (BEGIN, *phrase, END)
        for place in range(1, len(words)):
            for length in range(min(ORDER, place + 1)):
                followers[length][words[place - length : place]][words[place]] += 1
    return followers


def _chances(history: Words, seen: Counter[str]) -> dict[Words, float]:
    # Nothing is below single words to leave a share to.
    total = seen.total() + (len(seen) if history else 0)
    return {(*history, word): count / total for word, count in seen.items()}


def _backoff(history: Words, seen: Counter[str], chances: dict[Words, float]) -> float:
    """The weight that makes what is not seen after a history sum up to its share."""
    share = len(seen) / (seen.total() + len(seen))
    rest = 1 - sum(chances[(*history[1:], word)] for word in seen)
    return share / rest if rest > 1e-9 else 1.0


def _written(chances: dict[Words, float], backoffs: dict[Words, float]) -> str:
    levels = [[words for words in chances if len(words) == length] for length in (1, 2, 3)]
    lines = ["\\data\\"]
    lines += [f"ngram {n}={len(level) + (n == 1)}" for n, level in enumerate(levels, 1)]
    for n, level in enumerate(levels, 1):
        lines += ["", f"\\{n}-grams:"]
        if n == 1:
            lines.append(f"{_NEVER:.4f}\t{BEGIN}\t{math.log10(backoffs[(BEGIN,)]):.4f}")
        lines += [_line(words, chances[words], backoffs.get(words)) for words in level]
    return "\n".join([*lines, "", "\\end\\", ""])


def _line(words: Words, chance: float, backoff: float | None) -> str:
    line = f"{math.log10(chance):.4f}\t{' '.join(words)}"
    return line if backoff is None else f"{line}\t{math.log10(backoff):.4f}"
