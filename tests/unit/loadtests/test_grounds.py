"""Loads stay on this machine."""

from pathlib import Path

import pytest
from loadtests import grounds

from operations.errors import Trouble
from operations.places import ROOT, Places
from operations.ports import Ports
from operations.simulator import Pace


class FakeWorld:
    """A world that notes what is done with it."""

    ses_url = "http://127.0.0.1:1"

    def __init__(self) -> None:
        self.did: list[str] = []

    def up(self, pace: Pace) -> None:
        self.did.append(f"up at {pace.max_send_rate:.1f} a second")

    def build(self) -> None:
        self.did.append("build")

    def deploy(self, *_: object) -> None:
        self.did.append("deploy")

    def down(self) -> None:
        self.did.append("down")


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


with_localstack = pytest.mark.skipif(
    not (ROOT / ".recado" / "lambda" / "bin" / "python").exists(),
    reason="`make localstack` makes what this needs, and runs it then",
)


@pytest.mark.parametrize(
    ("chosen", "kind"),
    [
        ("", "embedded"),
        ("embedded", "embedded"),
        pytest.param("localstack", "localstack", marks=with_localstack),
    ],
)
def test_a_world_that_does_not_run_is_started_for_the_load_and_stopped_after_it(
    chosen: str, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fresh = FakeWorld()
    kinds: list[str] = []

    def make(asked: str, _places: Places, _ports: Ports) -> FakeWorld:
        kinds.append(asked)
        return fresh

    monkeypatch.setenv("RECADO_WORLD", chosen)
    monkeypatch.setenv("RECADO_HOME", str(tmp_path / "nothing-runs-here"))
    monkeypatch.setattr(grounds, "RESULTS", tmp_path)
    monkeypatch.setattr(grounds, "_fresh", make)
    monkeypatch.setattr(grounds, "_token", lambda _: "a-token")
    with grounds.opened(Pace(max_send_rate=7)) as ground:
        assert (ground.own, ground.ses_url, ground.token) == (True, FakeWorld.ses_url, "a-token")
        assert fresh.did == ["up at 7.0 a second", "build", "deploy"]
    assert kinds == [kind]
    assert fresh.did[3:] == ["down"]


def test_a_result_names_the_machine() -> None:
    assert "cores" in grounds.machine()
    assert "Python 3." in grounds.machine()
