"""Loads stay on this machine."""

import pytest
from loadtests import grounds

from operations.errors import Trouble


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:4566/x", "http://localhost:1", "http://[::1]:80/", "http://127.9.9.9"]
)
def test_a_world_on_the_loopback_interface_may_be_loaded(url: str) -> None:
    grounds.require_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://abc.execute-api.us-east-1.amazonaws.com/v",
        "http://10.0.0.7:4566",
        "http://0.0.0.0:4566",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "file:///etc/hosts",
    ],
)
def test_any_other_host_is_refused(url: str) -> None:
    with pytest.raises(Trouble, match="not on this machine"):
        grounds.require_loopback(url)


def test_a_world_that_sends_real_mail_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECADO_WORLD", "aws")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with (
        pytest.raises(Trouble, match="sends real mail"),
        grounds.opened(grounds.Pace()),
    ):
        pass


def test_a_result_names_the_machine() -> None:
    assert "cores" in grounds.machine()
    assert "Python 3." in grounds.machine()
