"""What `sam build` made, kept still for the length of a run.

Every world shares `.recado/build`, and SAM replaces it whenever a source changed. A run looks into
it for a minute or more, so it takes a copy made of links, which costs no time and no space.
"""

import fcntl
import os
import shutil
from pathlib import Path

from operations.embedded import Embedded


def freeze(world: Embedded, folder: Path) -> Path:
    """The built template in `folder`, which has to be as deep in the repository as the build is:
    the template leads to the layer that is not built by relative steps."""
    built = world.artifacts.template.parent
    shutil.rmtree(folder, ignore_errors=True)
    with (built / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        shutil.copytree(built / "sam", folder, symlinks=True, copy_function=os.link)
    return folder / "template.yaml"
