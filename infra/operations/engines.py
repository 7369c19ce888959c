"""Makes the environment of the large engines when its lock changed, and tries them in it.

python -m operations.engines
"""

import os
import subprocess
import sys

from operations import environments
from operations.environments import ROOT, Environment

ENGINES = Environment("engines", ROOT / ".recado" / "engines", ("engines.txt",))
_PYTEST = ("-m", "pytest", "-q", "--noconftest", "-o", "norecursedirs=", "-W", "default")
_TESTS = "tests/engines"
_PACKAGES = (".", "functions", "layers/common/python", "infra")


def environment_of_engines() -> dict[str, str]:
    """The environment variables of what runs in it: our packages, and no look at a registry."""
    where = os.pathsep.join(str(ROOT / folder) for folder in _PACKAGES)
    return {**os.environ, "PYTHONPATH": where, "HF_HUB_OFFLINE": "1"}


def main() -> None:
    """Make it and run tests/engines; the exit code is pytest's."""
    environments.make(ENGINES)
    tried = subprocess.run(
        [str(ENGINES.python), *_PYTEST, _TESTS, *sys.argv[1:]],
        cwd=ROOT,
        env=environment_of_engines(),
        check=False,
    )
    raise SystemExit(tried.returncode)


if __name__ == "__main__":
    main()
