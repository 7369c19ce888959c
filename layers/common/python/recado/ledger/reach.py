"""How far a campaign reached people: what they did with its mail, and what machines did first."""

from enum import StrEnum

from pydantic import Field

from recado.model import Frozen


class Kind(StrEnum):
    """What somebody, or a machine on the way to somebody, did."""

    OPEN = "opens"
    MACHINE_OPEN = "machine_opens"
    CLICK = "clicks"
    MACHINE_CLICK = "machine_clicks"
    UNSUBSCRIBE = "unsubscribes"


class Engagement(Frozen):
    """How many recipients of a variant did what; `links` has people by link, without machines."""

    variant: str = ""
    opens: int = 0
    machine_opens: int = 0
    clicks: int = 0
    machine_clicks: int = 0
    unsubscribes: int = 0
    links: dict[str, int] = Field(default_factory=dict)
