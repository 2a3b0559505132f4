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


def test_a_shop_without_customers_has_an_empty_chart() -> None:
    with shop([(None, "2026-01-05", "10", "3")], "2026-03-10") as view:
        assert growth.draw(view).tables["control"].num_rows == 0
