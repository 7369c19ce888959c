"""The staffing advisor."""

from desk import advising
from recado import rest

router = rest.router()


@router.post("/v1/desk/staffing", tags=["staffing"])
def staffing(question: advising.Question) -> advising.Answer:
    """Find the fewest attendants of each kind for a target wait."""
    return advising.advise(question)
