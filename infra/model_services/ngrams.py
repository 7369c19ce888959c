"""A trigram language model in ARPA's form, learned from phrases.

Witten-Bell smoothing, interpolated: after a history that was followed `n` times, by `t` different
words, a word that followed it `c` times has the chance `(c + t p) / (n + t)`, where `p` is its
chance after the shorter history. Sources: I. Witten, T. Bell, "The zero-frequency problem", IEEE
Transactions on Information Theory 37 (1991); the form as in SRILM's manual, ngram-format(5).
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
            chances |= _chances(history, seen, chances)
            if history:
                backoffs[history] = _backoff(seen)
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


def _chances(history: Words, seen: Counter[str], known: dict[Words, float]) -> dict[Words, float]:
    if not history:
        return {(word,): count / seen.total() for word, count in seen.items()}
    whole = seen.total() + len(seen)
    return {
        (*history, word): (count + len(seen) * known[(*history[1:], word)]) / whole
        for word, count in seen.items()
    }


def _backoff(seen: Counter[str]) -> float:
    """The share of what has not been seen after a history."""
    return len(seen) / (seen.total() + len(seen))


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
