"""Chunks: complete, small enough, and the same every time."""

from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.domain.plan import CHUNK_BYTES, Page, Row, chunks, for_lane, task
from recado.audience import RejectedRow
from recado.contracts import Recipient
from recado.experiment import is_held_out
from recado.ledger.chunk import MAX_RECIPIENTS, Stage
from recado.model import Lane


def recipient(number: int, padding: int = 0) -> Recipient:
    return Recipient(
        id=f"C-{number}", email=f"c{number}@example.com", fields={"text": "á" * padding}
    )


sizes = st.lists(st.sampled_from([0, 10, 9_000, -1]), max_size=120)


def page_of(weights: list[int]) -> Page:
    rows: list[Row] = [
        recipient(number, size) if size >= 0 else RejectedRow(f"line-{number}", "no address")
        for number, size in enumerate(weights)
    ]
    return Page(rows=tuple(rows), cursor=None)


@settings(max_examples=50)
@given(sizes)
def test_every_row_stands_in_exactly_one_chunk_in_order(weights: list[int]) -> None:
    page = page_of(weights)
    planned = chunks("cmp_1", page, 3, 7)
    ids = [each for chunk in planned for each in chunk.recipient_ids]
    assert ids == [row.id for row in page.rows]
    assert [chunk.number for chunk in planned] == list(range(7, 7 + len(planned)))


@settings(max_examples=50)
@given(sizes)
def test_no_chunk_is_larger_than_one_call_and_one_message_take(weights: list[int]) -> None:
    page = page_of(weights)
    for chunk in chunks("cmp_1", page, 0, 0):
        assert 1 <= len(chunk.recipient_ids) <= MAX_RECIPIENTS
        message = task(chunk, page, Lane.BILLING).model_dump_json()
        assert len(message.encode()) <= CHUNK_BYTES + 20_000


def test_planning_again_yields_the_same_chunks() -> None:
    page = page_of([10] * 120)
    assert chunks("cmp_1", page, 0, 0) == chunks("cmp_1", page, 0, 0)
    assert [len(chunk.recipient_ids) for chunk in chunks("cmp_1", page, 0, 0)] == [50, 50, 20]


def test_a_rejected_row_is_failed_with_its_reason_and_the_others_are_sent() -> None:
    page = page_of([10, -1, 10])
    (chunk,) = chunks("cmp_1", page, 0, 0)
    assert (chunk.states, chunk.reasons, chunk.stage) == ("PFP", {1: "no address"}, Stage.READY)
    emails = [each.email for each in task(chunk, page, Lane.BILLING).recipients]
    assert emails == ["c0@example.com", "", "c2@example.com"]


def test_a_chunk_of_rejected_rows_has_nothing_to_send() -> None:
    (chunk,) = chunks("cmp_1", page_of([-1, -1]), 0, 0)
    assert chunk.stage is Stage.DONE


def test_the_held_out_have_nothing_to_be_sent_and_a_rejected_row_is_not_among_them() -> None:
    page = page_of([10] * 30 + [-1] * 20)
    (chunk,) = chunks("cmp_1", page, 0, 0, hold_out=50)
    out = [is_held_out(50, "cmp_1", f"C-{number}") for number in range(30)]
    assert chunk.states == "".join("O" if held else "P" for held in out) + "F" * 20
    assert 0 < sum(out) < 30
    assert chunks("cmp_1", page, 0, 0, hold_out=50) == [chunk]


zones = st.lists(st.sampled_from([None, "America/Manaus", "America/Rio_Branco"]), max_size=130)


def page_in(places: list[str | None]) -> Page:
    people = (
        recipient(number).model_copy(update={"time_zone": zone})
        for number, zone in enumerate(places)
    )
    return Page(rows=tuple(people), cursor=None)


@settings(max_examples=50)
@given(zones)
def test_a_marketing_chunk_has_one_time_zone(places: list[str | None]) -> None:
    page = for_lane(page_in(places), Lane.MARKETING)
    planned = chunks("cmp_1", page, 0, 0)
    for chunk in planned:
        found = task(chunk, page, Lane.MARKETING)
        assert {each.time_zone for each in found.recipients} == {found.time_zone}
    assert sorted(each for chunk in planned for each in chunk.recipient_ids) == sorted(
        row.id for row in page_in(places).rows
    )


@settings(max_examples=50)
@given(zones)
def test_people_of_one_zone_keep_their_order(places: list[str | None]) -> None:
    page = for_lane(page_in(places), Lane.MARKETING)
    for zone in set(places):
        numbers = [
            int(row.id[2:])
            for row in page.rows
            if isinstance(row, Recipient) and row.time_zone == zone
        ]
        assert numbers == sorted(numbers)


@settings(max_examples=25)
@given(zones, st.sampled_from([Lane.BILLING, Lane.TRANSACTIONAL]))
def test_where_no_quiet_hours_apply_zones_cut_no_chunk_short(
    places: list[str | None], lane: Lane
) -> None:
    page = for_lane(page_in(places), lane)
    assert len(chunks("cmp_1", page, 0, 0)) == -(-len(places) // MAX_RECIPIENTS)
    assert [row.id for row in page.rows] == [row.id for row in page_in(places).rows]
