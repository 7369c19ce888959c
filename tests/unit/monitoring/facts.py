"""Facts of every kind that is counted, made up by Hypothesis."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from recado.contracts import Event
from recado.conversation import ChatEnded, TicketEnded, TicketRefused
from recado.model import Language
from recado.offers import OfferScheduled, OfferSettled
from recado.registration import (
    InvitationsSent,
    RegistrationOutcome,
    RegistrationSettled,
    ReplySettled,
)
from recado.turns import AssistantTurn

ZONE = "America/Sao_Paulo"
BEGIN = datetime(2026, 10, 30, 22, 0, tzinfo=UTC)
MOMENTS = st.integers(0, 3 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
"""Around the end of a month, in UTC as well as in the operator's zone."""
DAYS = [date(2026, 10, 30) + timedelta(days=number) for number in range(5)]
SPANS = st.integers(0, 600_000).map(lambda number: timedelta(milliseconds=number))
NAMES = st.sampled_from(["speed", "invoice_copy", "with#sign"])


def chat(number: int, at: datetime, intents: tuple[str, ...] = (), handovers: int = 0) -> ChatEnded:
    """A conversation that ended."""
    return ChatEnded(
        conversation_id=f"cnv_{number}",
        customer_id=None,
        language=Language.PORTUGUESE,
        intents=intents,
        handovers=handovers,
        messages=number,
        first_answer=timedelta(seconds=number),
        started_at=at,
        ended_at=at,
    )


def ticket(number: int, at: datetime, server: str | None = "north") -> TicketEnded:
    """A ticket that was closed in time."""
    return TicketEnded(
        ticket_id=f"tkt_{number}",
        kind="technical",
        status="closed",
        server_id=server,
        attendant_id="ana",
        waited=timedelta(seconds=number),
        first_reply_after=None,
        in_time=True,
        requeues=0,
        moves=1,
        ended_at=at,
    )


@st.composite
def facts(draw: st.DrawFn) -> list[Event]:
    """Some facts, each about something of its own."""
    return [draw(_fact(number)) for number in range(draw(st.integers(0, 12)))]


@st.composite
def _fact(draw: st.DrawFn, number: int) -> Event:
    at = draw(MOMENTS)
    match draw(st.integers(0, 8)):
        case 0:
            return chat(
                number, at, tuple(draw(st.lists(NAMES, max_size=3))), draw(st.integers(0, 2))
            )
        case 1:
            server = draw(st.sampled_from([None, "north", "south"]))
            return ticket(number, at, server)
        case 2:
            return TicketRefused(
                conversation_id=f"cnv_{number}", handover=1, number=1, at=at, kind="sales"
            )
        case 3:
            return OfferScheduled(
                offer_id=f"off_{number}",
                rule=draw(st.sampled_from(["speed", "churn"])),
                customer_id="C-1",
                group=draw(st.sampled_from(["offered", "hold_out"])),
                campaign_id=None,
                scheduled_at=at,
            )
        case 4:
            return OfferSettled(
                offer_id=f"off_{number}",
                rule="speed",
                group=draw(st.sampled_from(["offered", "hold_out"])),
                converted=draw(st.booleans()),
                settled_at=at,
            )
        case 5:
            return RegistrationSettled(
                registration_id=f"reg_{number}",
                outcome=draw(st.sampled_from(list(RegistrationOutcome))),
                settled_at=at,
            )
        case 6:
            return InvitationsSent(
                batch_id=f"bat_{number}",
                campaign_id="cmp_1",
                invited=draw(st.integers(1, 9)),
                sent_at=at,
            )
        case 7:
            return AssistantTurn(
                turn_id=f"trn_{number}",
                conversation_id=draw(st.sampled_from(["cnv_1", None])),
                language=draw(st.sampled_from(Language)),
                by_voice=draw(st.booleans()),
                depth=draw(st.sampled_from(["simple", None])),
                stages=draw(st.dictionaries(NAMES, st.integers(0, 9_000))),
                first_audio_ms=draw(st.none() | st.integers(0, 9_000)),
                failed=tuple(draw(st.sets(NAMES))),
                ended_at=at,
            )
        case _:
            return ReplySettled(mail_id=f"mail_{number}", outcome="review", settled_at=at)
