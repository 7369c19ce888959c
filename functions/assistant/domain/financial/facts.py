"""Computed figures as sentences: what an answer is made from, in the customer's language.

They are written (`R$ 129,90`), as chat writes; `wording.said` makes them speakable.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from assistant.domain.financial.accounts import Balance, Explained, Year, balance, explained, year
from assistant.domain.financial.questions import Depth
from assistant.domain.financial.trend import FEWEST, Trend
from assistant.domain.wording import day, money, month, share
from recado.model import Invoice, Language

_PT, _EN = Language.PORTUGUESE, Language.ENGLISH

Phrase = dict[Language, str]


class _Counted(NamedTuple):
    one: Phrase
    more: Phrase

    def __call__(self, number: int) -> Phrase:
        return self.one if number == 1 else self.more


_NOTHING_OWED: Phrase = {
    _PT: "Você não tem contas em aberto: está tudo pago.",
    _EN: "You have no open bills: everything is paid.",
}
_OWED = _Counted(
    {_PT: "Você deve {owed}, em uma conta em aberto.", _EN: "You owe {owed}, on one open bill."},
    {
        _PT: "Você deve {owed}, em {bills} contas em aberto.",
        _EN: "You owe {owed}, on {bills} open bills.",
    },
)
_OVERDUE = _Counted(
    {
        _PT: "Desse valor, {overdue} venceu há {days}.",
        _EN: "Of that, {overdue} is overdue, by {days}.",
    },
    {
        _PT: "Desse valor, {overdue} de {bills} contas está vencido, a mais antiga há {days}.",
        _EN: "Of that, {overdue} of {bills} bills is overdue, the oldest by {days}.",
    },
)
_NEXT: Phrase = {
    _PT: "O próximo vencimento é em {due_on}: {amount}.",
    _EN: "The next due date is {due_on}: {amount}.",
}
_DAYS = _Counted(
    {_PT: "{number} dia", _EN: "{number} day"}, {_PT: "{number} dias", _EN: "{number} days"}
)
_NO_BILLS: Phrase = {
    _PT: "Ainda não há contas em seu nome.",
    _EN: "There are no bills in your name yet.",
}
_LATEST: Phrase = {
    _PT: "Sua última conta é de {amount} e vence em {due_on}.",
    _EN: "Your latest bill is {amount}, due on {due_on}.",
}
_LATEST_PAID: Phrase = {
    _PT: "Sua última conta foi de {amount} e já está paga.",
    _EN: "Your latest bill was {amount} and is already paid.",
}
_LATEST_LATE: Phrase = {
    _PT: "Sua última conta é de {amount} e venceu em {due_on}, há {days}.",
    _EN: "Your latest bill is {amount} and was due on {due_on}, {days} ago.",
}
_ONLY_BILL: Phrase = {
    _PT: "É a sua primeira conta, então não há com o que comparar.",
    _EN: "It is your first bill, so there is nothing to compare it with.",
}
_SAME: Phrase = {
    _PT: "É o mesmo valor da conta anterior.",
    _EN: "It is the same amount as the bill before.",
}
_MORE: Phrase = {
    _PT: "São {change} a mais que na conta anterior, de {before}{percent}.",
    _EN: "That is {change} more than the bill before, which was {before}{percent}.",
}
_LESS: Phrase = {
    _PT: "São {change} a menos que na conta anterior, de {before}{percent}.",
    _EN: "That is {change} less than the bill before, which was {before}{percent}.",
}
_UP: Phrase = {_PT: ": um aumento de {percent}", _EN: ": an increase of {percent}"}
_DOWN: Phrase = {_PT: ": uma redução de {percent}", _EN: ": a decrease of {percent}"}
_USUAL: Phrase = {
    _PT: "A média das {compared} contas anteriores é {usual}.",
    _EN: "The mean of the {compared} bills before is {usual}.",
}
_HIGHEST: Phrase = {
    _PT: "É a mais alta das últimas {number} contas.",
    _EN: "It is the highest of the latest {number} bills.",
}
_TOTAL = _Counted(
    {
        _PT: "Há contas de um mês só: {first}, com {total}.",
        _EN: "There are bills of one month only: {first}, with {total}.",
    },
    {
        _PT: "De {first} a {last} suas contas somam {total}, em {months} meses.",
        _EN: "From {first} to {last} your bills add up to {total}, over {months} months.",
    },
)
_MEAN: Phrase = {
    _PT: "A média por mês é {mean}; o menor mês foi {low_month}, com {low}, e o maior foi "
    "{high_month}, com {high}.",
    _EN: "The mean a month is {mean}; the lowest month was {low_month}, with {low}, and the "
    "highest was {high_month}, with {high}.",
}
_TOO_FEW: Phrase = {
    _PT: "Para uma tendência são precisos {fewest} meses com contas.",
    _EN: "A trend needs {fewest} months with bills.",
}
_RISING: Phrase = {
    _PT: "A tendência é de alta: cerca de {slope} a mais por mês.",
    _EN: "The trend is upward: about {slope} more each month.",
}
_FALLING: Phrase = {
    _PT: "A tendência é de queda: cerca de {slope} a menos por mês.",
    _EN: "The trend is downward: about {slope} less each month.",
}
_FLAT: Phrase = {
    _PT: "Não há uma tendência clara de alta nem de queda.",
    _EN: "There is no clear upward or downward trend.",
}
_PROJECTED: Phrase = {
    _PT: "Para {next_month} a projeção é de {projection}, com 95% de confiança entre {low} e "
    "{high}. É uma estimativa, não uma cobrança.",
    _EN: "For {next_month} the projection is {projection}, with 95% confidence between {low} and "
    "{high}. That is an estimate, not a charge.",
}


def facts(
    depth: Depth, invoices: Sequence[Invoice], today: date, language: Language
) -> tuple[str, ...]:
    """The sentences that answer a question of this depth."""
    return tuple(_OF[depth](invoices, today, language))


def _simple(invoices: Sequence[Invoice], today: date, language: Language) -> Iterator[str]:
    found = balance(invoices, today)
    if not found.bills:
        yield _NOTHING_OWED[language]
        return
    yield _OWED(found.bills)[language].format(owed=money(found.owed, language), bills=found.bills)
    if found.overdue_bills:
        yield _overdue(found, language)
    if found.next_bill:
        yield _NEXT[language].format(
            due_on=day(found.next_bill.due_on, language),
            amount=money(found.next_bill.amount, language),
        )


def _overdue(found: Balance, language: Language) -> str:
    return _OVERDUE(found.overdue_bills)[language].format(
        overdue=money(found.overdue, language),
        bills=found.overdue_bills,
        days=_days(found.days_late, language),
    )


def _traditional(invoices: Sequence[Invoice], today: date, language: Language) -> Iterator[str]:
    found = explained(invoices, today)
    if found is None:
        yield _NO_BILLS[language]
        return
    yield _latest(found, language)
    if found.before is None:
        yield _ONLY_BILL[language]
        return
    yield _change(found, language)
    if found.compared > 1 and found.usual is not None:
        usual = money(found.usual, language)
        yield _USUAL[language].format(compared=found.compared, usual=usual)
        if found.highest:
            yield _HIGHEST[language].format(number=found.compared + 1)


def _latest(found: Explained, language: Language) -> str:
    if found.days_late:
        phrase = _LATEST_LATE
    else:
        phrase = _LATEST if found.bill.status == "open" else _LATEST_PAID
    return phrase[language].format(
        amount=money(found.bill.amount, language),
        due_on=day(found.bill.due_on, language),
        days=_days(found.days_late, language),
    )


def _change(found: Explained, language: Language) -> str:
    if not found.change or found.before is None:
        return _SAME[language]
    phrase, direction = (_MORE, _UP) if found.change > 0 else (_LESS, _DOWN)
    percent = ""
    if found.change_percent:
        percent = direction[language].format(percent=share(abs(found.change_percent), language))
    return phrase[language].format(
        change=money(abs(found.change), language),
        before=money(found.before.amount, language),
        percent=percent,
    )


def _complex(invoices: Sequence[Invoice], today: date, language: Language) -> Iterator[str]:
    found = year(invoices, today)
    if found is None:
        yield _NO_BILLS[language]
        return
    yield _TOTAL(len(found.months))[language].format(
        first=month(found.months[0][0], language),
        last=month(found.months[-1][0], language),
        total=money(found.total, language),
        months=len(found.months),
    )
    if len(found.months) > 1:
        yield _mean(found, language)
    if found.trend is None:
        yield _TOO_FEW[language].format(fewest=FEWEST)
        return
    yield _direction(found.trend, language)
    yield _PROJECTED[language].format(
        next_month=month(found.next_month, language),
        projection=money(found.trend.projection, language),
        low=money(found.trend.low, language),
        high=money(found.trend.high, language),
    )


def _mean(found: Year, language: Language) -> str:
    (low_month, low), (high_month, high) = found.lowest, found.highest
    return _MEAN[language].format(
        mean=money(found.mean, language),
        low_month=month(low_month, language),
        low=money(low, language),
        high_month=month(high_month, language),
        high=money(high, language),
    )


def _direction(found: Trend, language: Language) -> str:
    slope = abs(found.slope).quantize(Decimal("0.01"))
    if not found.clear or not slope:
        return _FLAT[language]
    phrase = _RISING if found.slope > 0 else _FALLING
    return phrase[language].format(slope=money(slope, language))


def _days(number: int, language: Language) -> str:
    return _DAYS(number)[language].format(number=number)


_OF: dict[Depth, Callable[[Sequence[Invoice], date, Language], Iterator[str]]] = {
    Depth.SIMPLE: _simple,
    Depth.TRADITIONAL: _traditional,
    Depth.COMPLEX: _complex,
}
