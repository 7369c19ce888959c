"""What matters to a person goes before what we count."""

from datetime import UTC, datetime
from typing import Any

import pytest

from recado.contracts import Recipient
from recado.errors import NotFound, Retryable
from recado.ledger.chunk import Chunk
from recado.ledger.reach import Kind
from recado.links import Reference
from sender.domain.suppression import Reason, Suppression
from sender.domain.visits import Visit
from sender.visiting import Visiting

AT = datetime(2026, 10, 15, tzinfo=UTC)
WHO = Reference("cmp_1", 3, 1, 0, target="https://operadora.example/")
VISIT = Visit("GET", {"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}, 3_600)


class FakeLedger:
    """A ledger with one chunk: page 2, from row 10 on."""

    def get(self, campaign_id: str, number: int) -> Chunk | None:
        if (campaign_id, number) != ("cmp_1", 3):
            return None
        return Chunk("cmp_1", 3, ("C-0", "C-1"), "SS", page=2, start=10)


class FakeAudience:
    """A frozen audience whose addresses say where they stand."""

    def recipient(self, _campaign_id: str, page: int, row: int) -> Recipient:
        return Recipient(id="C-1", email=f"P{page}R{row}@example.com")


class FakeSuppression:
    """A suppression list that remembers what was put on it."""

    def __init__(self) -> None:
        self.kept: list[Suppression] = []

    def put(self, suppression: Suppression, _at: datetime) -> None:
        self.kept.append(suppression)


class FakeBook:
    """Counters; busy ones count nothing."""

    def __init__(self, *, busy: bool = False) -> None:
        self.busy = busy
        self.noted: list[str] = []

    def note(self, _who: Reference, kind: Kind) -> bool:
        if self.busy:
            raise Retryable("DynamoDB kept refusing")
        self.noted.append(kind)
        return True

    def note_link(self, who: Reference) -> bool:
        self.noted.append(who.target)
        return True


def visiting(book: FakeBook, suppression: FakeSuppression) -> Visiting:
    collaborators: Any = (FakeLedger(), FakeAudience(), suppression, book)
    return Visiting(*collaborators)


@pytest.mark.parametrize("busy", [False, True])
def test_an_opt_out_is_kept_even_if_it_cannot_be_counted(*, busy: bool) -> None:
    suppression = FakeSuppression()
    visiting(FakeBook(busy=busy), suppression).unsubscribe(WHO, AT)
    assert [(each.email, each.reason) for each in suppression.kept] == [
        ("p2r11@example.com", Reason.OPT_OUT)
    ]


def test_busy_counters_stop_no_click_and_no_open() -> None:
    desk = visiting(FakeBook(busy=True), FakeSuppression())
    desk.clicked(WHO, VISIT)
    desk.opened(WHO, VISIT)


def test_a_click_counts_the_person_and_the_link() -> None:
    book = FakeBook()
    visiting(book, FakeSuppression()).clicked(WHO, VISIT)
    assert book.noted == [Kind.CLICK, WHO.target]


def test_a_link_of_a_campaign_that_is_gone_says_so() -> None:
    gone = Reference("cmp_0", 0, 0, 0)
    with pytest.raises(NotFound, match="campaign cmp_0 has no chunk 0"):
        visiting(FakeBook(), FakeSuppression()).unsubscribe(gone, AT)
