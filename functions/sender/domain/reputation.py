"""When a campaign stops itself, so that SES does not stop the whole account.

SES looks into an account from 5 % hard bounces or 0.1 % complaints on ("Reputation metrics
messages", SES developer guide). It counts over an account; here each campaign is held to a little
less, and so the account is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from recado.ledger.standing import Progress
from recado.ledger.states import State

MIN_BOUNCES = 10
"""Fewer say nothing: a campaign whose true rate is 2 % gets four among its first hundred mails once
in seven times, but ten among 250 once in 31."""
MIN_COMPLAINTS = 3
"""One complaint is 0.1 % of a thousand mails and may be a slip of the finger; three are a sign.
A campaign whose true rate is 0.02 % gets three among 1,250 mails once in 460 times."""
_ACCEPTED = (
    State.SENT,
    State.DELIVERED,
    State.UNDELIVERED,
    State.BOUNCED,
    State.COMPLAINED,
)


@dataclass(frozen=True)
class Limits:
    """From how many percent of the accepted mails on a campaign pauses."""

    bounce_percent: float
    complaint_percent: float


def why_to_stop(progress: Progress, limits: Limits) -> str:
    """Why a campaign should pause, and what to do about it; empty when it may go on.

    Only what came after the last resume counts: what was there before, staff have accepted.
    """
    now, before = progress.counts, progress.accepted_before
    accepted = _sum(now, *_ACCEPTED) - _sum(before, *_ACCEPTED)
    bounced = _sum(now, State.BOUNCED) - _sum(before, State.BOUNCED)
    complained = _sum(now, State.COMPLAINED) - _sum(before, State.COMPLAINED)
    if bounced >= MIN_BOUNCES and 100 * bounced >= limits.bounce_percent * accepted:
        return (
            f"{bounced:,} of {accepted:,} accepted mails bounced for good"
            f" ({_percent(bounced, accepted)}, the limit is {limits.bounce_percent:g} %; SES looks"
            " into an account at 5 %): find out where the addresses come from, then resume or"
            " cancel"
        )
    if complained >= MIN_COMPLAINTS and 100 * complained >= limits.complaint_percent * accepted:
        return (
            f"{complained:,} of {accepted:,} people reported the mail as spam"
            f" ({_percent(complained, accepted)}, the limit is {limits.complaint_percent:g} %; SES"
            " looks into an account at 0.1 %): check who is in the audience and why, then resume"
            " or cancel"
        )
    return ""


def _sum(counts: Mapping[str, int], *states: State) -> int:
    return sum(counts.get(state.counter, 0) for state in states)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.2f} %"
