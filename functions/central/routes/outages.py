"""Outages that the bot tells customers of."""

from central import collaborators
from central.domain.outages import NewOutage, announced
from central.routes import PAGE, Cursor, Id, Limit
from recado import clock, ids, rest
from recado.listing import Page
from recado.model import Outage

router = rest.router()


@router.post("/v1/outages", status_code=201, tags=["chat"])
def announce(new: NewOutage) -> Outage:
    """Announce an outage, that goes on or is planned."""
    now = clock.now()
    outage = announced(new, ids.new("otg", now), now)
    collaborators.outages().add(outage)
    return outage


@router.get("/v1/outages", tags=["chat"])
def outages(cursor: Cursor = None, limit: Limit = PAGE) -> Page[Outage]:
    """List outages that go on or are planned, the newest announcement first."""
    return collaborators.outages().page(clock.now(), cursor, limit)


@router.post("/v1/outages/<outage_id>/end", tags=["chat"])
def end(outage_id: Id) -> Outage:
    """Note that an outage is over, or called off; sending the same again changes nothing."""
    return collaborators.outages().end(outage_id, clock.now())
