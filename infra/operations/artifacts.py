"""What is deployed into a local world: built once with SAM, uploaded to each new world.

The emulator forgets everything when it stops, so what `sam package` uploaded is kept beside the
packaged template; as long as no source changes, a new world gets it from there in a second. Worlds
whose functions run with another Python have a build of their own.
"""

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from operations.environments import version_of
from operations.errors import Trouble
from operations.places import Places

BUCKET = "recado-artifacts"
PYTHON = "{}.{}".format(*sys.version_info[:2])
RUNTIME = f"python{PYTHON}"
"""The runtime of this interpreter, which is the embedded world's."""

_UPLOADED_TO = "http://world.invalid"
"""Stands in the kept template for the endpoint of the world it will be uploaded to."""
_SOURCES = ("template.yaml", "infra/*.yaml", "functions/**/*", "layers/**/*")


class Artifacts:
    """The template, built and packaged for the Python that an interpreter is."""

    def __init__(self, places: Places, python: Path) -> None:
        self._places = places
        self._python = python
        self._version = version_of(str(python))
        self.runtime = f"python{'.'.join(self._version.split('.')[:2])}"
        same = self._version == version_of(sys.executable)
        self._build = places.build if same else places.build / self.runtime
        self._folder = self._build / "artifacts"
        self._stamp = self._build / "stamp"
        self.template = self._build / "packaged.json"

    def digest(self) -> str:
        """Changes whenever anything that is built changes."""
        return _digest(self._places.root, self._version)

    def is_current(self) -> bool:
        """Whether what is there was built from the present sources."""
        return self._stamp.exists() and self._stamp.read_text(encoding="utf-8") == self.digest()

    def build(self, s3: Any, endpoint: str) -> None:
        """Build and package; `endpoint` is the S3 of a running world, which SAM uploads to.

        Raises:
            Trouble: SAM failed; the problem has what it said.
        """
        with self._alone():
            digest = self.digest()
            self._stamp.unlink(missing_ok=True)
            self._sam_build()
            _ensure_bucket(s3)
            self._sam_package(endpoint)
            self._keep(s3)
            self._stamp.write_text(digest, encoding="utf-8")

    def upload(self, s3: Any, endpoint: str) -> str:
        """Put the template and everything it refers to into a world; returns the template's URL."""
        _ensure_bucket(s3)
        for file in self._folder.iterdir():
            s3.upload_file(str(file), BUCKET, file.name)
        template = self.template.read_text(encoding="utf-8").replace(_UPLOADED_TO, endpoint)
        s3.put_object(Bucket=BUCKET, Key=self.template.name, Body=template.encode())
        return f"{endpoint}/{BUCKET}/{self.template.name}"

    @property
    def built(self) -> Path:
        """The template as `sam build` wrote it, which `sam deploy` and `samlocal deploy` take."""
        return self._build / "sam" / "template.yaml"

    def sizes(self) -> dict[str, int]:
        """Bytes of each built function and layer, unzipped, by logical id."""
        folders = self.built.parent
        return {
            folder.name: sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            for folder in sorted(folders.iterdir() if folders.exists() else ())
            if folder.is_dir()
        }

    def _sam_build(self) -> None:
        self._sam(
            *("build", "--cached", "--parallel"),
            *("--template-file", str(self._places.root / "template.yaml")),
            *("--build-dir", str(self._build / "sam")),
            *("--cache-dir", str(self._build / "cache")),
            *("--parameter-overrides", f"LambdaRuntime={self.runtime}"),
        )

    def _sam_package(self, endpoint: str) -> None:
        self._sam(
            *("package", "--use-json", "--s3-bucket", BUCKET),
            *("--template-file", str(self.built)),
            *("--output-template-file", str(self.template)),
            AWS_ENDPOINT_URL=endpoint,
        )
        template = self.template.read_text(encoding="utf-8").replace(endpoint, _UPLOADED_TO)
        self.template.write_text(template, encoding="utf-8")

    def _sam(self, *arguments: str, **more_environment: str) -> None:
        if not self._places.sam.exists():
            raise Trouble("SAM CLI's environment is missing", "make environment")
        command = [str(self._places.sam), *arguments]
        done = subprocess.run(
            command,
            cwd=self._places.root,
            env=self._environment() | more_environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stdout + done.stderr).strip()
            raise Trouble(
                f"sam {arguments[0]} failed:\n{said}", "mend what it names, and try again"
            )

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return own | {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_SECRET_ACCESS_KEY": "test",
            "LAYER_PLATFORM": _platform(),
            "LAYER_PYTHON": self.runtime.removeprefix("python"),
            "NO_PROXY": "127.0.0.1",
            "PATH": os.pathsep.join(
                [str(self._python.parent), str(self._places.tools), os.environ["PATH"]]
            ),
            "SAM_CLI_TELEMETRY": "0",
        }

    def _keep(self, s3: Any) -> None:
        self._folder.mkdir(exist_ok=True)
        kept = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
        wanted = {item["Key"] for item in kept} - {self.template.name}
        for file in self._folder.iterdir():
            if file.name not in wanted:
                file.unlink()
        for key in wanted:
            s3.download_file(BUCKET, key, str(self._folder / key))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._build.mkdir(parents=True, exist_ok=True)
        with (self._build / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _ensure_bucket(s3: Any) -> None:
    names = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    if BUCKET not in names:
        s3.create_bucket(Bucket=BUCKET)


def _digest(root: Path, version: str) -> str:
    digest = hashlib.sha256(version.encode())
    files = (file for pattern in _SOURCES for file in root.glob(pattern) if file.is_file())
    for file in sorted(files):
        if "__pycache__" not in file.parts:
            digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _platform() -> str:
    """The platform of this machine, as uv spells it: functions run here, not on Lambda."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine()
    )
    if sys.platform == "darwin":
        return f"{machine}-apple-darwin"
    return f"{machine}-manylinux_2_28"
