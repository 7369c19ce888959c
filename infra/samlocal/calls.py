"""Calling programs of this machine: their output, or a sentence about what went wrong."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from operations.errors import Trouble

_END = 1_500


def call(
    command: Sequence[str],
    remedy: str,
    environment: Mapping[str, str] | None = None,
    seconds: float = 900,
) -> str:
    """What `command` printed.

    Raises:
        Trouble: it failed, does not exist or took too long; the problem has the end of its output.
    """
    name = " ".join(command[:2])
    try:
        done = subprocess.run(
            command,
            env=dict(os.environ) | dict(environment or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except FileNotFoundError as error:
        raise Trouble(f"{command[0]} is not installed", remedy) from error
    except subprocess.TimeoutExpired as error:
        raise Trouble(f"{name} took longer than {seconds:.0f} s", remedy) from error
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-_END:]
        raise Trouble(f"{name} failed ({done.returncode}): {said}", remedy)
    return done.stdout
