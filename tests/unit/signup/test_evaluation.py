"""The command that judges the reading, and shows what other people's mail says."""

import sys
from pathlib import Path

import pytest

from signup_evaluation import evaluate
from tests.hostile_mail import mail


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["signup_evaluation", *words])
    evaluate.main()


def test_a_folder_of_mail_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.eml").write_bytes(mail())
    (tmp_path / "b.eml").write_bytes(b"\xff\x00")
    run(monkeypatch, "--folder", str(tmp_path))
    said = capsys.readouterr().out
    assert "a.eml: form" in said
    assert "52998224725" in said
    assert "b.eml: unreadable" in said


def test_a_folder_without_mail_is_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        run(monkeypatch, "--folder", str(tmp_path))
    assert left.value.code == 2
    assert "name a folder with mail saved as .eml" in capsys.readouterr().out


def test_fields_below_the_goal_fail_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(evaluate, "GOAL", 1.01)
    monkeypatch.setattr(evaluate, "PARTS", ("held_out",))
    with pytest.raises(SystemExit) as left:
        run(monkeypatch)
    assert left.value.code == 1
    assert "below the goal" in capsys.readouterr().out
