"""The local world's mailbox, before it starts."""

import argparse
from pathlib import Path

import pytest

from operations import mailbox


@pytest.mark.parametrize("password", ["Kj3_x-9", "-begins-like-an-option", "@file"])
def test_any_password_reaches_the_mailbox_as_it_is(tmp_path: Path, password: str) -> None:
    mailbox.prepare(tmp_path, password)
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("kind")
    parser.add_argument("--demo-user")
    parser.add_argument("--demo-password")
    read = parser.parse_args([mailbox.command("127.0.0.1", 1, tmp_path)[-1]])
    assert read.demo_password == password
