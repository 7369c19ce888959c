"""The image functions run in: Lambda's own where it can be pulled, or one made from Debian.

Both get one variable more, `AWS_ENDPOINT_URL`: SAM passes only variables the template declares, and
on AWS that one must not be.
"""

import hashlib
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from operations.artifacts import PYTHON, RUNTIME
from operations.errors import Trouble
from operations.places import ROOT, Places
from operations.ports import Ports
from samlocal import debian
from samlocal.calls import call
from samlocal.engine import Engine
from samlocal.variables import WORLD

REPOSITORY = "recado/lambda"
IN_CONTAINERS = Ports()
"""The ports of the world as containers see them: the usual ones, whatever the world's are."""

_PACKAGES = ["ca-certificates", "python3", "tzdata"]
_LOCK = ROOT / "infra" / "requirements" / "lambda.txt"
_BOOTSTRAP = Path(__file__).parent / "bootstrap"
_PULL_S = 300
_ASK_SAM = (
    "import sys; from samcli.local.docker.lambda_image import LambdaImage, Runtime; "
    "print(LambdaImage._INVOKE_REPO_PREFIX, Runtime.get_image_name_tag(sys.argv[1], 'x86_64'), "
    "sep='/')"
)
_ENVIRONMENT = {
    "AWS_ENDPOINT_URL": f"http://{WORLD}:{IN_CONTAINERS.emulator}",
}
_AS_LAMBDA = {
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LANG": "C.UTF-8",
    "TZ": ":UTC",
}


class Origin(StrEnum):
    """Where the image comes from."""

    AUTO = "auto"
    PUBLIC = "public"
    DEBIAN = "debian"


def obtain(engine: Engine, places: Places, origin: Origin, say: Callable[[str], None]) -> str:
    """The name of an image that is there; made or pulled only when its inputs changed.

    Raises:
        Trouble: it can be neither pulled nor made.
    """
    public, made = f"{REPOSITORY}:{RUNTIME}-public", f"{REPOSITORY}:{RUNTIME}-debian-{_stamp()}"
    usable = {Origin.PUBLIC: [public], Origin.DEBIAN: [made]}.get(origin, [public, made])
    for name in usable:
        if engine.has(name):
            return name
    if origin is Origin.PUBLIC:
        return _pull(engine, places, public)
    if origin is Origin.AUTO:
        try:
            return _pull(engine, places, public)
        except Trouble as trouble:
            say(f"Lambda's public image cannot be pulled: {_last_line(trouble.problem)}")
    _check_debian()
    _make(engine, places, made)
    _remove_older(engine, made)
    return made


def _pull(engine: Engine, places: Places, name: str) -> str:
    asked = [str(places.sam.parent / "python"), "-c", _ASK_SAM, RUNTIME]
    base = call(asked, "make environment").strip()
    engine.docker("pull", "--quiet", base, seconds=_PULL_S)
    container = engine.docker("create", base).strip()
    try:
        engine.docker("commit", *_changes(_ENVIRONMENT), container, name)
    finally:
        engine.docker("rm", container)
    return name


def _check_debian() -> None:
    """Raises `Trouble` unless this machine's release can stand in for Lambda's."""
    other = f"make sam-local IMAGE={Origin.PUBLIC} where Lambda's image can be pulled"
    if reason := debian.why_not():
        raise Trouble(f"no image can be made here: {reason}", other)
    if platform.machine() != "x86_64":
        raise Trouble("an image can only be made on x86_64, which the functions are for", other)
    if (offered := debian.python_version()) != PYTHON:
        raise Trouble(
            f"{debian.codename()} has Python {offered}, and the functions were built for {PYTHON}",
            f"{other}, or make the environments with Python {offered}",
        )


def _remove_older(engine: Engine, made: str) -> None:
    listed = engine.docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", REPOSITORY)
    for name in listed.split():
        if name != made and name.startswith(f"{REPOSITORY}:{RUNTIME}-{Origin.DEBIAN}-"):
            engine.docker("image", "rm", "--force", name)


def _make(engine: Engine, places: Places, name: str) -> None:
    """Debian, the runtime interface client and boto3, imported as one layer."""
    home = places.root / ".recado" / "samlocal"
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="rootfs-", dir=home) as folder:
        root = Path(folder)
        debian.debootstrap(debian.codename(), root, _PACKAGES)
        runtime = root / "var" / "runtime"
        call(
            [
                *(str(places.tools / "uv"), "pip", "install", "--quiet", "--target", str(runtime)),
                *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
                *("--python-version", PYTHON, "--python-platform", "x86_64-manylinux_2_28"),
                *("-r", str(_LOCK)),
            ],
            "the package index (PyPI) has to be reachable",
        )
        _compile(places, runtime)
        shutil.copy(_BOOTSTRAP, runtime / "bootstrap")
        (runtime / "bootstrap").chmod(0o755)
        for empty in ("var/task", "opt"):
            (root / empty).mkdir(exist_ok=True)
        root.chmod(0o755)
        _import(engine, root, name)


def _compile(places: Places, packages: Path) -> None:
    """A container is new each time; compiling boto3 in it each time would take a second."""
    command = [str(places.tools / "python"), "-m", "compileall", "-q"]
    call([*command, "--invalidation-mode", "unchecked-hash", str(packages)], "read what it says")


def _import(engine: Engine, root: Path, name: str) -> None:
    changes = _changes(_ENVIRONMENT | _AS_LAMBDA)
    packed = subprocess.Popen(["tar", "-C", str(root), "-c", "."], stdout=subprocess.PIPE)
    imported = subprocess.run(
        ["docker", "--host", engine.host, "import", *changes, "-", name],
        stdin=packed.stdout,
        capture_output=True,
        text=True,
        check=False,
    )
    if packed.wait() or imported.returncode:
        raise Trouble(f"docker import failed: {imported.stderr.strip()}", "is the disk full?")


def _changes(variables: dict[str, str]) -> list[str]:
    return [f"--change=ENV {name}={value}" for name, value in variables.items()]


def _stamp() -> str:
    """Changes with everything the image is made from, how it is made included."""
    digest = hashlib.sha256(
        " ".join([*_PACKAGES, *_ENVIRONMENT.values(), *_AS_LAMBDA.values()]).encode()
    )
    for file in (_LOCK, _BOOTSTRAP, Path(__file__), Path(debian.__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1]
