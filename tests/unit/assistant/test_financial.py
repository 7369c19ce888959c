"""Questions about bills, and the sentences that answer them."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.financial.facts import facts
from assistant.domain.financial.questions import Depth, depth_of
from assistant.domain.guarding import keeps_to
from recado.model import InvoiceStatus, Language
from tests.unit.assistant.test_accounts import TODAY, a_year_of_bills, bill

PT, EN = Language.PORTUGUESE, Language.ENGLISH


@pytest.mark.parametrize(
    ("question", "depth"),
    [
        ("what is my balance", Depth.SIMPLE),
        ("how much do i owe", Depth.SIMPLE),
        ("When is my next bill due?", Depth.SIMPLE),
        ("Quanto eu devo?", Depth.SIMPLE),
        ("qual o vencimento da minha fatura", Depth.SIMPLE),
        ("explain my bill", Depth.TRADITIONAL),
        ("Why is my invoice higher than before?", Depth.TRADITIONAL),
        ("por que minha conta aumentou", Depth.TRADITIONAL),
        ("Me explica a última fatura", Depth.TRADITIONAL),
        ("what is the trend of my bills", Depth.COMPLEX),
        ("how much did i pay in the last twelve months", Depth.COMPLEX),
        ("qual a média das minhas contas no ano", Depth.COMPLEX),
        ("faça uma projeção das próximas faturas", Depth.COMPLEX),
        ("why did i spend more this year", Depth.COMPLEX),
        ("my internet is slow", None),
        ("why is my internet slow", None),
        ("quero a segunda via da fatura", None),
        ("I want to talk to a person", None),
        ("how much is the plan with 500 mega", None),
        ("qual o valor do plano", None),
        ("quero negociar minhas contas em parcelas, quanto fica?", None),
        ("can I talk to a person about why my bill is higher", None),
        ("123456", None),
        ("", None),
    ],
)
def test_the_depth_of_a_question_is_read_from_its_words(question: str, depth: Depth | None) -> None:
    assert depth_of(question) is depth


def test_a_balance_in_both_languages() -> None:
    bills = [
        bill("F-1", "129.90", date(2026, 8, 10), due_on=date(2026, 10, 10)),
        bill("F-2", "1080.00", date(2026, 10, 1), due_on=date(2026, 10, 20)),
    ]
    assert facts(Depth.SIMPLE, bills, TODAY, EN) == (
        "You owe R$1,209.90, on 2 open bills.",
        "Of that, R$129.90 is overdue, by 5 days.",
        "The next due date is October 20, 2026: R$1,080.00.",
    )
    assert facts(Depth.SIMPLE, bills, TODAY, PT) == (
        "Você deve R$\xa01.209,90, em 2 contas em aberto.",
        "Desse valor, R$\xa0129,90 venceu há 5 dias.",
        "O próximo vencimento é em 20/10/2026: R$\xa01.080,00.",
    )
    assert facts(Depth.SIMPLE, [], TODAY, EN) == ("You have no open bills: everything is paid.",)


def test_a_bill_explained_in_both_languages() -> None:
    paid = {"status": InvoiceStatus.PAID}
    bills = [
        bill("F-1", "100.00", date(2026, 8, 1), **paid),
        bill("F-2", "120.00", date(2026, 9, 1), **paid),
        bill("F-3", "150.00", date(2026, 10, 1), due_on=date(2026, 10, 14)),
    ]
    assert facts(Depth.TRADITIONAL, bills, TODAY, EN) == (
        "Your latest bill is R$150.00 and was due on October 14, 2026, 1 day ago.",
        "That is R$30.00 more than the bill before, which was R$120.00: an increase of 25%.",
        "The mean of the 2 bills before is R$110.00.",
        "It is the highest of the latest 3 bills.",
    )
    assert facts(Depth.TRADITIONAL, bills[:1], TODAY, PT) == (
        "Sua última conta foi de R$\xa0100,00 e já está paga.",
        "É a sua primeira conta, então não há com o que comparar.",
    )


def test_a_year_with_its_trend_in_both_languages() -> None:
    total, mean, direction, projected = facts(Depth.COMPLEX, a_year_of_bills(), TODAY, EN)
    assert total == (
        "From November 2025 to October 2026 your bills add up to R$1,332.00, over 12 months."
    )
    assert mean == (
        "The mean a month is R$111.00; the lowest month was November 2025, with R$100.00, and the"
        " highest was October 2026, with R$122.00."
    )
    assert direction == "The trend is upward: about R$2.00 more each month."
    assert projected == (
        "For November 2026 the projection is R$124.00, with 95% confidence between R$124.00 and"
        " R$124.00. That is an estimate, not a charge."
    )
    assert facts(Depth.COMPLEX, [], TODAY, PT) == ("Ainda não há contas em seu nome.",)
    few = facts(Depth.COMPLEX, a_year_of_bills()[:2], TODAY, PT)
    assert few[-1] == "Para uma tendência são precisos 4 meses com contas."


@given(
    st.lists(
        st.tuples(
            st.decimals(0, 99_999, places=2),
            st.dates(date(2025, 1, 1), date(2026, 12, 31)),
            st.sampled_from(InvoiceStatus),
        ),
        max_size=14,
    ),
    st.sampled_from(Depth),
    st.sampled_from(Language),
)
def test_there_is_an_answer_whatever_the_bills_are(
    drawn: list[tuple[Decimal, date, InvoiceStatus]], depth: Depth, language: Language
) -> None:
    bills = [
        bill(f"F-{number}", str(amount), issued, status=status)
        for number, (amount, issued, status) in enumerate(drawn)
    ]
    told = facts(depth, bills, TODAY, language)
    assert told
    assert all(sentence and "{" not in sentence for sentence in told)
    assert keeps_to(" ".join(told), told)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("You owe R$129.90, due on October 20.", True),
        ("That is 129.90 reais.", True),
        ("You owe R$129.91.", False),
        ("You owe about R$130.", False),
        ("There is nothing to say.", True),
        ("Call 0800 123.", False),
    ],
)
def test_a_figure_that_was_not_computed_is_noticed(text: str, *, kept: bool) -> None:
    computed = ("You owe R$129.90.", "The next due date is October 20, 2026.")
    assert keeps_to(text, computed) is kept
