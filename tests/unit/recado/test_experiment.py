"""Who gets which variant: fixed by ids, as the weights say, the hold-out independent of it."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.experiment import BUCKETS, bucket, is_held_out, variant_of

PEOPLE = [f"C-{number}" for number in range(20_000)]
FIVE_SIGMA = 5
WEIGHTS = st.lists(st.integers(1, 100), min_size=2, max_size=4).map(
    lambda weights: dict(zip("ABCD", weights, strict=False))
)


def split(weights: dict[str, int], campaign: str = "cmp_1") -> dict[str, str]:
    return {person: variant_of(weights, campaign, person) for person in PEOPLE[:2_000]}


def assert_share(found: int, of: int, share: float) -> None:
    """`found` is as near to a binomial's mean as five standard deviations."""
    assert abs(found - of * share) <= FIVE_SIGMA * math.sqrt(of * share * (1 - share)) + 1


@pytest.mark.parametrize(
    "weights", [{"A": 1, "B": 1}, {"A": 90, "B": 10}, {"A": 5, "B": 3, "C": 1, "D": 1}]
)
@pytest.mark.parametrize("campaign", ["cmp_1", "cmp_2", "cmp_01J8"])
def test_each_variant_gets_its_share_of_people(weights: dict[str, int], campaign: str) -> None:
    found = Counter(variant_of(weights, campaign, person) for person in PEOPLE)
    for name, weight in weights.items():
        assert_share(found[name], len(PEOPLE), weight / sum(weights.values()))


@given(WEIGHTS, st.text(max_size=70), st.text(max_size=70))
def test_everybody_has_a_variant_and_always_the_same(
    weights: dict[str, int], campaign: str, person: str
) -> None:
    variant = variant_of(weights, campaign, person)
    assert variant in weights
    assert variant == variant_of(dict(weights), campaign, person)


@settings(max_examples=20, deadline=None)
@given(WEIGHTS, st.integers(2, 50))
def test_weights_count_only_in_relation_to_each_other(weights: dict[str, int], times: int) -> None:
    assert split(weights) == split({name: weight * times for name, weight in weights.items()})


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 100), st.integers(0, 100))
def test_a_changed_weight_moves_only_as_many_as_it_must(before: int, after: int) -> None:
    old, new = (split({"A": weight, "B": 100 - weight}) for weight in (before, after))
    moved = [person for person in old if old[person] != new[person]]
    assert all(old[person] == ("A" if after < before else "B") for person in moved)
    assert_share(len(moved), len(old), abs(after - before) / 100)


@settings(max_examples=20, deadline=None)
@given(WEIGHTS, st.sampled_from("ABCD"), st.integers(1, 100))
def test_with_more_variants_the_shifted_borders_are_all_that_moves(
    weights: dict[str, int], name: str, weight: int
) -> None:
    changed = weights | {name: weight} if name in weights else weights
    borders = [abs(a - b) for a, b in zip(_borders(weights), _borders(changed), strict=True)]
    old, new = split(weights), split(changed)
    moved = sum(old[person] != new[person] for person in old)
    assert moved <= len(old) * sum(borders) + FIVE_SIGMA * math.sqrt(len(old)) + 1


def _borders(weights: dict[str, int]) -> list[float]:
    values = list(weights.values())
    return [sum(values[: place + 1]) / sum(values) for place in range(len(values))]


@pytest.mark.parametrize("per_cent", [0, 1, 10, 50])
def test_the_hold_out_is_as_large_as_asked_for(per_cent: int) -> None:
    out = sum(is_held_out(per_cent, "cmp_1", person) for person in PEOPLE)
    assert_share(out, len(PEOPLE), per_cent / 100)


def test_being_held_out_says_nothing_about_the_variant() -> None:
    weights = {"A": 70, "B": 30}
    out = [person for person in PEOPLE if is_held_out(20, "cmp_1", person)]
    inside = Counter(variant_of(weights, "cmp_1", person) for person in out)
    assert_share(inside["A"], len(out), 0.7)


def test_another_campaign_divides_people_anew() -> None:
    weights = {"A": 1, "B": 1}
    one, other = split(weights, "cmp_1"), split(weights, "cmp_2")
    assert_share(sum(one[person] == other[person] for person in one), len(one), 0.5)


def test_a_larger_hold_out_holds_everybody_of_the_smaller_one() -> None:
    small, large = (
        {person for person in PEOPLE if is_held_out(share, "cmp_1", person)} for share in (5, 25)
    )
    assert small < large


def test_the_split_is_fixed_for_good() -> None:
    """Recorded values: a change would divide a campaign under way anew."""
    assert [bucket("variant", "cmp_1", f"C-{n}") for n in range(4)] == [3985, 5498, 2044, 3504]
    assert all(0 <= bucket("hold-out", "cmp_1", person) < BUCKETS for person in PEOPLE[:100])
