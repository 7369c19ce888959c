"""What Debian and Ubuntu give: packages by apt, and the mirror and release of this machine.

Nothing here names a server: where packages come from is what apt was told.
"""

import os
import platform
import shutil
import sys
from pathlib import Path

from operations.errors import Trouble
from samlocal.calls import call

_QUIET = {"DEBIAN_FRONTEND": "noninteractive"}
_INDEXES = ["--format", "$(CODENAME) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"]


def why_not() -> str:
    """Why nothing can be installed here by apt; empty when it can."""
    if sys.platform != "linux" or shutil.which("apt-get") is None:
        return "this is not Debian or Ubuntu"
    if os.geteuid() != 0:
        return "only root may install packages and start Docker"
    return ""


def install(program: str, package: str) -> None:
    """Install a package unless its program is there.

    Raises:
        Trouble: apt cannot, or may not.
    """
    if shutil.which(program):
        return
    if reason := why_not():
        raise Trouble(f"{program} is missing, and {reason}", f"install {program}")
    remedy = "look at what apt says; a Debian mirror has to be reachable"
    call(["apt-get", "update", "--quiet"], remedy, _QUIET)
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package]
    call(command, remedy, _QUIET)


def codename() -> str:
    """This machine's release, such as `bookworm`."""
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "")


def mirror(release: str) -> str:
    """The address apt takes a release from.

    Raises:
        Trouble: apt knows none.
    """
    listed = call(["apt-get", "indextargets", *_INDEXES], "look at /etc/apt/sources.list")
    for line in listed.splitlines():
        name, component, address = line.split(" ", 2)
        if (name, component) == (release, "main"):
            return address
    raise Trouble(f"apt knows no mirror for {release!r}", "look at /etc/apt/sources.list")


def python_version() -> str:
    """The release's own Python, such as `3.11`; empty when apt does not know it."""
    listed = call(["apt-cache", "policy", "python3"], "look at what apt-cache says")
    candidates = [line.split()[-1] for line in listed.splitlines() if "Candidate:" in line]
    return ".".join(candidates[0].split(".")[:2]) if candidates else ""


def debootstrap(release: str, folder: Path, packages: list[str]) -> None:
    """A root filesystem of this machine's release, made small.

    Raises:
        Trouble: debootstrap is missing and cannot be installed, or failed.
    """
    install("debootstrap", "debootstrap")
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(packages)}"]
    try:
        call([*command, release, str(folder), mirror(release)], "a mirror has to be reachable")
    finally:
        _unmount_under(folder)
    for waste in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man"):
        shutil.rmtree(folder / waste, ignore_errors=True)
    shutil.rmtree(folder / "usr/share/locale", ignore_errors=True)


def _unmount_under(folder: Path) -> None:
    for mounted in mounts_under(folder):
        call(["umount", "--lazy", str(mounted)], "look at /proc/mounts")


def mounts_under(folder: Path) -> list[Path]:
    """What is mounted in a folder, the innermost first."""
    lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    points = (Path(line.split()[1]) for line in lines)
    return sorted((point for point in points if point.is_relative_to(folder)), reverse=True)
