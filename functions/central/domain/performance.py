"""What every service did in a period, as staff see it: shares and means instead of counters."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from central.domain.fields import in_cents
from central.domain.reports import Turnover
from recado.figures.costs import ACCEPTED, estimated
from recado.figures.names import Figures, Service, parts
from recado.ledger.states import State
from recado.model import Frozen

Share = Annotated[float | None, Field(description="From 0 to 1; null where nothing happened.")]
Seconds = Annotated[float | None, Field(description="A mean; null where nothing happened.")]
Dollars = Annotated[Decimal, AfterValidator(in_cents)]


class Mailed(Frozen):
    """Recipients by what became of them. `accepted`: SES took the mail; the rates are of those."""

    accepted: int
    delivered: int
    bounced: int
    undelivered: int
    complained: int
    failed: int
    suppressed: int
    held: int
    cancelled: int
    control: int
    opens: int
    machine_opens: int
    clicks: int
    machine_clicks: int
    unsubscribes: int
    delivery_rate: Share
    bounce_rate: Share
    complaint_rate: Share
    open_rate: Share
    click_rate: Share


class Mail(Mailed):
    """All mail, and each lane's."""

    lanes: dict[str, Mailed]


class Chat(Frozen):
    """Conversations that ended. `contained`: the bot did it alone."""

    chats: int
    contained: int
    containment: Share
    handovers: int
    messages: int
    first_answer_seconds: Seconds
    intents: dict[str, int]
    languages: dict[str, int]


class Served(Frozen):
    """Requests to people that ended. Waits are on the SLA clock; `in_time` as the desk promises."""

    ended: int
    closed: int
    abandoned: int
    deflected: int
    refused: int
    requeues: int = Field(description="Taken back from an attendant who was gone or silent.")
    wait_seconds: Seconds
    first_reply_seconds: Seconds
    in_time: Share


class Desk(Served):
    """All requests, by kind, and by the server that had them."""

    kinds: dict[str, Served]
    servers: dict[str, Served]


class Offered(Frozen):
    """Offers, and what came of those whose time is over, compared with who was held out."""

    offered: int
    held_out: int
    conversion: Share
    conversion_held_out: Share
    uplift: Share = Field(description="The difference of the two; null without both groups.")


class Offers(Offered):
    """All offers, and each rule's."""

    rules: dict[str, Offered]


class SignUp(Frozen):
    """Invitations, and what came of the answers."""

    invited: int
    registered: int
    already_customer: int
    refused: int
    replies: dict[str, int]


class Staged(Frozen):
    """A stage of turns: how often it was gone through, and how often it failed."""

    turns: int
    failed: int
    seconds: Seconds


class Assistant(Frozen):
    """Turns by voice or in writing. `answered`: no stage of it failed."""

    turns: int
    by_voice: int
    answered: Share
    first_audio_seconds: Seconds
    stages: dict[str, Staged]
    depths: dict[str, int] = Field(description="Questions about bills that were answered.")
    languages: dict[str, int]


class Cost(Frozen):
    """US dollars at list prices, estimated from what was counted (docs/monitoring.md)."""

    estimated_total: Dollars
    by_service: dict[str, Dollars]
    an_email: float | None = Field(description="Of mail, for each e-mail SES took.")


class Performance(Frozen):
    """What every service did in a period."""

    mail: Mail
    chat: Chat
    desk: Desk
    offers: Offers
    signup: SignUp
    assistant: Assistant
    cost: Cost


class PeriodFigures(Turnover, Performance):
    """Everything about some days."""

    first: date
    last: date


def performance(figures: Mapping[Service, Figures]) -> Performance:
    """The counters of a period as staff see them."""
    return Performance(
        mail=mail(figures.get(Service.MAIL, {})),
        chat=chat(figures.get(Service.CHAT, {})),
        desk=desk(figures.get(Service.DESK, {})),
        offers=offers(figures.get(Service.OFFERS, {})),
        signup=signup(figures.get(Service.SIGNUP, {})),
        assistant=assistant(figures.get(Service.ASSISTANT, {})),
        cost=cost(figures),
    )


def mail(figures: Figures) -> Mail:
    """Mail, in all and by lane."""
    lanes = {lane: mailed(counted) for lane, counted in parts(figures, "lane").items()}
    return Mail(lanes=lanes, **dict(mailed(figures)))


def mailed(figures: Figures) -> Mailed:
    """Recipients by what became of them; who complained had got the mail."""
    accepted = _sum(figures, *(state.counter for state in ACCEPTED))
    delivered = _sum(figures, State.DELIVERED.counter, State.COMPLAINED.counter)
    names = set(Mailed.model_fields) - {"accepted", "delivered"}
    counted = {name: figures.get(name, 0) for name in names if not name.endswith("_rate")}
    return Mailed(
        accepted=accepted,
        delivered=delivered,
        delivery_rate=_share(delivered, accepted),
        bounce_rate=_share(figures.get("bounced", 0), accepted),
        complaint_rate=_share(figures.get("complained", 0), accepted),
        open_rate=_share(figures.get("opens", 0), delivered),
        click_rate=_share(figures.get("clicks", 0), delivered),
        **counted,
    )


def chat(figures: Figures) -> Chat:
    """Conversations."""
    chats = figures.get("chats", 0)
    return Chat(
        chats=chats,
        contained=figures.get("contained", 0),
        containment=_share(figures.get("contained", 0), chats),
        handovers=figures.get("handovers", 0),
        messages=figures.get("messages", 0),
        first_answer_seconds=_mean(figures, "first_answer_ms", "first_answers"),
        intents=_most(figures, "intent", "chats"),
        languages=_most(figures, "language", "chats"),
    )


def desk(figures: Figures) -> Desk:
    """Requests to people, in all, by kind and by server."""
    return Desk(
        kinds={kind: served(counted) for kind, counted in parts(figures, "kind").items()},
        servers={server: served(counted) for server, counted in parts(figures, "server").items()},
        **dict(served(figures)),
    )


def served(figures: Figures) -> Served:
    """Requests that ended."""
    names = ("ended", "closed", "abandoned", "deflected", "refused", "requeues")
    return Served(
        wait_seconds=_mean(figures, "wait_ms", "waits"),
        first_reply_seconds=_mean(figures, "first_reply_ms", "first_replies"),
        in_time=_share(figures.get("in_time", 0), figures.get("waits", 0)),
        **{name: figures.get(name, 0) for name in names},
    )


def offers(figures: Figures) -> Offers:
    """Offers, in all and by rule."""
    rules = {rule: offered(counted) for rule, counted in parts(figures, "rule").items()}
    return Offers(rules=rules, **dict(offered(figures)))


def offered(figures: Figures) -> Offered:
    """Offers and what they brought."""
    with_offer = _share(figures.get("converted_offered", 0), figures.get("settled_offered", 0))
    without = _share(figures.get("converted_held_out", 0), figures.get("settled_held_out", 0))
    uplift = None if with_offer is None or without is None else round(with_offer - without, 4)
    return Offered(
        offered=figures.get("offered", 0),
        held_out=figures.get("held_out", 0),
        conversion=with_offer,
        conversion_held_out=without,
        uplift=uplift,
    )


def signup(figures: Figures) -> SignUp:
    """Invitations and registrations."""
    names = ("invited", "registered", "already_customer", "refused")
    return SignUp(
        replies=_most(figures, "replies", "mails"),
        **{name: figures.get(name, 0) for name in names},
    )


def assistant(figures: Figures) -> Assistant:
    """Turns, and each stage's."""
    turns = figures.get("turns", 0)
    return Assistant(
        turns=turns,
        by_voice=figures.get("by_voice", 0),
        answered=_share(figures.get("answered", 0), turns),
        first_audio_seconds=_mean(figures, "first_audio_ms", "first_audios"),
        stages={stage: staged(counted) for stage, counted in parts(figures, "stage").items()},
        depths=_most(figures, "depth", "turns"),
        languages=_most(figures, "language", "turns"),
    )


def staged(figures: Figures) -> Staged:
    """One stage of all turns."""
    return Staged(
        turns=figures.get("turns", 0),
        failed=figures.get("failed", 0),
        seconds=_mean(figures, "ms", "turns"),
    )


def cost(figures: Mapping[Service, Figures]) -> Cost:
    """What all that costs, estimated."""
    by_service = estimated(figures)
    accepted = mailed(figures.get(Service.MAIL, {})).accepted
    of_mail = float(by_service[Service.MAIL])
    return Cost(
        estimated_total=sum(by_service.values(), Decimal(0)),
        by_service={service.value: dollars for service, dollars in by_service.items()},
        an_email=round(of_mail / accepted, 6) if accepted > 0 else None,
    )


def _sum(figures: Figures, *names: str) -> int:
    return sum(figures.get(name, 0) for name in names)


def _share(some: int, of_all: int) -> float | None:
    return round(some / of_all, 4) if of_all > 0 else None


def _mean(figures: Figures, milliseconds: str, number: str) -> float | None:
    counted = figures.get(number, 0)
    return round(figures.get(milliseconds, 0) / counted / 1000, 3) if counted > 0 else None


def _most(figures: Figures, what: str, counter: str) -> dict[str, int]:
    """A part's counters, the largest first."""
    counted = {which: numbers.get(counter, 0) for which, numbers in parts(figures, what).items()}
    return dict(sorted(counted.items(), key=lambda each: (-each[1], each[0])))
