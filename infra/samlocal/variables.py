"""The functions' environment variables, as `sam local --env-vars` wants them.

SAM fills what the template refers to in nested stacks with nothing, so the values come from the
functions as they were deployed. In a container `127.0.0.1` is the container itself: addresses on
this machine's loopback interface are told again by the name that leads out of it.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from operations.ports import HOST, Ports

WORLD = "recado.world"
"""What containers call this machine."""


def for_containers(
    deployed: Mapping[str, Mapping[str, str]], here: Ports, there: Ports
) -> dict[str, dict[str, str]]:
    """The variables by function, with ports of this machine (`here`) as containers reach them."""
    moved = {here.emulator: there.emulator, here.ses: there.ses}
    return {
        function: {name: _told_again(value, moved) for name, value in variables.items()}
        for function, variables in deployed.items()
    }


def _told_again(value: str, moved: Mapping[int, int]) -> str:
    if not value.startswith(f"http://{HOST}:"):
        return value
    parts = urlsplit(value)
    port = moved.get(parts.port or 0)
    return value if port is None else urlunsplit(parts._replace(netloc=f"{WORLD}:{port}"))
