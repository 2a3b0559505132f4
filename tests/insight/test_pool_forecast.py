"""The pool ahead: a chain worked out by hand, and intervals held against what came."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.errors import CannotTell
from regulars.insight.pool import chain
from regulars.insight.pool.draw import look_ahead, needed
from regulars.insight.pool.spells import AGES, STAGES, STATES, Flows

FIRST, LOST = STAGES.index("first_order") * AGES, STAGES.index("lost") * AGES


def made(
    months: int, newcomers: np.ndarray, leave: np.ndarray, seed: int | None = None, start: int = 0
) -> Flows:
    """A shop of two stages: newcomers make a first order, and each month a share of them is lost.

    Ages are told as spells tell them. With a seed customers leave by chance, else to the last one.
    """
    draw = None if seed is None else np.random.default_rng(seed)
    stock = np.zeros((months, STATES), np.int64)
    moves = np.zeros((months - 1, STATES, STATES), np.int64)
    came = np.zeros((months, len(STAGES)), np.int64)
    came[:, 0] = newcomers
    stock[0, FIRST] = came[0, 0] = start or newcomers[0]
    for month in range(1, months):
        for age in range(AGES):
            here = int(stock[month - 1, FIRST + age])
            share = float(leave[month])
            gone = round(here * share) if draw is None else int(draw.binomial(here, share))
            older = min(age + 1, AGES - 1)
            moves[month - 1, FIRST + age, LOST] += gone
            moves[month - 1, FIRST + age, FIRST + older] += here - gone
            was = int(stock[month - 1, LOST + age])
            moves[month - 1, LOST + age, LOST + older] += was
        stock[month] = moves[month - 1].sum(axis=0)
        stock[month, FIRST] += newcomers[month]
    return Flows(np.arange(24_000, 24_000 + months), stock, moves, came)


def test_two_stages_and_their_moves_worked_by_hand() -> None:
    # 1000 first orders, a tenth lost each month, nobody new: 900, 810, 729, … 1000 * 0.9^9 = 387
    # after ten month ends (rounded to whole people on the way). Three months on with 50 expected
    # newcomers each: 0.9 * 387 + 50 = 398, 0.9 * 398 + 50 = 408, 0.9 * 408 + 50 = 417, and all
    # others are lost. A month's own shares are drawn to those of all months, which are the same.
    flows = made(10, np.zeros(10, np.int64), np.full(10, 0.1), start=1000)
    assert int(flows.by_stage()[-1, 0]) == pytest.approx(387, abs=3)
    now = int(flows.by_stage()[-1, 0])
    path = chain.path(flows, 3, lambda _, ahead: np.full(ahead, 50.0), np.zeros(3))
    expected = [0.9 * now + 50, 0.81 * now + 95, 0.729 * now + 135.5]
    assert path.mean[:, 0] == pytest.approx(expected, rel=0.01)
    assert path.mean[:, -1] == pytest.approx(path.mean[:, 0])  # the pool is the first stage here
    assert path.stayed == pytest.approx([0.9 * now, 0.81 * now, 0.729 * now], rel=0.01)
    # Nobody appears or goes: 1000 and newcomers in all.
    assert path.mean[:, :-1].sum(axis=1) == pytest.approx([1050, 1100, 1150])
    # Months are all alike and newcomers sure, so what is left is chance: of n that stay with q each
    # n q (1 - q), and Poisson's of newcomers, sqrt(now * 0.9 * 0.1 + 50) of the first month.
    chance = np.sqrt(now * 0.09 + 50) / (expected[0] + 3)
    assert path.spread[0, 0] == pytest.approx(chance, rel=0.05)


def test_newcomers_needed_hold_the_pool() -> None:
    # A pool of 1000 that keeps 0.9 a month: 729 stand after three; k newcomers a month leave
    # k (1 + 0.9 + 0.81) = 2.71 k. 1000 = 729 + 2.71 k gives k = 100, as is plain: a tenth goes.
    flows = made(12, np.full(12, 100), np.full(12, 0.1), start=1000)
    assert int(flows.by_stage()[-1, 0]) == 1000
    path = chain.path(flows, 3, lambda _, ahead: np.full(ahead, 60.0), np.zeros(3))
    found = needed(flows, path)
    assert found == pytest.approx(100, rel=0.01)
    nobody = chain.path(flows, 3, lambda _, ahead: np.zeros(ahead), np.zeros(3))
    assert needed(flows, nobody) is None


def test_coverage_counts_what_intervals_held() -> None:
    # Two origins. Scores of one month ahead, by group: at the second, reach is judged by the first.
    scores = np.full((3, 1, len(chain.GROUPS)), 1.0)
    scores[2, 0, :3] = 50.0  # three of nine far outside
    errors = np.full_like(scores, -0.2)
    errors[2] = 0.1
    judged = chain.Judged((8, 9, 10), scores, errors)
    (told,) = chain.backtest(judged, 1)
    # The first origin has nothing to be judged by and is left out: 2 x 9 forecasts, 3 missed.
    assert (told.month, told.tried) == (1, 18)
    assert told.within == (pytest.approx(15 / 18), pytest.approx(15 / 18))
    assert told.error == pytest.approx(0.15)  # the median of 0.2 and 0.1


def test_a_forecast_takes_eight_month_ends() -> None:
    flows = made(7, np.full(7, 100), np.full(7, 0.1))
    with pytest.raises(CannotTell, match="8 month ends, not 7"):
        look_ahead(flows, 3, lambda _, ahead: np.full(ahead, 100.0))
    with pytest.raises(CannotTell, match="not 0"):
        chain.check(None)


def test_no_forecast_looks_at_what_came_after() -> None:
    """The forecast judged at a month end is the one that was made then."""
    draw = np.random.default_rng(3)
    newcomers = draw.poisson(300, 24)
    leave = draw.uniform(0.05, 0.2, 24)
    whole = made(24, newcomers, leave, seed=1)
    other = leave.copy()
    other[20:] = 0.9
    changed = made(24, newcomers, other, seed=1)

    def steady(_: int, ahead: int) -> np.ndarray:
        return np.full(ahead, 300.0)

    one, two = (chain.path(flows.until(19), 3, steady, np.zeros(3)) for flows in (whole, changed))
    assert np.array_equal(one.mean, two.mean)
    assert np.array_equal(one.spread, two.spread)


def test_intervals_hold_what_they_state_over_many_shops_with_good_and_bad_months() -> None:
    """Forty shops of 30 months whose share of leavers and newcomers vary from month to month.

    At the last but third month end of each, three months ahead: of 80 % intervals of the pool and
    of the lost 70 to 93 % must hold (two standard errors about 80 % of 80 draws), of 95 % at least
    88 %.
    """
    held = np.zeros((2, 2))
    shops = 40
    for seed in range(shops):
        draw = np.random.default_rng(seed)
        newcomers = draw.poisson(200 * np.exp(draw.normal(0, 0.15, 30)))
        leave = np.clip(0.12 * np.exp(draw.normal(0, 0.25, 30)), 0, 0.9)
        whole = made(30, newcomers, leave, seed=seed)
        known = whole.until(26)

        def mean(place: int, ahead: int, came: np.ndarray = newcomers) -> np.ndarray:
            return np.full(ahead, float(came[max(place - 5, 0) : place + 1].mean()))

        ahead = look_ahead(known, 3, mean)
        actual = whole.by_stage()[29]
        for at, (group, came) in enumerate(((-1, actual[0]), (len(STAGES) - 1, actual[-1]))):
            held[:, at] += (ahead.low[:, 2, group] <= came) & (came <= ahead.high[:, 2, group])
    share = held / shops
    assert 0.70 <= share[0].mean() <= 0.93
    assert share[1].mean() >= 0.88
