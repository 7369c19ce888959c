"""How the bot's answers beside a campaign are judged."""

import pytest
from loadtests.chat import SAY, YARDSTICK, Row, too_slow


def phase(name: str, **p95: float) -> dict[str, Row]:
    return {
        route: Row("here", name, route, 10, 100, 0, value / 2, value)
        for route, value in p95.items()
    }


@pytest.mark.parametrize(
    ("say", "health", "complaints"),
    [
        (120, 10, 0),
        (121, 10, 1),
        (121, 20, 0),
        (241, 20, 1),
        (121, 5, 1),
    ],
)
def test_what_health_takes_longer_is_not_the_campaigns_doing_and_all_else_is(
    say: float, health: float, complaints: int
) -> None:
    alone = phase("alone", say=100, health=10)
    assert len(too_slow(alone, phase("beside", say=say, health=health))) == complaints


def test_both_ratios_are_told_with_what_is_left_of_them() -> None:
    alone = phase("alone", say=100, health=10)
    (problem,) = too_slow(alone, phase("beside", say=300, health=20))
    assert "3.00 times" in problem
    assert "health 2.00" in problem
    assert "1.50 without" in problem


@pytest.mark.parametrize("route", [SAY, YARDSTICK])
def test_what_was_not_measured_is_no_success(route: str) -> None:
    whole = phase("alone", say=100, health=10)
    part = {name: row for name, row in whole.items() if name != route}
    assert too_slow(whole, part) == [f"nothing was measured of {route}: more SECONDS or USERS"]
