"""Programs that are called, and what is said when they fail."""

import sys

import pytest

from operations.errors import Trouble
from samlocal.calls import call


def test_the_output_is_given_back() -> None:
    assert call([sys.executable, "-c", "print('hello')"], "").strip() == "hello"


def test_a_failure_comes_with_the_end_of_what_was_said() -> None:
    with pytest.raises(Trouble, match=r"failed \(3\): no disk") as caught:
        call([sys.executable, "-c", "print('no disk'); raise SystemExit(3)"], "free some")
    assert caught.value.remedy == "free some"


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(Trouble, match="no-such-program is not installed"):
        call(["no-such-program"], "install it")


def test_a_program_that_hangs_is_given_up() -> None:
    with pytest.raises(Trouble, match="longer than 0 s"):
        call([sys.executable, "-c", "import time; time.sleep(60)"], "", seconds=0.05)
