"""Outages as staff announce and end them."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, model_validator

from central.domain.fields import Label
from recado.model import Frozen, Language, Outage

City = Annotated[Label, StringConstraints(min_length=1)]
Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


def _in_every_language(text: dict[Language, Said]) -> dict[Language, Said]:
    if absent := [language for language in Language if language not in text]:
        raise ValueError(f"is not written in {', '.join(absent)}: add that language")
    return text


class NewOutage(Frozen):
    """What staff say about an outage; times need a zone, such as `2026-10-31T14:00:00-03:00`."""

    cities: tuple[City, ...] = Field(min_length=1, max_length=200)
    text: Annotated[dict[Language, Said], AfterValidator(_in_every_language)]
    starts_at: AwareDatetime
    expected_end: AwareDatetime

    @model_validator(mode="after")
    def _ends_later(self) -> "NewOutage":
        if self.expected_end <= self.starts_at:
            raise ValueError("expected_end is not after starts_at: give a later time")
        return self


def announced(new: NewOutage, outage_id: str, at: datetime) -> Outage:
    """An outage from now on told to customers, once it has begun."""
    return Outage(id=outage_id, announced_at=at, **new.model_dump())


def ended(outage: Outage, at: datetime) -> Outage:
    """An outage that is over, or was called off; one that is stays as it is."""
    return outage if outage.ended_at else outage.model_copy(update={"ended_at": at})
