"""Figures and rejected rows, as people read them."""

import io
from typing import Any

from rich.console import Console, RenderableType

from operations import reporting
from operations.console import THEME


def _printed(what: RenderableType) -> str:
    console = Console(theme=THEME, width=100, file=io.StringIO(), record=True)
    console.print(what)
    return console.export_text()


def test_money_is_written_as_in_brazil() -> None:
    assert reporting.money("1234567.5") == "R$ 1.234.567,50"
    assert reporting.money(0) == "R$ 0,00"


def test_a_months_report_shows_its_figures_ages_and_campaigns() -> None:
    bills = {"invoices": 3, "amount": "300.00"}
    report: dict[str, Any] = {
        "as_of": "2026-03-10",
        "customers": 2000,
        "new_customers": 12,
        "billed": bills,
        "received": bills,
        "overdue": bills | {"aging": {"1-30": bills}},
        "campaigns": [
            {
                "id": "cmp_1",
                "name": "Faturas",
                "status": "completed",
                "progress": {"total": 7, "counts": {"delivered": 6, "bounced": 1, "failed": 0}},
            }
        ],
    }
    text = _printed(reporting.month(report))
    for part in ("2,000", "12 new", "R$ 300,00", "1-30", "Faturas", "6 delivered", "1 bounced"):
        assert part in text
    assert "failed" not in text


def test_rejected_rows_are_shown_with_line_and_reason_and_counted_beyond_ten() -> None:
    errors = [{"line": n, "id": f"C{n}", "reason": "not a CPF"} for n in range(2, 32)]
    state = {
        "status": "done",
        "filename": "customers.csv",
        "rows": 100,
        "accepted": 58,
        "unchanged": 0,
        "rejected": 42,
        "errors": errors,
        "errors_url": "http://files.test/rejected.ndjson",
    }
    text = _printed(reporting.imported(state))
    assert "58 accepted" in text
    assert "C11" in text
    assert "C12" not in text
    assert "and 32 more; all of them: http://files.test/rejected.ndjson" in text


def test_a_refused_file_says_why() -> None:
    state = {"status": "refused", "filename": "x.csv", "reason": "it is not UTF-8"}
    assert "x.csv was refused: it is not UTF-8" in _printed(reporting.imported(state))


def test_a_second_person_sees_what_they_agree_to() -> None:
    campaign = {
        "name": "Oferta",
        "lane": "marketing",
        "template_id": "oferta",
        "audience": {"segment": "all", "plan": None, "city": "Recife", "min_days_overdue": 1},
        "starts_at": None,
        "approval": {"template_version": 3, "recipients": 10_001, "asked_by": "ana"},
    }
    said = _printed(reporting.to_approve(campaign))
    for part in ("Oferta (marketing)", "city=Recife", "at least 10,001", "version 3", "ana"):
        assert part in said
