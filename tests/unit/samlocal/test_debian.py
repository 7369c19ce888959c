"""What is read from apt."""

import pytest

from operations.errors import Trouble
from samlocal import debian

INDEXES = """\
bookworm-security main http://mirror.test/debian-security/
bookworm contrib http://mirror.test/debian/
bookworm main http://mirror.test/debian/
nodistro main http://elsewhere.test/
"""
POLICY = """\
python3:
  Installed: (none)
  Candidate: 3.11.2-1+b1
  Version table:
"""


def apt_says(monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    monkeypatch.setattr(debian, "call", lambda *_arguments: output)


def test_the_mirror_is_the_one_apt_takes_the_release_from(monkeypatch: pytest.MonkeyPatch) -> None:
    apt_says(monkeypatch, INDEXES)
    assert debian.mirror("bookworm") == "http://mirror.test/debian/"


def test_a_release_that_apt_does_not_know_has_no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    apt_says(monkeypatch, INDEXES)
    with pytest.raises(Trouble, match="no mirror for 'trixie'"):
        debian.mirror("trixie")


def test_the_release_s_python_is_told_as_two_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    apt_says(monkeypatch, POLICY)
    assert debian.python_version() == "3.11"


def test_a_python_that_apt_does_not_know_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    apt_says(monkeypatch, "")
    assert debian.python_version() == ""
