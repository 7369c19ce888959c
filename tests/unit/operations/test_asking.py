"""What a turn by hand is made of."""

import base64
from pathlib import Path

import pytest

from operations.asking import turn_of
from operations.errors import Trouble


def test_a_text_is_sent_as_it_is() -> None:
    assert turn_of("how much do I owe", "en", "") == {"language": "en", "text": "how much do I owe"}


def test_a_recording_is_sent_in_base64_in_the_conversation_that_was_named(tmp_path: Path) -> None:
    recording = tmp_path / "question.WAV"
    recording.write_bytes(b"RIFF")
    turn = turn_of(str(recording), "en", "cnv_1:a:key")
    assert base64.b64decode(turn["audio"]) == b"RIFF"
    assert turn["conversation"] == {"id": "cnv_1", "key": "a:key"}


def test_a_recording_that_is_not_there_and_a_conversation_without_a_key_are_troubles() -> None:
    with pytest.raises(Trouble, match=r"nothing\.wav cannot be read"):
        turn_of("nothing.wav", "en", "")
    with pytest.raises(Trouble, match="an id and a key"):
        turn_of("hi", "en", "cnv_1")
