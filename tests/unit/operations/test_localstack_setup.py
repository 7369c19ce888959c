"""Finding what LocalStack needs, and saying what is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from operations import localstack_setup
from operations.localstack_setup import Missing


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A machine with Python 3.11 alone: nothing on the PATH, no pyenv."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.delenv("LOCALSTACK_AUTH_TOKEN", raising=False)
    monkeypatch.setattr("sys.version", "3.11.7 (main)")
    localstack_setup.interpreter.cache_clear()
    yield tmp_path
    localstack_setup.interpreter.cache_clear()


def program(file: Path, says: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    file.chmod(0o755)


def test_where_only_3_11_exists_it_says_so(bare: Path) -> None:
    with pytest.raises(Missing, match=r"needs Python 3\.12 or 3\.13, and none was found"):
        localstack_setup.interpreter()


def test_a_shim_that_does_not_run_is_passed_over_for_a_version_of_pyenv(bare: Path) -> None:
    program(bare / "python3.12", "pyenv: python3.12: command not found")
    real = bare / "pyenv" / "versions" / "3.12.1" / "bin" / "python3.12"
    program(real, "3.12.1 (main)")
    assert localstack_setup.interpreter() == str(real)


def test_a_missing_prerequisite_skips_loudly(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(localstack_setup.REQUIRED, raising=False)
    with pytest.raises(SystemExit) as ended:
        localstack_setup.main()
    assert ended.value.code == 0
    assert "SKIPPED: LocalStack cannot run here" in capsys.readouterr().err


def test_a_missing_prerequisite_fails_where_localstack_is_required(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(localstack_setup.REQUIRED, "1")
    with pytest.raises(SystemExit) as ended:
        localstack_setup.main()
    assert ended.value.code == 1


def test_an_old_java_is_named(bare: Path) -> None:
    program(bare / "java", 'openjdk version "11.0.2" 2019-01-15')
    with pytest.raises(Missing, match=r"Java 17 or newer; there is Java 11"):
        localstack_setup._java()
