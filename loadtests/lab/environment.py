"""Makes the environment that analyses and draws (statsmodels, pingouin), and works in it.

python -m loadtests.lab.environment loadtests.lab.stats --csv runs.csv
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from operations import environments
from operations.environments import ROOT, Environment

LAB = Environment("lab", ROOT / ".recado" / "lab-environment", ("lab.txt",))
_PACKAGES = (".", "infra")


def call(module: str, *arguments: str) -> int:
    """Run a module in the environment; returns its exit code.

    What it imports is kept compiled, whatever the caller's settings: compiling takes ten seconds.
    """
    environments.make(LAB)
    where = os.pathsep.join(str(ROOT / folder) for folder in _PACKAGES)
    ended = subprocess.run(  # noqa: S603 - our own modules
        [str(LAB.python), "-m", module, *arguments],
        env={**os.environ, "PYTHONPATH": where, "PYTHONDONTWRITEBYTECODE": ""},
        check=False,
    )
    return ended.returncode


def main(arguments: Sequence[str]) -> None:
    """Make the environment; with arguments, run the module that the first names."""
    if arguments:
        raise SystemExit(call(*arguments))
    environments.make(LAB)


if __name__ == "__main__":
    main(sys.argv[1:])
