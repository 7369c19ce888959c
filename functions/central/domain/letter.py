"""What a report by e-mail shows: figures with their change, and bars."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from central.domain.performance import PeriodFigures
from central.domain.reports import Overdue
from recado.model import Language

BAR = 100
"""A full bar, in percent of its place."""


@dataclass(frozen=True)
class Tile:
    """A figure, and how much more or less it is than before (`None`: there is no saying)."""

    label: str
    value: str
    change: str | None


@dataclass(frozen=True)
class Bar:
    """A line of a chart; `width` from 0 to `BAR`."""

    label: str
    value: str
    width: int


@dataclass(frozen=True)
class Chart:
    """Bars under a title."""

    title: str
    bars: tuple[Bar, ...]


_WORDS = {
    Language.PORTUGUESE: {
        "title": "Relatório de {first} a {last}",
        "change": "em relação ao período anterior",
        "estimate": "Custo estimado a preços de tabela, em dólares.",
        "new_customers": "Novos clientes",
        "billed": "Faturamento",
        "received": "Recebido",
        "accepted": "E-mails aceitos",
        "delivery": "Entregues",
        "chats": "Conversas",
        "containment": "Resolvidas pelo robô",
        "ended": "Atendimentos",
        "wait": "Espera média",
        "cost": "Custo estimado",
        "mail_days": "E-mails aceitos por dia",
        "chat_days": "Conversas por dia",
        "overdue": "Em atraso, por dias",
        "intents": "Assuntos das conversas",
        "servers": "Atendimentos por equipe",
    },
    Language.ENGLISH: {
        "title": "Report of {first} to {last}",
        "change": "compared with the period before",
        "estimate": "The cost is an estimate at list prices, in US dollars.",
        "new_customers": "New customers",
        "billed": "Billed",
        "received": "Received",
        "accepted": "E-mails accepted",
        "delivery": "Delivered",
        "chats": "Conversations",
        "containment": "Solved by the bot",
        "ended": "Served by people",
        "wait": "Mean wait",
        "cost": "Estimated cost",
        "mail_days": "E-mails accepted, by day",
        "chat_days": "Conversations, by day",
        "overdue": "Overdue, by days",
        "intents": "What conversations were about",
        "servers": "Served, by server",
    },
}
_MOST_BARS = 8


def words(language: Language) -> dict[str, str]:
    """What a letter says."""
    return _WORDS[language]


def tiles(now: PeriodFigures, before: PeriodFigures, language: Language) -> tuple[Tile, ...]:
    """The figures at the top."""
    said = words(language)

    def tile(
        name: str, of: Callable[[PeriodFigures], float | None], show: Callable[[float], str]
    ) -> Tile:
        value, earlier = of(now), of(before)
        text = "-" if value is None else _local(show(value), language)
        change = _points if show is _percent else _relative
        return Tile(said[name], text, change(value, earlier, language))

    return (
        tile("new_customers", lambda each: each.new_customers, _whole),
        tile("billed", lambda each: float(each.billed.amount), _reais),
        tile("received", lambda each: float(each.received.amount), _reais),
        tile("accepted", lambda each: each.mail.accepted, _whole),
        tile("delivery", lambda each: each.mail.delivery_rate, _percent),
        tile("chats", lambda each: each.chat.chats, _whole),
        tile("containment", lambda each: each.chat.containment, _percent),
        tile("ended", lambda each: each.desk.ended, _whole),
        tile("wait", lambda each: each.desk.wait_seconds, _seconds),
        tile("cost", lambda each: float(each.cost.estimated_total), _dollars),
    )


def charts(
    now: PeriodFigures, days: Sequence[tuple[str, PeriodFigures]], owed: Overdue, language: Language
) -> tuple[Chart, ...]:
    """The charts below; one of which nothing is to be seen is left out."""
    said = words(language)
    drawn = {
        "mail_days": [(label, float(day.mail.accepted)) for label, day in days],
        "chat_days": [(label, float(day.chat.chats)) for label, day in days],
        "overdue": [(band, float(bills.amount)) for band, bills in owed.aging.items()],
        "intents": [(name, float(number)) for name, number in now.chat.intents.items()][
            :_MOST_BARS
        ],
        "servers": [(name, float(each.ended)) for name, each in now.desk.servers.items()][
            :_MOST_BARS
        ],
    }
    shown = {name: values for name, values in drawn.items() if any(value for _, value in values)}
    return tuple(
        Chart(said[name], bars(values, _money if name == "overdue" else _whole, language))
        for name, values in shown.items()
    )


def bars(
    values: Iterable[tuple[str, float]], show: Callable[[float], str], language: Language
) -> tuple[Bar, ...]:
    """Bars as long as their values; the largest is full, one below zero is empty."""
    listed = list(values)
    largest = max((value for _, value in listed), default=0)
    return tuple(
        Bar(label, _local(show(value), language), _width(value, largest)) for label, value in listed
    )


def _width(value: float, largest: float) -> int:
    return max(0, round(BAR * value / largest)) if largest > 0 else 0


def _relative(now: float | None, before: float | None, language: Language) -> str | None:
    if now is None or not before:
        return None
    return _local(f"{(now - before) / before:+.1%}", language)


def _points(now: float | None, before: float | None, language: Language) -> str | None:
    """A share's change in points of a hundred: a percentage of a percentage misleads."""
    if now is None or before is None:
        return None
    return _local(f"{(now - before) * 100:+.1f}", language) + " p.p."


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _reais(value: float) -> str:
    return f"R$ {value:,.0f}"


def _dollars(value: float) -> str:
    return f"US$ {value:,.2f}"


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _seconds(value: float) -> str:
    return f"{value:,.1f} s"


def _local(text: str, language: Language) -> str:
    """Decimal comma and thousands' points in Portuguese."""
    if language is Language.ENGLISH:
        return text
    return text.replace(",", "\0").replace(".", ",").replace("\0", ".")
