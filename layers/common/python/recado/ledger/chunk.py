"""A chunk of a campaign: at most 50 recipients that are claimed, sent and recorded together.

    READY ── claim ──> CLAIMED ── begin ──> SENDING ── record ──> DONE
      ^                   │ lease over         │ lease over         ^
      └───────────────────┘                    └──> UNSETTLED ──────┘
                                                 events, or `settle` after a while

Between `begin` and `record` mail may have left without our knowing, so only a chunk that was never
begun is simply claimed again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from recado.ledger.states import Outcome, State, merge, positions

MAX_RECIPIENTS = 50
"""SES takes at most 50 destinations in one SendBulkEmail call."""
MAX_REASON = 200


class Stage(StrEnum):
    """Who may do what with a chunk."""

    READY = "ready"
    CLAIMED = "claimed"
    SENDING = "sending"
    UNSETTLED = "unsettled"
    DONE = "done"


@dataclass(frozen=True)
class Chunk:
    """A chunk as the ledger knows it.

    `page` and `start` say where its recipients stand in the frozen audience; `version` grows with
    every write; `lease_until` is in milliseconds since 1970. `attempt` counts who claimed it and
    went through with it or died over it: being told to wait is no attempt.
    """

    campaign_id: str
    number: int
    recipient_ids: tuple[str, ...]
    states: str
    page: int
    start: int
    reasons: Mapping[int, str] = field(default_factory=dict)
    stage: Stage = Stage.READY
    attempt: int = 0
    token: str = ""
    lease_until: int = 0
    version: int = 0

    @property
    def pending(self) -> list[int]:
        """Positions still to be sent."""
        return positions(self.states, State.PENDING)


def stage_of(states: str) -> Stage:
    """The stage of a chunk that nobody holds."""
    if State.PENDING in states:
        return Stage.READY
    return Stage.UNSETTLED if State.UNKNOWN in states else Stage.DONE


def take_in(chunk: Chunk, outcomes: Mapping[int, Outcome], *, release: bool) -> Chunk:
    """The chunk after outcomes arrived; its holder also gives it back (`release`)."""
    states = merge(chunk.states, outcomes)
    news = {
        position: outcome.reason[:MAX_REASON]
        for position, outcome in outcomes.items()
        if outcome.reason and states[position] == outcome.state
    }
    in_hands = chunk.stage in {Stage.CLAIMED, Stage.SENDING}
    held = in_hands and not release
    stage = chunk.stage if held else stage_of(states)
    put_off = in_hands and stage is Stage.READY
    return replace(
        chunk,
        states=states,
        reasons={**chunk.reasons, **news},
        stage=stage,
        attempt=chunk.attempt - put_off,
        lease_until=chunk.lease_until if held else 0,
    )


def reset(chunk: Chunk, moved: Collection[int], target: State, reason: str = "") -> Chunk:
    """The chunk after a decision that puts the recipients at the places `moved` in `target`.

    Unlike evidence a decision may go back: a retry makes FAILED recipients PENDING again.
    """
    letters = [
        target if position in moved else letter for position, letter in enumerate(chunk.states)
    ]
    kept = {position: text for position, text in chunk.reasons.items() if position not in moved}
    told = dict.fromkeys(moved, reason) if reason else {}
    states = "".join(letters)
    return replace(
        chunk, states=states, reasons={**kept, **told}, stage=stage_of(states), lease_until=0
    )
