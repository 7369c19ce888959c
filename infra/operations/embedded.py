"""The embedded world, the default one: MiniStack and the SES simulator."""

from operations.emulator import MiniStack
from operations.local import REGION, TIME_ZONE, LocalWorld
from operations.places import Places
from operations.ports import Ports

__all__ = ["REGION", "TIME_ZONE", "Embedded"]


class Embedded(LocalWorld):
    """A world on the loopback interface that needs no account and no Docker."""

    def __init__(self, places: Places, ports: Ports | None = None) -> None:
        super().__init__("embedded", MiniStack(), places, ports)
