"""Which recipients of a file were already planned: on disk, so that memory stays flat.

The file is a cache of the frozen pages; where it is missing or behind (a new Lambda environment)
it is made again from them. An id is kept as 10 bytes of its BLAKE2 digest: among 10 million ids the
chance of a false match is below 1 in 10 billion.
"""

import hashlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path


class Seen:
    """The ids of one campaign's planned recipients."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS ids (id BLOB PRIMARY KEY, page INTEGER) WITHOUT ROWID"
        )
        self._database.execute("CREATE TABLE IF NOT EXISTS pages (number INTEGER PRIMARY KEY)")

    @property
    def pages(self) -> int:
        """How many pages, from the first on, are in here."""
        count: int = self._database.execute("SELECT count(*) FROM pages").fetchone()[0]
        return count

    def known(self, ids: Iterable[str], before_page: int) -> set[str]:
        """Those ids that stand on a page before `before_page`."""
        query = "SELECT 1 FROM ids WHERE id = ? AND page < ?"
        return {
            text
            for text in ids
            if self._database.execute(query, (_digest(text), before_page)).fetchone()
        }

    def add_page(self, number: int, ids: Iterable[str]) -> None:
        """Take in a page's ids; doing it again changes nothing."""
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT OR IGNORE INTO ids VALUES (?, ?)", ((_digest(text), number) for text in ids)
        )
        self._database.execute("INSERT OR IGNORE INTO pages VALUES (?)", (number,))
        self._database.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=10).digest()
