"""Makes the three environments, each only when its lock changed: `.venv`, the emulator's, SAM's.

The emulator and SAM CLI pin botocore and pydantic, so they live apart. LocalStack's two, which
`operations.localstack_setup` asks for, are made in the same way. This file runs before
anything is installed (`python3 -I infra/operations/environments.py`): it uses the standard library
alone, and no syntax newer than Python 3.8, so that an older interpreter gets a sentence and not a
SyntaxError.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from pathlib import Path
from typing import List, NamedTuple, Optional, Tuple  # noqa: UP035

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "infra" / "requirements"
STAMP = "recado-stamp"
OLDEST, NEWEST = (3, 11), (3, 13)


class Environment(NamedTuple):
    """A virtual environment: where it is and the locks that say what is in it.

    A compiled one starts often: every worker of the emulator imports boto3 anew. `editable` is a
    package of ours that goes into it, `interpreter` the Python it is made with.
    """

    name: str
    folder: Path
    locks: Tuple[str, ...]  # noqa: UP006
    editable: Optional[Path] = None  # noqa: UP045
    compiled: bool = False
    interpreter: str = sys.executable

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "bin" / "python"

    def wanted(self) -> str:
        """A digest of everything the environment is made from."""
        version = version_of(self.interpreter)
        digest = hashlib.sha256("{} {}".format(version, self.compiled).encode())  # noqa: UP032
        for lock in self.locks:
            digest.update((LOCKS / lock).read_bytes())
        if self.editable:
            digest.update((self.editable / "pyproject.toml").read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        """Whether it was made from the present locks by the present interpreter."""
        stamp = self.folder / STAMP
        return (
            self.python.exists()
            and stamp.exists()
            and stamp.read_text(encoding="utf-8") == self.wanted()
        )


_CHALICE = "../../layers/websocket/requirements.txt"
DEVELOP = Environment("develop", ROOT / ".venv", ("develop.txt", "uv.txt", _CHALICE), editable=ROOT)
EMULATOR = Environment("emulator", ROOT / ".recado" / "emulator", ("emulator.txt",), compiled=True)
SAM = Environment("sam", ROOT / ".recado" / "sam", ("sam.txt",))
UV = DEVELOP.folder / "bin" / "uv"


def main() -> None:
    """Bring every environment up to date; the second time this only compares digests."""
    _check_interpreter()
    for environment in (DEVELOP, EMULATOR, SAM):
        make(environment)


def _check_interpreter() -> None:
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = "{}.{}".format(*sys.version_info[:2])
        _stop(
            "Recado needs Python 3.11, 3.12 or 3.13; this is " + found,
            "install one of them and run: make PYTHON=python3.12 …",
        )


def make(environment: Environment) -> None:
    """Bring one environment up to date.

    Raises:
        SystemExit: it cannot be made; why has been printed.
    """
    if environment.is_current():
        return
    _say("  making the environment " + environment.name.ljust(10))
    began = time.monotonic()
    if environment is DEVELOP:
        _bootstrap_uv(environment)
    else:
        keep = "--allow-existing" if _same_interpreter(environment) else "--clear"
        python = ["--python", environment.interpreter, str(environment.folder)]
        _call([str(UV), "venv", "--quiet", keep, *python])
    locks = [str(LOCKS / lock) for lock in environment.locks]
    pip = [str(UV), "pip"]
    python = ["--quiet", "--python", str(environment.python)]
    compiled = ["--compile-bytecode"] if environment.compiled else []
    _call([*pip, "sync", *python, *compiled, "--require-hashes", *locks])
    if environment.editable:
        ours = ["--no-deps", "--no-build-isolation", "--editable", str(environment.editable)]
        _call([*pip, "install", *python, *ours])
    (environment.folder / STAMP).write_text(environment.wanted(), encoding="utf-8")
    _say("%5.1f s\n" % (time.monotonic() - began))


def _bootstrap_uv(environment: Environment) -> None:
    """A plain `venv` with the locked uv in it, which then installs everything else."""
    clear = [] if _same_interpreter(environment) else ["--clear"]
    try:
        _call([sys.executable, "-m", "venv", *clear, str(environment.folder)])
    except SystemExit:
        _say("  On Debian and Ubuntu: sudo apt install python3-venv\n")
        raise
    pip = [
        str(environment.python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]
    _call([*pip, "--require-hashes", "-r", str(LOCKS / "uv.txt")])


def _same_interpreter(environment: Environment) -> bool:
    if not environment.python.exists():
        return True
    return version_of(str(environment.python)) == version_of(environment.interpreter)


def version_of(interpreter: str) -> str:
    """What an interpreter says of itself (`sys.version`); empty when it does not run."""
    if interpreter == sys.executable:
        return sys.version.strip()
    asked = [interpreter, "-c", "import sys; print(sys.version)"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else ""


def _call(command: List[str]) -> None:  # noqa: UP006
    done = subprocess.run(command, cwd=str(ROOT), capture_output=True, text=True, check=False)
    if done.returncode:
        _say("\n" + done.stdout + done.stderr + "\n")
        _stop(
            "this failed: " + " ".join(command[:4]) + " …",
            "look at the lines above; the package index (PyPI) has to be reachable",
        )


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _stop(problem: str, remedy: str) -> None:
    _say("\nrecado: " + problem + "\n    -> " + remedy + "\n")
    raise SystemExit(2)


if __name__ == "__main__":
    main()
