"""How large an audience is, as far as that decides whether one person may send to it alone."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from central.domain.records import split_lines
from central.gateway import Files
from recado.audience import is_blank
from recado.contracts import Audience, FileAudience
from recado.directory import Directory

_MAX_READS = 100
_MAX_BLOCKS = 64
"""At most so many megabytes of customers, or of a file, are read before an answer is due."""


class Sizing:
    """Counts audiences up to `above`, the number that one person may send to alone."""

    def __init__(self, directory: Directory, files: Files, above: int | None) -> None:
        self._directory = directory
        self._files = files
        self.above = above

    def recipients(self, audience: Audience, as_of: date) -> int:
        """How many recipients there are, or one more than `above` if there are more.

        An audience that takes too long to count is taken for a large one. Rows of a file count
        whether or not they can be written to. 0 where no number needs approval.
        """
        if self.above is None:
            return 0
        enough = self.above + 1
        if isinstance(audience, FileAudience):
            return self._rows(audience.file, enough)
        counted = self._directory.count(audience, as_of, enough, _MAX_READS)
        return enough if counted is None else counted

    def _rows(self, file: str, enough: int) -> int:
        header = int(file.lower().endswith(".csv"))
        blocks = islice(self._files.blocks(file, 0), _MAX_BLOCKS)
        whole = False

        def contents() -> Iterator[bytes]:
            nonlocal whole
            read = 0
            for block in blocks:
                read += len(block.content)
                whole = read >= block.size
                yield block.content

        lines = (line for line in split_lines(contents()) if not is_blank(line.text))
        rows = sum(1 for _ in islice(lines, enough + header)) - header
        return rows if rows >= enough or whole else enough
