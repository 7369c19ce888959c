"""From pages of the frozen audience to chunks and the messages that carry them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from recado.audience import RejectedRow
from recado.contracts import ChunkTask, Experiment, Recipient
from recado.experiment import is_held_out, variant_of
from recado.ledger.chunk import MAX_RECIPIENTS, Chunk, stage_of
from recado.ledger.states import State
from recado.model import Frozen, Lane

PAGE_RECIPIENTS = 1_000
PAGE_BYTES = 1_000_000
"""A page stays small enough that its chunks and the checkpoint fit one DynamoDB transaction."""
CHUNK_BYTES = 240_000
"""Ten chunks in one Lambda event stay well under its limit of 6 MB, and four in one SQS batch."""

Row = Recipient | RejectedRow


class Page(Frozen):
    """Some rows of the audience, frozen; `cursor` says where the next page begins."""

    rows: tuple[Row, ...]
    cursor: str | None

    def recipients(self, chunk: Chunk) -> tuple[Recipient, ...]:
        """A chunk's recipients in the ledger's order; a rejected row keeps its place."""
        rows = self.rows[chunk.start : chunk.start + len(chunk.recipient_ids)]
        return tuple(_placeholder(row) if isinstance(row, RejectedRow) else row for row in rows)


def _placeholder(row: RejectedRow) -> Recipient:
    return Recipient(id=row.id, email="")


def weight(row: Row) -> int:
    """About how many bytes a row takes in a message, never fewer."""
    if isinstance(row, RejectedRow):
        return len(row.id) + len(row.reason) + 100
    return len(row.model_dump_json().encode())


def for_lane(page: Page, lane: Lane) -> Page:
    """A page as it is frozen: marketing in the order of time zones, so that a chunk has one.

    Other lanes know no quiet hours: there no zone travels, and none cuts a chunk short.
    """
    if lane is Lane.MARKETING:
        return page.model_copy(update={"rows": tuple(sorted(page.rows, key=_zone))})
    return page.model_copy(update={"rows": tuple(map(_without_zone, page.rows))})


def _zone(row: Row) -> str:
    return "" if isinstance(row, RejectedRow) else row.time_zone or ""


def _without_zone(row: Row) -> Row:
    return row.model_copy(update={"time_zone": None}) if _zone(row) else row  # type: ignore[union-attr]


def chunks(
    campaign_id: str, page: Page, page_number: int, first: int, hold_out: int = 0
) -> list[Chunk]:
    """A page cut into chunks numbered from `first`; the same page always gives the same chunks.

    `hold_out` percent of the recipients get no mail.
    """

    def first_states(rows: Sequence[Row]) -> str:
        return "".join(_first_state(row, campaign_id, hold_out) for row in rows)

    return [
        Chunk(
            campaign_id=campaign_id,
            number=first + index,
            recipient_ids=tuple(row.id for row in rows),
            states=first_states(rows),
            reasons={
                place: row.reason for place, row in enumerate(rows) if isinstance(row, RejectedRow)
            },
            page=page_number,
            start=start,
            stage=stage_of(first_states(rows)),
        )
        for index, (start, rows) in enumerate(_slices(page.rows))
    ]


def _slices(rows: Sequence[Row]) -> Iterator[tuple[int, Sequence[Row]]]:
    start = size = 0
    for place, row in enumerate(rows):
        size += weight(row)
        full = place - start == MAX_RECIPIENTS or size > CHUNK_BYTES
        if place > start and (full or _zone(row) != _zone(rows[start])):
            yield start, rows[start:place]
            start, size = place, weight(row)
    if rows:
        yield start, rows[start:]


def _first_state(row: Row, campaign_id: str, hold_out: int) -> State:
    if isinstance(row, RejectedRow):
        return State.FAILED
    return State.CONTROL if is_held_out(hold_out, campaign_id, row.id) else State.PENDING


def variants(planned: Iterable[Chunk], experiment: Experiment | None) -> Counter[str]:
    """How many recipients of freshly planned chunks get each variant."""
    if experiment is None:
        return Counter()
    return Counter(
        variant_of(experiment.weights, chunk.campaign_id, chunk.recipient_ids[position])
        for chunk in planned
        for position in chunk.pending
    )


def task(chunk: Chunk, page: Page, lane: Lane, correlation_id: str | None = None) -> ChunkTask:
    """The message that asks a sender to send a chunk."""
    return ChunkTask(
        campaign_id=chunk.campaign_id,
        number=chunk.number,
        lane=lane,
        recipients=page.recipients(chunk),
        correlation_id=correlation_id,
    )
