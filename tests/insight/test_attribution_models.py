"""Removal effects, Shapley values and their intervals, from counts of paths to credit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, permutations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.insight.attribution.markov import removal_effects, shares
from regulars.insight.attribution.shapley import credit, rates
from regulars.insight.attribution.spread import divided, interval, without_each
from regulars.lifetime.gaps import Floats

Paths = Sequence[tuple[Sequence[int], bool]]
"""The sources of each path, and whether it led to an order."""


def _moves(paths: Paths, sources: int) -> Floats:
    moves = np.zeros((sources + 1, sources + 2))
    for path, led in paths:
        for start, end in pairwise([sources, *path, sources if led else sources + 1]):
            moves[start, end] += 1
    return moves


def _sets(paths: Paths, sources: int) -> tuple[Floats, Floats]:
    seen, led = np.zeros(1 << sources), np.zeros(1 << sources)
    for path, won in paths:
        place = sum(1 << source for source in set(path))
        seen[place] += 1
        led[place] += won
    return seen, led


def test_removal_effects_of_the_published_example_of_three_channels() -> None:
    # Bryl 2016, "Attribution model with R (part 1: Markov chains concept)", analyzecore.com:
    # C1 > C2 > C3 > purchase;  C1 > nothing;  C2 > C3 > nothing.
    # P(purchase) = 1/3; without C1 1/6, without C2 or C3 nothing: effects 0.5, 1, 1, so that the
    # purchase is divided 0.2, 0.4, 0.4.
    chance, effects = removal_effects(_moves([([0, 1, 2], True), ([0], False), ([1, 2], False)], 3))
    assert chance == pytest.approx(1 / 3)
    assert effects == pytest.approx([0.5, 1, 1])
    assert shares(effects) == pytest.approx([0.2, 0.4, 0.4])


def test_removal_effects_of_the_published_example_of_two_channels() -> None:
    # Puzyrov 2019, "Markov Chain Attribution - Simple Explanation Of Removal Effect": Google Ads
    # alone led to 2 conversions and once to none, mailing to 1, Google Ads > mailing to 1.
    # P = 0.8 x (0.5 + 0.25) + 0.2 = 0.8; without Google Ads 0.2, without mailing 0.8 x 0.5 = 0.4:
    # effects 0.75 and 0.5, of the 4 conversions 2.4 and 1.6.
    paths = [([0], True), ([0], True), ([1], True), ([0, 1], True), ([0], False)]
    chance, effects = removal_effects(_moves(paths, 2))
    assert chance == pytest.approx(0.8)
    assert effects == pytest.approx([0.75, 0.5])
    assert 4 * shares(effects) == pytest.approx([2.4, 1.6])


def test_a_source_that_returns_to_itself_is_one_state() -> None:
    # a > a > order; a > nothing. From a: a 1/3, order 1/3, nothing 1/3, so that the chance is
    # (1/3) / (1 - 1/3) = 1/2, and without a nothing is left.
    chance, effects = removal_effects(_moves([([0, 0], True), ([0], False)], 1))
    assert chance == pytest.approx(0.5)
    assert effects == pytest.approx([1])


def test_where_no_path_led_to_an_order_nothing_has_an_effect() -> None:
    chance, effects = removal_effects(_moves([([0, 1], False)], 2))
    assert chance == 0
    assert effects.tolist() == [0, 0]
    assert shares(effects).tolist() == [0, 0]


def test_shapley_values_of_the_glove_game() -> None:
    # The textbook game: a and b have a left glove each, c a right one; a pair is worth 1.
    # Of the 6 orders in which they can come, a completes the pair in 1 (c a b), b in 1, c in 4.
    value = np.array([0.0, 0, 0, 0, 0, 1, 1, 1])
    assert credit(value, np.eye(8)[7]) == pytest.approx([1 / 6, 1 / 6, 4 / 6])


def test_credit_by_shapley_values_worked_out_by_hand() -> None:
    # a alone: 2 of 100 paths; b alone: 4 of 100; c alone: 0 of 100; a and b: 8 of 100; with c
    # added to a, or to a and b, as much as without it (2 of 100, 4 of 50).
    # a: (0.02 + (0.08 - 0.04)) / 2 = 0.03 of 0.08, b: (0.04 + 0.06) / 2 = 0.05 of 0.08, c: nothing.
    # Orders: a alone 2 and a with c 2 go to a; b alone 4 to b; 8 + 4 with a and b: 4.5 and 7.5.
    seen = np.array([0, 100, 100, 100, 100, 100, 0, 50])
    led = np.array([0, 2, 4, 8, 0, 2, 0, 4])
    value = rates(seen, led, prior=0)
    assert value == pytest.approx([0, 0.02, 0.04, 0.08, 0, 0.02, 0.04, 0.08])
    assert credit(value, led) == pytest.approx([2 + 2 + 4.5, 4 + 7.5, 0])


def test_what_few_paths_tell_beyond_their_parts_is_drawn_towards_nothing() -> None:
    # Overall 40 of 1,000 lead to an order, so 5 orders are expected of 125 paths: a (500 paths, 20
    # orders) is worth 0.04 x 500 / 625 = 0.032; b too (499 paths, 19 orders) little less. Of both
    # together there is one path, with an order: 1 of 1, believed by 1 / 126 beyond the 0.032.
    value = rates([0, 500, 499, 1], [0, 20, 19, 1])
    assert value[1] == pytest.approx(0.032)
    assert value[3] == pytest.approx(0.032 + (1 - 0.032) / 126)


def test_a_set_never_seen_is_worth_as_much_as_the_best_of_its_parts() -> None:
    value = rates([0, 100, 100, 0], [0, 2, 4, 0], prior=0)
    assert value[3] == pytest.approx(0.04)


PATHS = st.lists(
    st.tuples(st.lists(st.integers(0, 3), min_size=1, max_size=5), st.booleans()),
    min_size=1,
    max_size=30,
)


def _without_source(chances: Floats, source: int | None) -> float:
    """The chance of an order from the start with no step to the source, walked step by step."""
    sources = len(chances) - 1
    stays = np.arange(sources) != source
    at, won = chances[sources, :sources] * stays, 0.0
    for _ in range(2_000):
        won += at @ chances[:sources, sources]
        at = at @ chances[:sources, :sources] * stays
    return float(won)


@settings(max_examples=50, deadline=None)
@given(PATHS)
def test_effects_are_those_of_walking_the_chain_without_the_source(paths: Paths) -> None:
    moves = _moves(paths, 4)
    chances = moves / np.maximum(moves.sum(axis=1, keepdims=True), 1)
    chance, effects = removal_effects(moves)
    assert chance == pytest.approx(_without_source(chances, None), abs=1e-9)
    for source in range(4):
        left = _without_source(chances, source)
        assert effects[source] == pytest.approx(1 - left / chance if chance else 0, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(PATHS, st.permutations(range(4)))
def test_sources_named_otherwise_are_credited_alike(paths: Paths, names: list[int]) -> None:
    renamed = [([names[source] for source in path], led) for path, led in paths]
    effects, others = removal_effects(_moves(paths, 4))[1], removal_effects(_moves(renamed, 4))[1]
    assert others[names] == pytest.approx(effects)
    seen, led = _sets(paths, 4)
    seen_2, led_2 = _sets(renamed, 4)
    one, other = credit(rates(seen, led), led), credit(rates(seen_2, led_2), led_2)
    assert other[names] == pytest.approx(one, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(PATHS)
def test_a_source_on_no_path_to_an_order_has_no_removal_effect(paths: Paths) -> None:
    lost = [*paths, ([4], False), ([0, 4], False)]
    assert removal_effects(_moves(lost, 5))[1][4] == 0


@settings(max_examples=100, deadline=None)
@given(PATHS, st.sampled_from([0.0, 5.0]))
def test_shapley_credit_adds_up_to_the_orders_and_is_never_below_nothing(
    paths: Paths, prior: float
) -> None:
    seen, led = _sets(paths, 4)
    found = credit(rates(seen, led, prior), led)
    assert found.sum() == pytest.approx(led.sum())
    assert found.min() > -1e-9


@settings(max_examples=50, deadline=None)
@given(PATHS)
def test_a_source_that_adds_nothing_to_any_set_is_credited_with_nothing(paths: Paths) -> None:
    # Source 4 is seen beside every set, with as many orders of as many paths, and alone with none.
    doubled = [*paths, *(([*path, 4], led) for path, led in paths), ([4], False)]
    seen, led = _sets(doubled, 5)
    assert credit(rates(seen, led, prior=0), led)[4] == pytest.approx(0, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(PATHS)
def test_shapley_values_are_means_over_all_orders_of_arrival(paths: Paths) -> None:
    seen, led = _sets(paths, 4)
    value = rates(seen, led)
    due = np.zeros(4)
    for place in np.flatnonzero(led):
        players = [source for source in range(4) if place >> source & 1]
        for arrival in permutations(players):
            there = 0
            for source in arrival:
                more = value[there | 1 << source] - value[there]
                due[source] += led[place] * more / value[place] / factorial(len(players))
                there |= 1 << source
    assert credit(value, led) == pytest.approx(due, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=14))
def test_amounts_are_divided_without_a_rest(amounts: list[float]) -> None:
    total = round(sum(amounts))
    found = divided(total, np.array(amounts))
    assert sum(found) == total
    assert all(abs(one - due) <= 2 for one, due in zip(found, amounts, strict=True))


def test_the_interval_holds_the_true_share_nineteen_times_in_twenty() -> None:
    # A chain of three sources whose true removal effects are known; 400 shops of 1,500 paths each
    # are drawn from it, and every shop tells an interval of each share.
    truth = np.array(
        [
            [0.0, 0.3, 0.1, 0.1, 0.5],
            [0.2, 0.1, 0.2, 0.2, 0.3],
            [0.1, 0.1, 0.0, 0.3, 0.5],
            [0.5, 0.3, 0.2, 0.0, 0.0],
        ]
    )
    due = shares(removal_effects(truth)[1])
    random = np.random.default_rng(7)
    held = np.zeros(3)
    shops = 400
    for _ in range(shops):
        low, high = interval(shares(removal_effects(without_each(_drawn(truth, 1_500, random)))[1]))
        held += (low <= due) & (due <= high)
    # Binomial: 380 of 400 with a standard error of 4.4.
    assert held.min() >= 365
    assert held.max() <= 395


def _drawn(truth: Floats, paths: int, random: np.random.Generator) -> np.ndarray:
    """Moves of paths of the chain, by group."""
    moves = np.zeros((40, 4, 5), np.int64)
    at, group = np.full(paths, 3), random.integers(0, 40, paths)
    while len(at):
        to = (random.random(len(at))[:, None] > truth[at].cumsum(axis=1)).sum(axis=1)
        np.add.at(moves, (group, at, to), 1)
        on = to < 3
        at, group = to[on], group[on]
    return moves
