"""A campaign's standing and speed, as the bars show them."""

import io
from typing import Any

import httpx
import pytest
from rich.console import Console

from operations import watching
from operations.client import Api
from operations.console import THEME
from operations.errors import Trouble
from operations.watching import Speed, Standing

CAMPAIGN = {"id": "cmp_1", "name": "Faturas", "lane": "billing"}


def _standing(**counts: int) -> Standing:
    total = sum(counts.values())
    progress = {"total": total, "plan_done": True, "counts": counts}
    return Standing.of(CAMPAIGN | {"status": "running", "progress": progress})


def test_a_draft_without_progress_stands_at_zero() -> None:
    standing = Standing.of(CAMPAIGN | {"status": "draft", "progress": None})
    assert (standing.total, standing.plan_done, standing.counts) == (0, False, {})


def test_everything_ses_took_counts_as_accepted() -> None:
    standing = _standing(pending=4, sent=3, delivered=2, bounced=1, complained=1)
    assert standing.sum(*watching.ACCEPTED) == 7
    assert standing.adds_up


def test_a_recipient_in_no_state_does_not_add_up() -> None:
    progress = {"total": 5, "plan_done": True, "counts": {"sent": 4}}
    assert not Standing.of(CAMPAIGN | {"status": "running", "progress": progress}).adds_up


def test_speed_is_that_of_the_last_seconds_and_the_mean_leaves_waiting_out() -> None:
    speed = Speed()
    assert speed.mean == 0
    assert speed.after(0.0, 0) == 0
    assert speed.after(6.0, 0) == 0
    assert speed.after(8.0, 400) == pytest.approx(200)
    assert speed.after(20.0, 400) == 0
    assert speed.mean == pytest.approx(200)


def test_the_picture_names_the_campaign_its_numbers_and_its_reason() -> None:
    standing = Standing("Faturas", "billing", "paused", 9, False, {"sent": 8}, "5 % bounced")
    console = Console(theme=THEME, width=100, record=True, file=io.StringIO())

    console.print(watching.picture(standing, 120, 65))
    text = console.export_text()
    for part in ("Faturas", "paused", "5 % bounced", "01:05", "9 …", "120/s"):
        assert part in text


def test_following_ends_when_the_campaign_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_POLL_S", 0)
    states = iter(["launched", "running", "running", "partial", "never asked"])

    def respond(request: httpx.Request) -> httpx.Response:
        answer: dict[str, Any] = CAMPAIGN | {"status": next(states), "progress": None}
        return httpx.Response(200, json=answer)

    http = httpx.Client(base_url="http://api.test", transport=httpx.MockTransport(respond))
    seen = [standing.status for standing in watching.follow(Api(http), "cmp_1")]
    assert seen == ["launched", "running", "running", "partial"]


def test_a_campaign_that_does_not_move_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_POLL_S", 0)
    progress = {"total": 9, "counts": {"pending": 9}, "reason": "5 % bounced"}
    answer = httpx.Response(200, json=CAMPAIGN | {"status": "paused", "progress": progress})
    transport = httpx.MockTransport(lambda _: answer)
    http = httpx.Client(base_url="http://api.test", transport=transport)
    with pytest.raises(Trouble, match=r"is paused \(5 % bounced\) and has not moved"):
        list(watching.follow(Api(http), "cmp_1", patience_s=0))
