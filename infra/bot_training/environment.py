"""Makes the trainer's environment (scikit-learn) when its lock changed, and trains in it.

python -m bot_training.environment
"""

import os
import subprocess

from operations import environments
from operations.environments import ROOT, Environment

TRAINER = Environment("trainer", ROOT / ".recado" / "trainer", ("trainer.txt",))
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""How many threads add up decides the last bits of a weight."""
_PACKAGES = ("functions", "layers/common/python", "infra")


def main() -> None:
    """Train; the exit code is the trainer's."""
    environments.make(TRAINER)
    where = os.pathsep.join(str(ROOT / folder) for folder in _PACKAGES)
    trained = subprocess.run(
        [str(TRAINER.python), "-m", "bot_training.train"],
        env={**os.environ, "PYTHONPATH": where, **_ONE_THREAD},
        check=False,
    )
    raise SystemExit(trained.returncode)


if __name__ == "__main__":
    main()
