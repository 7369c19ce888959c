"""WAV files: whole, in pieces, and such as are none."""

import io
import struct
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.ports import BadInput, TooLarge
from assistant.domain.wav import LONGEST_S, Sound, Unwrapping, parse, wrapped

SAMPLES = st.binary(min_size=2, max_size=400).map(lambda drawn: drawn[: len(drawn) // 2 * 2])
SOUNDS = st.builds(Sound, st.sampled_from([8_000, 16_000, 22_050, 48_000]), SAMPLES)


def by_the_library(rate: int, samples: bytes, channels: int = 1, width: int = 2) -> bytes:
    """A WAV file that Python's own library wrote."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(samples)
    return file.getvalue()


@given(SOUNDS)
def test_what_is_written_is_read_again_also_by_the_library(sound: Sound) -> None:
    assert parse(wrapped(sound)) == sound
    assert wrapped(sound) == by_the_library(sound.rate, sound.samples)
    with wave.open(io.BytesIO(wrapped(sound))) as read:
        assert read.readframes(read.getnframes()) == sound.samples


@given(SOUNDS, st.lists(st.integers(1, 60), max_size=30))
def test_a_file_in_pieces_gives_the_same_samples(sound: Sound, sizes: list[int]) -> None:
    file, unwrapping, found, at = wrapped(sound), Unwrapping(), b"", 0
    for size in [*sizes, len(file)]:
        piece = unwrapping.feed(file[at : at + size])
        assert len(piece) % 2 == 0
        found += piece
        at += size
    unwrapping.end()
    assert Sound(unwrapping.rate, found) == sound


ONE_BYTE_OFF = st.builds(
    lambda file, at, byte: file[:at] + bytes([byte]) + file[at + 1 :],
    SOUNDS.map(wrapped),
    st.integers(0, 43),
    st.integers(0, 255),
)


@given(st.binary(max_size=300) | ONE_BYTE_OFF)
def test_whatever_comes_is_read_or_refused_with_a_remedy(audio: bytes) -> None:
    refusal = refused(audio)
    assert refusal is None or ": " in refusal


def refused(audio: bytes) -> str | None:
    """Why a file is not taken; None where it is."""
    try:
        parse(audio)
    except BadInput as refusal:
        return str(refusal)
    return None


@pytest.mark.parametrize(
    ("audio", "what"),
    [
        (b"", "ends before its samples"),
        (b"ID3\x04 an mp3", "no WAV file"),
        (by_the_library(16_000, b"\0" * 8, channels=2), "2 channels of 16 bits"),
        (by_the_library(16_000, b"\0" * 8, width=1), "1 channels of 8 bits"),
        (by_the_library(4_000, b"\0" * 8), "4000 samples a second"),
        (by_the_library(16_000, b""), "no samples"),
        (b"RIFF\0\0\0\0WAVE" + b"junk" + struct.pack("<I", 9_000) + b"\0" * 9_000, "first 4 kB"),
    ],
)
def test_a_refusal_says_what_is_wrong(audio: bytes, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        parse(audio)


def test_a_recording_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(TooLarge, match=f"lasts 61 s: at most {LONGEST_S} s"):
        parse(wrapped(Sound(8_000, b"\0\0" * 8_000 * 61)))


def test_a_header_of_a_stream_may_lie_about_its_length() -> None:
    lying = bytearray(wrapped(Sound(16_000, b"\1\2" * 50)))
    lying[4:8] = lying[40:44] = b"\xff\xff\xff\x7f"
    assert parse(bytes(lying)).samples == b"\1\2" * 50


def test_loudness_tells_silence_from_sound() -> None:
    assert Sound(16_000, b"\0\0" * 100).loudness == 0
    assert Sound(16_000, b"\x00\x40\x00\xc0" * 100).loudness == pytest.approx(0.5)
    assert Sound(16_000, b"").loudness == 0
