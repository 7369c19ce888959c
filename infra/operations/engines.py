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


def main() -> None:
    """Make it and run tests/engines; the exit code is pytest's."""
    environments.make(ENGINES)
    where = os.pathsep.join(str(ROOT / folder) for folder in _PACKAGES)
    tried = subprocess.run(
        [str(ENGINES.python), *_PYTEST, _TESTS, *sys.argv[1:]],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": where, "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    raise SystemExit(tried.returncode)


if __name__ == "__main__":
    main()
