"""The repurchase cycle of a shop and of its customers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from regulars.errors import CannotTell
from regulars.lifetime.cycle import (
    SOURCES,
    CycleFit,
    GapLaw,
    chance_of_return,
    gap_laws,
    percentiles,
    used_percentiles,
)
from regulars.lifetime.cycle_fit import MIN_CLOSED, MIN_FOLLOW_UP, fit_cycle
from regulars.lifetime.gaps import GapHistory, gap_history

UNTIL = 600


def shop(
    n: int,
    *,
    never: float | NDArray[np.float64] = 0.3,
    between: float = 0.6,
    within: float | NDArray[np.float64] = 0.5,
    median: float | NDArray[np.float64] = 40.0,
    seed: int = 11,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Customers who begin on any day, each with a rhythm of its own; purchases until `UNTIL`."""
    rng = np.random.default_rng(seed)
    day = rng.integers(0, UNTIL, n)
    mean = np.log(median) + rng.normal(0, between, n)
    alive, rhythm = np.arange(n), np.broadcast_to(within, n)
    leaves = np.broadcast_to(never, n)
    who, when = [alive], [day]
    while len(alive):
        gap = np.maximum(1, np.rint(np.exp(rng.normal(mean[alive], rhythm[alive])))).astype(
            np.int64
        )
        day = day + gap
        stays = (rng.random(len(alive)) > leaves[alive]) & (day <= UNTIL)
        alive, day = alive[stays], day[stays]
        who.append(alive)
        when.append(day)
    customer, at = np.concatenate(who), np.concatenate(when)
    order = np.lexsort((at, customer))
    return customer[order], at[order]


@pytest.fixture(scope="module")
def history() -> GapHistory:
    return gap_history(*shop(20_000))


@pytest.fixture(scope="module")
def fit(history: GapHistory) -> CycleFit:
    return fit_cycle(history, UNTIL)


def test_the_first_gap_of_the_shop_is_found_again(fit: CycleFit) -> None:
    first = fit.laws[0]
    assert fit.converged
    assert first.never_returns == pytest.approx(0.3, abs=0.02)
    assert np.exp(first.location) == pytest.approx(40, rel=0.05)
    assert first.spread == pytest.approx(np.hypot(0.6, 0.5), abs=0.03)


def test_the_weight_of_own_gaps_follows_the_variance_components(fit: CycleFit) -> None:
    assert fit.credibility == pytest.approx(0.5**2 / 0.6**2, rel=0.15)
    assert fit.later.spread == pytest.approx(0.5, abs=0.03)
    assert fit.second.shift == pytest.approx(0, abs=0.05)
    assert fit.spread_prior[0] == pytest.approx(0.25, abs=0.02)


def test_never_returning_is_the_same_after_every_rank_when_it_was_put_in_so(
    fit: CycleFit,
) -> None:
    logit = np.log(0.3 / 0.7)
    assert fit.second.cure[0] == pytest.approx(logit, abs=0.2)
    assert fit.later.cure[0] == pytest.approx(logit, abs=0.2)


def test_the_law_names_its_source_by_the_closed_gaps_behind_it(
    history: GapHistory, fit: CycleFit
) -> None:
    law = gap_laws(fit, history)
    named = {
        rank: {str(SOURCES[code]) for code in law.source[history.rank == rank]}
        for rank in (1, 2, 3, 4)
    }
    assert named == {1: {"shop"}, 2: {"shrunk"}, 3: {"shrunk"}, 4: {"own"}}


def test_a_customer_between_its_own_rhythm_and_the_shops(fit: CycleFit) -> None:
    every_ten = gap_history(np.zeros(12, int), np.arange(12) * 10)
    median = np.exp(gap_laws(fit, every_ten).location)
    assert median[0] == pytest.approx(40, rel=0.05)
    assert np.all(np.diff(median) < 0)
    assert median[-1] == pytest.approx(10, rel=0.12)


def test_a_regular_customer_is_at_risk_sooner_than_an_erratic_one(fit: CycleFit) -> None:
    """Where the shop's customers differ in this; where they do not, one's own spread is chance."""
    n = 4_000
    unlike = np.where(np.arange(n) % 2, 0.15, 0.9)
    mixed = fit_cycle(gap_history(*shop(n, never=0.1, within=unlike)), UNTIL)
    days = np.cumsum([[0] + [30] * 9, [0, 8, 110, 8, 110, 8, 110, 8, 110, 30]], axis=1)
    rows = gap_history(np.repeat([0, 1], 10), days.ravel())
    last = rows.rows(rows.last_rows())
    even, uneven = gap_laws(mixed, last).spread
    assert even < 0.7 * uneven
    assert np.isinf(fit.spread_prior[1])
    alike = gap_laws(fit, last).spread
    assert alike[0] == pytest.approx(alike[1])


def test_percentiles_hold_for_the_gaps_that_followed(history: GapHistory) -> None:
    """Judged on later gaps of customers who did return, as if nothing were known after day 300."""
    earlier = fit_cycle(history, 300)
    later = history.rows((history.day > 300) & (history.day <= 400) & history.is_closed())
    days = percentiles(gap_laws(earlier, later), 10_000)
    beyond = (later.days(UNTIL)[:, None] > days).mean(axis=0)
    # Gaps that end beyond day 600 are missing: a little fewer than .50, .20, .05.
    assert beyond == pytest.approx([0.50, 0.20, 0.05], abs=0.04)


def test_the_chance_is_that_which_came_true(history: GapHistory) -> None:
    earlier = fit_cycle(history, 300)
    then = history.until(300)
    last = then.rows(then.last_rows())
    chance = chance_of_return(gap_laws(earlier, last), 300 - last.day, 90)
    all_rows = history.rows(history.day <= 300)
    returned = all_rows.rows(all_rows.last_rows()).next_day <= 390
    for rank in (1, 2, 3, 4):
        mine = last.rank == rank
        assert chance[mine].mean() == pytest.approx(returned[mine].mean(), abs=0.03), rank


def test_one_time_buyers_are_not_certain_to_return(history: GapHistory, fit: CycleFit) -> None:
    once = history.rows(history.rank == 1)
    law = gap_laws(fit, once)
    fresh, silent = (chance_of_return(law, r, 365)[0] for r in (0, 300))
    assert fresh == pytest.approx(0.7, abs=0.03)
    assert silent < 0.05


def test_a_category_with_another_rhythm_is_told_apart_and_a_thin_one_is_not() -> None:
    n = 6_000
    category_of = np.append(np.arange(n - 20) % 3, np.full(20, 3))
    median = np.array([20.0, 40.0, 80.0, 40.0])[category_of]
    who, when = shop(n, median=median)
    history = gap_history(who, when, category_of[who])
    fit = fit_cycle(history, UNTIL)
    assert np.exp(fit.category_location[:3]) == pytest.approx([20, 40, 80], rel=0.12)
    assert np.isnan(fit.category_location[3])
    first = history.rows((history.rank == 1) & (history.day < 9))
    source = gap_laws(fit, first).source
    names = {str(SOURCES[code]) for code in source[first.category < 3]}
    assert names == {"category"}
    thin = history.rows((history.rank == 1) & (history.category == 3))
    assert {str(SOURCES[code]) for code in gap_laws(fit, thin).source} == {"shop"}


def test_a_category_after_which_few_return_gives_its_buyers_a_smaller_chance() -> None:
    n = 4_000
    category_of = np.arange(n) % 2
    who, when = shop(n, never=np.array([0.2, 0.8])[category_of])
    history = gap_history(who, when, category_of[who])
    fit = fit_cycle(history, UNTIL)
    once = gap_history([0, 1], [0, 0], [0, 1])
    assert gap_laws(fit, once).never_returns == pytest.approx([0.2, 0.8], abs=0.04)


def test_categories_that_do_not_differ_are_drawn_to_the_shop() -> None:
    """What 30 categories of 70 customers each show of difference is chance alone."""
    who, when = shop(2_100)
    fit = fit_cycle(gap_history(who, when, who % 30), UNTIL)
    known = np.isfinite(fit.category_location)
    assert known.sum() > 20
    assert np.std(fit.category_location[known]) < 0.05
    assert np.exp(np.median(fit.category_location[known])) == pytest.approx(
        np.exp(fit.laws[0].location), rel=0.05
    )


def test_later_data_change_nothing_as_of_a_day(history: GapHistory) -> None:
    who, when = shop(3_000)
    kept = when <= 350
    cut = fit_cycle(gap_history(who[kept], when[kept]), 350)
    whole = fit_cycle(gap_history(who, when), 350)
    assert cut.laws == whole.laws
    assert cut.later == whole.later
    assert cut.credibility == whole.credibility


def test_too_few_gaps_or_days_are_named_and_give_no_number() -> None:
    who, when = np.repeat(np.arange(MIN_CLOSED - 1), 2), np.tile([0, 30], MIN_CLOSED - 1)
    with pytest.raises(CannotTell, match=rf"from {MIN_CLOSED - 1} repeat purchases over 200 days"):
        fit_cycle(gap_history(who, when), 200)
    who, when = np.repeat(np.arange(500), 2), np.tile([0, 30], 500)
    with pytest.raises(CannotTell, match=f"over {MIN_FOLLOW_UP - 1} days"):
        fit_cycle(gap_history(who, when), MIN_FOLLOW_UP - 1)
    with pytest.raises(CannotTell):
        fit_cycle(gap_history([], []), 200)


def test_a_rank_that_is_thin_says_so() -> None:
    """200 customers who buy twice and never a third time."""
    rng = np.random.default_rng(2)
    who = np.repeat(np.arange(200), 2)
    when = np.column_stack([np.zeros(200), rng.integers(20, 60, 200)]).ravel().astype(int)
    fit = fit_cycle(gap_history(who, when), 300)
    assert [law.pooled for law in fit.laws] == [False, True, True]
    assert fit.second.pooled
    assert fit.later.pooled


def test_a_percentile_beyond_the_data_is_not_reached() -> None:
    law = GapLaw(np.array([np.log(100.0)]), np.ones(1), *(np.zeros(1),) * 2, np.zeros(1, np.int8))
    days = percentiles(law, follow_up=300)
    assert days[0, 0] == pytest.approx(100)
    assert days[0, 1] == pytest.approx(100 * np.exp(0.8416), rel=1e-4)
    assert np.isnan(days[0, 2])


def test_breaks_in_the_rhythm_widen_the_tail_and_leave_the_median() -> None:
    month, one, none = np.log(np.full(3, 30.0)), np.ones(3), np.zeros(3)
    share = np.array([0.0, 0.05, 0.2])
    days = percentiles(GapLaw(month, one, share, none, none.astype(np.int8)), 10_000)
    assert days[:, 0] == pytest.approx([30, 30, 30])
    assert np.all(np.diff(days[:, 2]) > 0)
    z = np.log(days / 30)
    reached = (1 - share[:, None]) * norm.cdf(z) + share[:, None] * norm.cdf(z / 3)
    assert reached == pytest.approx(np.array([[0.5, 0.8, 0.95]] * 3))


def test_breaks_are_allowed_for_from_the_third_purchase_on(fit: CycleFit) -> None:
    with_breaks = replace(fit, later=replace(fit.later, breaks=0.1))
    law = gap_laws(with_breaks, gap_history(np.zeros(4, int), [0, 20, 50, 70]))
    assert law.breaks.tolist() == [0, 0, 0.1, 0.1]


def test_a_regular_on_a_long_break_is_not_given_up() -> None:
    """Weekly purchases, one in two hundred never followed by another, 90 days of silence."""
    week, half, rare = np.log(np.full(2, 7.0)), np.full(2, 0.5), np.full(2, 0.005)
    law = GapLaw(week, half, np.array([0.0, 0.03]), rare, np.zeros(2, np.int8))
    without, with_breaks = chance_of_return(law, 90, 365)
    assert without < 0.01
    assert with_breaks > 0.15


def test_the_fallback_takes_the_place_of_what_is_not_reached_and_order_is_kept() -> None:
    nan = np.nan
    raw = np.array([[10, 20, 30], [10, 20, nan], [70, 200, nan], [nan, nan, nan]], float)
    days, fallback = used_percentiles(raw, (60, 90, 180))
    assert days.tolist() == [[10, 20, 30], [10, 20, 180], [70, 200, 400], [60, 90, 180]]
    assert fallback.tolist() == [
        [False] * 3,
        [False, False, True],
        [False, False, True],
        [True] * 3,
    ]
