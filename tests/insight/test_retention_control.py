"""Monthly retention under control limits, against numbers worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from insight.small_orders import rows, shop
from regulars.insight.growth import draw as growth
from regulars.insight.growth.control import RUN, control


def test_a_chart_worked_by_hand() -> None:
    # Nine months after 100 buyers each; retained 20 30 20 30 20 30 20 30 70: 270 of 900, p = 0.3.
    # sigma = sqrt(0.3 x 0.7 / 100) = 0.0458258. z of 20, 30, 70: -2.182179, 0, 8.728716. Ranges:
    # seven of 2.182179 and one of 8.728716, mean 3.000496; / 1.128 = 2.660014 = sigma_z. Limits:
    # 0.3 +- 3 x 0.0458258 x 2.660014 = 0.3 +- 0.365692, cut at 0. Last z: 8.728716 / 2.660014.
    chart = control([100] * 9, [20, 30, 20, 30, 20, 30, 20, 30, 70])
    assert chart.centre == pytest.approx(0.3)
    assert chart.sigma_z == pytest.approx(2.660014, abs=1e-6)
    first, last = chart.points[0], chart.points[-1]
    assert (first.rate, first.low) == (0.2, 0.0)
    assert first.high == pytest.approx(0.665692, abs=1e-5)
    assert last.z == pytest.approx(3.281454, abs=1e-5)
    assert (last.verdict, last.rule) == ("up", "limits")
    assert [point.verdict for point in chart.points[:-1]] == ["noise"] * 8
    assert [point.run for point in chart.points] == [-1, 0, -1, 0, -1, 0, -1, 0, 1]


def test_where_months_differ_no_more_than_lots_do_the_limits_are_shewharts() -> None:
    chart = control([400] * 10, [100, 104] * 5)
    # z differ by 4/400 / sqrt(0.255 x 0.745 / 400) = 0.4589: sigma_z 0.41, which widens nothing.
    assert chart.sigma_z is not None
    assert chart.sigma_z < 1
    spread = 3 * math.sqrt(0.255 * 0.745 / 400)
    assert chart.points[0].high == pytest.approx(0.255 + spread)


def test_the_eighth_month_on_one_side_is_a_signal() -> None:
    chart = control([1000] * 16, [300] * 8 + [304] * 8)
    told = [(point.verdict, point.rule) for point in chart.points]
    assert told[6:9] == [("noise", None), ("down", "run"), ("noise", None)]
    assert told[-1] == ("up", "run")
    assert chart.points[-1].run == RUN


def test_few_months_or_few_buyers_draw_no_limits() -> None:
    assert control([100] * 7, [30] * 7).centre is None
    assert control([29] * 20, [10] * 20).centre is None
    assert control([100] * 10, [0] * 10).points[0].verdict is None
    assert control([], []).points == ()


def test_a_month_that_cannot_be_told_ends_a_run() -> None:
    chart = control([1000] * 8 + [10, 1000, 1000], [300] * 8 + [3, 300, 400])
    assert [point.run for point in chart.points] == [-1, -2, -3, -4, -5, -6, -7, -8, None, -1, 1]
    assert chart.points[8].rate is None


def _seasonal(years: int, seed: int, last: float = 0.0) -> tuple[list[int], list[int]]:
    """Retention of 30 %, 15 % in July and 45 % in November, of 2,000 buyers."""
    draw = np.random.default_rng(seed)
    rates = np.full(12 * years, 0.30)
    rates[6::12], rates[10::12] = 0.15, 0.45
    rates[-1] += last
    return [2000] * len(rates), draw.binomial(2000, rates).tolist()


def test_a_season_that_returns_is_no_signal_and_a_fall_beneath_it_is() -> None:
    calm = control(*_seasonal(5, seed=1))
    assert calm.seasonal
    assert {point.verdict for point in calm.points[24:]} == {"noise"}
    assert calm.points[0].verdict is None  # nothing lies a year before it
    fallen = control(*_seasonal(5, seed=1, last=-0.08)).points[-1]
    assert (fallen.verdict, fallen.rule) == ("down", "limits")
    # Without the season the same month lies well within what the months differ.
    buyers, retained = _seasonal(5, seed=1, last=-0.08)
    plain = control(buyers[:20], [*retained[:19], retained[-1]])
    assert not plain.seasonal
    assert plain.points[-1].verdict == "noise"


def test_without_a_season_the_months_are_not_held_against_a_year_before() -> None:
    draw = np.random.default_rng(3)
    chart = control([2000] * 60, draw.binomial(2000, 0.3, 60).tolist())
    assert not chart.seasonal


@pytest.mark.parametrize("months", [24, 48])
def test_noise_is_called_a_signal_in_fewer_than_three_of_a_hundred_months(months: int) -> None:
    draw = np.random.default_rng(5)
    signals = total = 0
    for _ in range(100):
        buyers = draw.integers(200, 3000, months)
        chart = control(buyers.tolist(), draw.binomial(buyers, 0.35).tolist())
        signals += sum(point.verdict in ("up", "down") for point in chart.points)
        total += months
    assert signals / total < 0.03


def test_the_picture_charts_months_that_have_ended() -> None:
    # 40 customers buy in January; 20 of them in February, on which the same 20 buy to the 10th of
    # March: February's rate is 20/40, and March has not ended.
    orders = [
        (one, day, "10", "3")
        for day, many in (("2026-01-05", 40), ("2026-02-05", 20), ("2026-03-05", 20))
        for one in range(many)
    ]
    with shop(orders, "2026-03-10") as view:
        picture = growth.draw(view)
    (february,) = rows(picture, "control")
    assert (february["buyers_before"], february["retained"], february["rate"]) == (40, 20, 0.5)
    assert february["low"] is None
    assert any("cannot be told" in said.en for said in picture.says)


def _bought(months: list[tuple[str, range]]) -> list[tuple[int, str, str, str]]:
    return [(one, f"{month}-05", "10", "3") for month, who in months for one in who]


def test_the_quick_ratio_is_held_against_the_same_month_of_the_year_before() -> None:
    # December 2024: 100 of November do not buy, 40 are new: 0.40. December 2025: again 100 and 41
    # (0.41 / 0.40 = 1.03, level); or 60 (0.60 / 0.40 = 1.50, more).
    between = [(f"2025-{month:02d}", range(200, 240)) for month in range(1, 11)]
    for came, verdict in ((41, "level with the year before"), (60, "more than the year before")):
        months = [
            ("2024-10", range(100)), ("2024-11", range(100)), ("2024-12", range(200, 240)),
            *between, ("2025-11", range(300, 400)), ("2025-12", range(500, 500 + came)),
        ]  # fmt: skip
        with shop(_bought(months), "2025-12-31") as view:
            told = growth.draw(view).says[1]
        assert f"{came / 100:.2f} for 1, against 0.40 in 2024-12" in told.en
        assert told.en.endswith(f"{verdict}.")
        assert "走" not in told.zh


def test_without_a_year_before_the_quick_ratio_is_that_of_three_months() -> None:
    # 40 other people every month: February to April 120 came, 120 times one did not buy again.
    months = [(f"2026-{month:02d}", range(month * 100, month * 100 + 40)) for month in (1, 2, 3, 4)]
    with shop(_bought(months), "2026-04-30") as view:
        told = growth.draw(view).says
    assert "In the last three months 120 came (new or back), and 120 times" in told[1].en
    assert told[1].en.endswith("1.00 for 1, the active base is level.")
    assert told[-1].en.startswith("The data begin on 2026-01-05: who bought before and not since")


def test_few_people_do_not_tell_a_rise_from_level() -> None:
    months = [(f"2026-{month:02d}", range(month * 100, month * 100 + month)) for month in (1, 2, 3)]
    with shop(_bought([*months, ("2026-04", range(400, 429))]), "2026-04-30") as view:
        told = growth.draw(view).says[1].en  # 2 + 3 + 29 came, 1 + 2 + 3 did not buy
    assert told.endswith("the active base is level.")


def test_a_shop_without_customers_has_an_empty_chart() -> None:
    with shop([(None, "2026-01-05", "10", "3")], "2026-03-10") as view:
        assert growth.draw(view).tables["control"].num_rows == 0
