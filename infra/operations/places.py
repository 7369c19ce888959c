"""Where things are on this machine: the repository, its environments, and a world's own files."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Places:
    """`root` is the repository, shared by every world; `home` belongs to one world.

    The build and the environments are shared, so that a second world (the tests') starts quickly.
    """

    root: Path
    home: Path

    @classmethod
    def from_env(cls, world: str = "embedded") -> "Places":
        """`RECADO_HOME` moves a world's files.

        By default the embedded world's are in `.recado/`, another's in `.recado/worlds/`.
        """
        default = ROOT / ".recado" if world == "embedded" else ROOT / ".recado" / "worlds" / world
        return cls(ROOT, Path(os.environ.get("RECADO_HOME") or default).resolve())

    @property
    def emulator_python(self) -> Path:
        """The interpreter that runs MiniStack, and in it every function."""
        return self.root / ".recado" / "emulator" / "bin" / "python"

    @property
    def sam(self) -> Path:
        """SAM CLI."""
        return self.root / ".recado" / "sam" / "bin" / "sam"

    @property
    def tools(self) -> Path:
        """The development environment's programs (`python3`, `uv`), which a build finds first."""
        return self.root / ".venv" / "bin"

    @property
    def build(self) -> Path:
        """What `sam build` and `sam package` make for local worlds."""
        return self.root / ".recado" / "build"

    @property
    def state(self) -> Path:
        """`world.json`, the saved token, and the SES simulator's ledger."""
        return self.home / "world"

    @property
    def logs(self) -> Path:
        """What the world's processes print."""
        return self.home / "logs"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the world's processes; removed when the world stops."""
        return self.home / "tmp"

    @property
    def sample(self) -> Path:
        """The sample customers and invoices."""
        return self.home / "sample"
