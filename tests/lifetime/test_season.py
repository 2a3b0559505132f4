"""Season, promotions and the clock made of them, on shops whose true pace is known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from regulars.kernel.clock import day_number, month_ends
from regulars.kernel.promotion import Promotion, PromotionDays, promotion_days
from regulars.lifetime.gaps import GapHistory, gap_history
from regulars.lifetime.season import Pace, shop_clocks
from regulars.lifetime.shop_clock import ShopClock

FIRST, LAST = date(2021, 1, 1), date(2024, 12, 31)
PROMOTIONS = (
    Promotion("618", "06-01", "06-20"),
    Promotion("Double 11", "10-31", "11-11"),
    Promotion("Double 12", "12-10", "12-12"),
)
ENDS = [day_number(end) for end in month_ends(FIRST, LAST)]
SWING = 1 + 0.4 * np.sin(2 * np.pi * np.arange(12) / 12)
"""Of January to December: strongest in April, weakest in October."""


def calendar() -> PromotionDays:
    return promotion_days(PROMOTIONS, FIRST, date(2028, 1, 1))


def shop(customers: int, *, season: bool, double_11: float = 1.0, seed: int = 1) -> GapHistory:
    """Lognormal gaps around 45 days of the true clock; 45 of 100 stop after each purchase."""
    rng = np.random.default_rng(seed)
    first = day_number(FIRST)
    days = np.arange(first, day_number(LAST) + 1)
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    weight = np.where(calendar().on(days) == 1, double_11, 1.0)
    weight = weight * (SWING[month] if season else 1.0)
    time = np.append(0, np.cumsum(weight / weight[:365].mean()))
    came = rng.integers(0, len(days), customers)
    who, when, now, alive = [np.arange(customers)], [came], time[came], np.arange(customers)
    while len(alive):
        alive = alive[rng.random(len(alive)) < 0.55]
        now[alive] += np.exp(rng.normal(np.log(45), 0.7, len(alive)))
        day = np.searchsorted(time, now[alive])
        alive, day = alive[day < len(days)], day[day < len(days)]
        who.append(alive)
        when.append(day)
    customer, day = np.concatenate(who), np.concatenate(when) + first
    order = np.lexsort((day, customer))
    return gap_history(customer[order], day[order])


def paces(history: GapHistory) -> list[tuple[Pace, ShopClock]]:
    return list(shop_clocks(history, ENDS, calendar()))


def test_four_years_of_a_strong_season_are_found_again() -> None:
    pace, clock = paces(shop(40_000, season=True))[-1]
    found = pace.month / pace.month.mean()
    assert np.corrcoef(found, SWING)[0, 1] > 0.98
    assert np.abs(found - SWING).max() < 0.15
    assert not clock.is_calendar


def test_an_even_shop_keeps_the_calendar() -> None:
    assert all(clock.is_calendar for _, clock in paces(shop(20_000, season=False)))


def test_below_a_year_of_months_there_is_no_season() -> None:
    judged = paces(shop(20_000, season=True))
    # Month ends 1 to 12 have 0 to 11 whole months behind them; the 13th has twelve.
    assert all(np.all(pace.month == 1.0) for pace, _ in judged[:12])
    assert not np.all(judged[12][0].month == 1.0)


def test_a_month_of_data_that_holds_a_promotion_is_no_problem() -> None:
    """Thirty days between two month ends, Double 11 among them."""
    ends = [day_number(date(2021, 10, 31)), day_number(date(2021, 11, 30))]
    days = np.arange(ends[0] - 3, ends[1])
    history = gap_history(np.zeros(len(days), int), days)
    assert [clock.is_calendar for _, clock in shop_clocks(history, ends, calendar())] == [True] * 2


def test_a_few_customers_show_no_season() -> None:
    pace, _ = paces(shop(60, season=True))[-1]
    assert np.abs(np.log(pace.month)).max() < 0.35  # the true one reaches 0.51


def test_a_promotion_that_pulls_is_measured_and_one_that_does_not_counts_nothing() -> None:
    pace, _ = paces(shop(20_000, season=False, double_11=3.0))[-1]
    assert pace.promotion["Double 11"] == pytest.approx(3.0, rel=0.1)
    assert pace.promotion["618"] == 1.0
    assert pace.promotion["Double 12"] == 1.0
    assert np.abs(np.log(pace.month)).max() < 0.1  # November is no season of its own


def test_a_year_ahead_is_a_year_long() -> None:
    history = shop(20_000, season=True, double_11=3.0)
    for pace, clock in paces(history)[12::7]:
        day = np.array([pace.day])
        assert clock.at(day + 365)[0] - clock.at(day)[0] == pytest.approx(365, abs=0.5)


def test_a_month_end_knows_nothing_of_later_purchases_and_later_ones_leave_it_its_days() -> None:
    whole = shop(6_000, season=True, double_11=2.0)
    later = paces(whole)
    for place in (5, 14, 29):
        day = ENDS[place]
        kept = whole.day <= day
        then = list(
            shop_clocks(
                gap_history(whole.customer[kept], whole.day[kept]), ENDS[: place + 1], calendar()
            )
        )
        pace, clock = then[-1]
        assert pace.month.tolist() == later[place][0].month.tolist()
        assert pace.promotion == later[place][0].promotion
        # The next month's days are settled: the last clock has them unchanged.
        settled = np.arange(ENDS[0], ENDS[place + 1] + 1)
        assert clock.at(settled).tolist() == later[-1][1].at(settled).tolist()


def test_gaps_of_a_seasonal_shop_spread_less_by_its_clock() -> None:
    history = shop(40_000, season=True)
    measured = history.measured_by(paces(history)[-1][1])

    def scatter(one: GapHistory) -> float:
        late = (one.day > ENDS[14]) & (one.day < ENDS[-1] - 300) & one.is_closed()
        rows = one.rows(late)
        month = rows.day.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
        log = np.log(rows.days(ENDS[-1]))
        means = [log[month == name].mean() for name in range(12)]
        return float(np.ptp(means))

    # Mean log gaps of the months of the year lie up to 0.6 apart, by the clock half of that: the
    # second year is measured by what the first alone told.
    assert scatter(history) > 0.55
    assert scatter(measured) < 0.3
