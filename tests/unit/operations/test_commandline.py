"""The command line: a mistake is two lines and an exit code, never a traceback."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from operations import commandline


@pytest.fixture(autouse=True)
def _a_world_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECADO_HOME", str(tmp_path))
    monkeypatch.delenv("RECADO_WORLD", raising=False)
    monkeypatch.delenv("RECADO_TOKEN", raising=False)


def _run(arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["recado", *arguments])
    with pytest.raises(SystemExit) as ended:
        commandline.run()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["campaign", "list"],
        ["report"],
        ["logs"],
        ["inbox"],
        ["deploy"],
        ["offers", "explain", "C-1"],
        ["offers", "results"],
        ["offers", "rules", "show"],
        ["offers", "rules", "enable", "retention"],
    ],
)
def test_a_world_that_does_not_run_is_told_with_the_way_to_start_it(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(arguments, monkeypatch) == 1
    said = capsys.readouterr().err
    assert "recado: the embedded world is not running" in said
    assert "→ recado up --deploy" in said
    assert "Traceback" not in said


def test_an_unknown_world_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECADO_WORLD", "moon")
    assert _run(["status"], monkeypatch) == 2
    assert "RECADO_WORLD is 'moon'" in capsys.readouterr().err


def test_an_audience_that_is_both_a_segment_and_a_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    create = ["campaign", "create", "--name", "x", "--template", "t"]
    assert _run([*create, "--segment", "all", "--file", "k"], monkeypatch) == 2
    assert "either --segment or --file" in capsys.readouterr().err


def test_down_is_content_when_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(["down"], monkeypatch) == 0
    assert "was not running" in capsys.readouterr().out


def test_sample_writes_both_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _run(["sample", "--customers", "5", "--folder", str(tmp_path / "out")], monkeypatch) == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "customers.csv",
        "invoices.csv",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "cannot be read"), ("{", "is not JSON"), ("[]", "no JSON object")],
)
def test_rules_that_cannot_be_read_are_refused_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    content: str | None,
    problem: str,
) -> None:
    file = tmp_path / "rules.json"
    if content is not None:
        file.write_text(content)
    assert _run(["offers", "rules", "put", str(file)], monkeypatch) == 2
    assert problem in capsys.readouterr().err


def test_help_lists_the_commands_by_topic(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(["--help"], monkeypatch) == 0
    said = capsys.readouterr().out
    for command in ("demo", "up", "token", "import", "campaign", "offers", "report", "logs"):
        assert command in said
