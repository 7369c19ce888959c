"""The desk's people as staff describe them; what they do at the desk is in `attendants`."""

from datetime import time
from typing import Annotated

from pydantic import Field, StringConstraints

from desk.domain.sla import Calendar, Hours
from recado.model import Frozen, Identifier

TokenId = Annotated[str, StringConstraints(pattern="^[a-z0-9]{12}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


class Profile(Frozen):
    """An attendant: who they are, what they can do, and the API token that is theirs."""

    id: Identifier
    name: Name
    server_id: Identifier
    skills: frozenset[Identifier] = Field(min_length=1)
    capacity: int = Field(default=1, ge=1, le=50)
    token_id: TokenId


def always_open(zone: str) -> Calendar:
    """The calendar of a desk that never closes."""
    whole_day = (Hours(opens=time.min, closes=time.min),)
    return Calendar(zone=zone, week=dict.fromkeys(range(7), whole_day))
