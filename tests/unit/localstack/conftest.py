"""A sandbox whose function is written by the test, run by AWS's own runtime client."""

import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_lambda.sandbox import Function, Sandbox
from operations import localstack_setup
from operations.localstack_setup import Missing

Make = Callable[..., Sandbox]


@pytest.fixture(scope="session")
def python() -> str:
    """The functions' interpreter; without it the tests are skipped, and say so."""
    try:
        found = localstack_setup.functions().python
    except Missing as missing:
        pytest.skip(f"{missing.problem} -> {missing.remedy}")
    if not found.exists():
        pytest.skip("the functions' environment has not been made -> make localstack")
    asked = [str(found), "-c", "import awslambdaric"]
    subprocess.run(asked, check=True)  # noqa: S603
    return str(found)


@pytest.fixture
def make(python: str, tmp_path: Path) -> Iterator[Make]:
    """Writes `function.py` with the code given, and makes a sandbox for its `handler`."""
    made: list[Sandbox] = []

    def write(code: str, *, timeout_s: float = 20, layer: str = "") -> Sandbox:
        folder = tmp_path / f"sandbox{len(made)}"
        (folder / "code").mkdir(parents=True)
        (folder / "layer").mkdir()
        (folder / "code" / "function.py").write_text(textwrap.dedent(code), encoding="utf-8")
        (folder / "layer" / "layered.py").write_text(layer, encoding="utf-8")
        function = Function(
            python=python,
            handler="function.handler",
            version="$LATEST",
            memory_mb=512,
            timeout_s=timeout_s,
            path=[folder / "code", folder / "layer"],
            variables={"AWS_LAMBDA_FUNCTION_NAME": "recado-Tried-1", "TABLE": "customers"},
        )
        made.append(Sandbox(function, folder))
        return made[-1]

    yield write
    for sandbox in made:
        sandbox.stop()
