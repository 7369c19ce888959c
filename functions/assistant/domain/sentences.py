"""Text into sentences, as it comes in pieces: the first can be spoken while the rest is written."""

import re
from collections.abc import Iterator

LONGEST = 240
"""Characters of a sentence; a longer one is cut at a space, so that speech need not wait for it."""
_END = re.compile("[.!?…]+[\"'\u201d\u2019»)\\]]*(?=\\s)|\n")
_SHORT = re.compile(
    r"(?:^|[\s(])(?:sr|sra|srs|dr|dra|prof|av|r|n|nº|no|pág|tel|ex|etc|vs|mr|mrs|ms|st|e\.g|i\.e|"
    r"p\.ex|\w|\d{1,2})\.\Z",
    re.IGNORECASE,
)
"""What ends with a full stop and no sentence: `Sra.`, an initial, the number of a list's item."""


class Splitting:
    """Where a sentence ends depends on the text only, never on how it was cut into pieces."""

    def __init__(self) -> None:
        self._text = ""

    def feed(self, piece: str) -> Iterator[str]:
        """The sentences that this piece completes."""
        self._text += piece
        while sentence := self._next():
            yield sentence

    def rest(self) -> Iterator[str]:
        """What is left when there are no more pieces."""
        yield from self.feed("\n")

    def _next(self) -> str:
        self._text = self._text.lstrip()
        end = self._end()
        sentence, self._text = self._text[:end], self._text[end:]
        return sentence.rstrip()

    def _end(self) -> int:
        """How many characters the next sentence has; 0 as long as that is open."""
        for found in _END.finditer(self._text, 0, LONGEST + 1):
            if not _SHORT.search(self._text[: found.end()]):
                return found.end()
        if len(self._text) <= LONGEST:
            return 0
        space = max(self._text.rfind(blank, 0, LONGEST + 1) for blank in " \t")
        return space if space > 0 else LONGEST


def sentences(text: str) -> list[str]:
    """The sentences of a whole text."""
    splitting = Splitting()
    return [*splitting.feed(text), *splitting.rest()]
