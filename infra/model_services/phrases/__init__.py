"""What callers say: phrases that the engine pocketsphinx learns its language model from."""

import re
from collections.abc import Iterator
from pathlib import Path

_CHOICE = re.compile(r"\[([^\]]*)\]")
OURS = Path(__file__).with_name("en.txt")


def phrases_of(file: Path) -> list[tuple[str, ...]]:
    """The phrases of a file: one a line, `#` begins a remark, `[a|b]` stands for either.

    Raises:
        OSError: the file cannot be read.
    """
    lines = (line.strip().lower() for line in file.read_text(encoding="utf-8").splitlines())
    wanted = (line for line in lines if line and not line.startswith("#"))
    return [tuple(phrase.split()) for line in wanted for phrase in _each(line)]


def _each(line: str) -> Iterator[str]:
    choice = _CHOICE.search(line)
    if choice is None:
        yield line
        return
    for words in choice.group(1).split("|"):
        yield from _each(line[: choice.start()] + words + line[choice.end() :])
