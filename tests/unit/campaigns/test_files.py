"""Reading audience files in constant memory, and remembering who was in them."""

from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from campaigns.gateway import KEPT, split_lines
from campaigns.seen import Seen


def blocks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@given(st.binary(max_size=300), st.integers(1, 40))
def test_lines_are_the_same_however_the_stream_is_cut(data: bytes, size: int) -> None:
    lines = list(split_lines(blocks(data, size)))
    assert b"".join(line.text for line in lines) == data
    assert [line.text for line in lines] == data.splitlines(keepends=True) or b"\r" in data


@given(st.binary(max_size=300), st.integers(1, 40))
def test_lengths_add_up_to_the_file(data: bytes, size: int) -> None:
    assert sum(line.length for line in split_lines(blocks(data, size))) == len(data)


def test_of_an_endless_line_only_a_beginning_is_kept() -> None:
    first, second = split_lines(blocks(b"x" * 1_000_000 + b"\nend", 65_536))
    assert (len(first.text), first.length) == (KEPT, 1_000_001)
    assert second.text == b"end"


def test_an_id_is_known_once_its_page_is_added(tmp_path: Path) -> None:
    seen = Seen(tmp_path / "seen.sqlite")
    seen.add_page(0, ["C-1", "C-2"])
    assert seen.known(["C-2", "C-3"], before_page=1) == {"C-2"}
    assert seen.known(["C-2"], before_page=0) == set()
    seen.close()


def test_a_page_added_twice_counts_once_and_survives_reopening(tmp_path: Path) -> None:
    for _ in range(2):
        seen = Seen(tmp_path / "seen.sqlite")
        seen.add_page(0, ["C-1"])
        assert seen.pages == 1
        seen.close()
