"""The news that a campaign is over reaches the bus, whatever happens on the way."""

from collections.abc import Callable

import pytest

from campaigns.store import CampaignStore
from recado.bus import Bus
from recado.contracts import CampaignCompleted, Control, Event
from recado.errors import Retryable
from recado.ledger.progress import Status

from .conftest import Operator, person
from .trouble import Killed, forget_statuses

PEOPLE: list[object] = [person(number) for number in range(60)]
News = list[CampaignCompleted]


@pytest.fixture
def news(monkeypatch: pytest.MonkeyPatch) -> News:
    """What was published about ends."""
    heard: News = []
    monkeypatch.setattr(Bus, "publish", lambda _, event: heard.append(event))
    return heard


def end_with(operator: Operator, monkeypatch: pytest.MonkeyPatch, failing: object) -> None:
    """The campaign ends while publishing does not work."""
    operator.launch(PEOPLE)
    with monkeypatch.context() as broken:
        broken.setattr(Bus, "publish", failing)
        operator.pump.run("billing")
        messages = operator.pump.take("plan")
        try:
            operator.pump.deliver("plan", messages)
        except Killed:
            return


def die(*arguments: object) -> None:
    raise Killed


def refuse(bus: Bus, event: Event) -> None:
    raise Retryable("EventBridge refused it")


@pytest.mark.parametrize("failing", [die, refuse])
def test_an_end_that_could_not_be_published_is_published_by_the_schedule(
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
    news: News,
    failing: Callable[..., None],
) -> None:
    end_with(operator, monkeypatch, failing)
    assert operator.progress.status is Status.COMPLETED
    assert news == []
    operator.minute()
    operator.minute()
    (told,) = news
    assert (told.outcome, told.totals["sent"], told.totals["total"]) == ("completed", 60, 60)
    assert told.ended_at == operator.progress.ended_at


def test_an_end_that_was_published_but_not_noted_is_published_again_under_the_same_name(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, news: News
) -> None:
    operator.launch(PEOPLE)
    operator.pump.run("billing")
    with monkeypatch.context() as dying:
        dying.setattr(CampaignStore, "note_announced", die)
        with pytest.raises(Killed):
            operator.pump.run("plan")
    operator.minute()
    operator.minute()
    assert [(told.campaign_id, told.ended_at) for told in news] == [
        (news[0].campaign_id, news[0].ended_at)
    ] * 2


def test_a_campaign_that_was_retried_ends_once_more_under_another_name(
    operator: Operator, news: News
) -> None:
    operator.launch([*PEOPLE, person(60, email="nobody")])
    operator.pump.run()
    operator.order(Control.RETRY_FAILED)
    operator.pump.run()
    operator.minute()
    assert [told.outcome for told in news] == ["partial", "partial"]
    assert news[0].ended_at < news[1].ended_at


def test_a_cancelled_campaign_is_announced_when_nobody_is_open_any_more(
    operator: Operator, news: News
) -> None:
    operator.launch([person(number) for number in range(400)])
    operator.pump.step("billing")
    operator.order(Control.CANCEL)
    forget_statuses()
    operator.pump.run()
    operator.minute()
    operator.minute()
    (told,) = news
    assert told.outcome == "cancelled"
    assert told.totals["sent"] + told.totals["cancelled"] == 400 == told.totals["total"]
