"""Whether LocalStack's own image can be used: Docker answers, and there is a token for it."""

import os
import shutil
import subprocess
from functools import cache

TOKEN = "LOCALSTACK_AUTH_TOKEN"  # noqa: S105
_PATIENCE_S = 10


@cache
def is_first_choice() -> bool:
    """Whether Docker with its compose command answers, and the environment has the token."""
    docker = shutil.which("docker")
    if not os.environ.get(TOKEN) or docker is None:
        return False
    return all(_works([docker, *words]) for words in (["info"], ["compose", "version"]))


def _works(command: list[str]) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE_S, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
