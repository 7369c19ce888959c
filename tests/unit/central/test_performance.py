"""Counters as staff see them, and as a table."""

import csv
import io
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from central.domain.performance import performance
from central.domain.tables import as_csv, safe
from recado.figures.names import Service
from recado.model import Frozen


def test_rates_are_of_what_ses_accepted_and_a_complaint_was_delivered() -> None:
    mail = performance(
        {Service.MAIL: {"sent": 10, "delivered": 80, "bounced": 9, "complained": 1, "failed": 5}}
    ).mail
    assert (mail.accepted, mail.delivered, mail.failed) == (100, 81, 5)
    assert (mail.delivery_rate, mail.bounce_rate, mail.complaint_rate) == (0.81, 0.09, 0.01)
    assert mail.open_rate == 0


def test_nothing_is_no_share_of_nothing() -> None:
    nothing = performance({})
    assert nothing.mail.delivery_rate is None
    assert nothing.chat.containment is None
    assert nothing.desk.in_time is None
    assert nothing.offers.uplift is None
    assert nothing.cost.estimated_total == 0


def test_means_are_in_seconds_and_parts_are_told_apart() -> None:
    shown = performance(
        {
            Service.CHAT: {
                "chats": 4,
                "contained": 3,
                "handovers": 1,
                "first_answers": 2,
                "first_answer_ms": 3_000,
                "intent#speed#chats": 1,
                "intent#invoice_copy#chats": 3,
            },
            Service.DESK: {
                "ended": 2,
                "closed": 1,
                "waits": 2,
                "wait_ms": 90_000,
                "in_time": 1,
                "server#north#ended": 2,
                "server#north#waits": 2,
                "server#north#in_time": 1,
            },
        }
    )
    assert (shown.chat.containment, shown.chat.first_answer_seconds) == (0.75, 1.5)
    assert list(shown.chat.intents.items()) == [("invoice_copy", 3), ("speed", 1)]
    assert (shown.desk.wait_seconds, shown.desk.in_time) == (45.0, 0.5)
    assert (shown.desk.servers["north"].ended, shown.desk.servers["north"].in_time) == (2, 0.5)


def test_a_stage_of_turns_has_a_mean_and_its_failures() -> None:
    figures = {
        "turns": 4,
        "by_voice": 3,
        "answered": 3,
        "first_audios": 2,
        "first_audio_ms": 1_500,
        "stage#stt#turns": 3,
        "stage#stt#ms": 1_200,
        "stage#tts#turns": 4,
        "stage#tts#failed": 1,
        "depth#simple#turns": 2,
    }
    found = performance({Service.ASSISTANT: figures}).assistant
    assert (found.turns, found.by_voice, found.answered) == (4, 3, 0.75)
    assert found.first_audio_seconds == 0.75
    assert found.stages["stt"].seconds == 0.4
    assert found.stages["tts"].failed == 1
    assert found.depths == {"simple": 2}


def test_uplift_is_what_the_offered_did_beyond_the_held_out() -> None:
    figures = {
        "settled_offered": 100,
        "converted_offered": 12,
        "settled_held_out": 50,
        "converted_held_out": 2,
    }
    offers = performance({Service.OFFERS: figures}).offers
    assert (offers.conversion, offers.conversion_held_out, offers.uplift) == (0.12, 0.04, 0.08)


def test_a_million_mails_cost_what_the_bench_measured_and_what_ses_asks() -> None:
    cost = performance({Service.MAIL: {"delivered": 1_000_000}}).cost
    assert Decimal("100.5") < cost.estimated_total < Decimal("101")
    assert cost.an_email == 0.000101


class _Line(Frozen):
    day: date
    amount: Decimal
    share: float | None
    intents: dict[str, int]


def test_a_table_keeps_numbers_and_gives_parts_columns_of_their_own() -> None:
    lines = [
        _Line(day=date(2026, 10, 1), amount=Decimal("-1.50"), share=-0.1, intents={"=cmd()": 2}),
        _Line(day=date(2026, 10, 2), amount=Decimal(3), share=None, intents={"speed": 1}),
    ]
    text = as_csv(lines)
    assert text.startswith("\ufeffday,")
    header, first, second = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert header == ["day", "amount", "share", "intents.=cmd()", "intents.speed"]
    assert first == ["2026-10-01", "-1.50", "-0.1", "2", ""]
    assert second == ["2026-10-02", "3", "", "", "1"]


@given(text=st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    cell = str(safe(text))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert cell.removeprefix("'") == text.removeprefix("'")
