"""The second-order curve: worked by hand, against a textbook, and against the cycle curve."""

from __future__ import annotations

import numpy as np
import pytest

from insight.small_orders import Order, rows, shop
from regulars.errors import CannotTell, UnknownValue
from regulars.insight.cycle_curve import estimate, gaps
from regulars.insight.second_order.curves import Newer
from regulars.insight.second_order.draw import draw
from regulars.insight.second_order.log_rank import LogRank, log_rank
from regulars.insight.second_order.words import VERDICTS, verdict_of

# 80 customers begin on 1 January: 20 come again on day 5, 16 on day 20, one of the 20 orders twice
# on the first day. 40 begin on 20 February, nine days before the end: 8 come again on day 5.
ORDERS: list[Order] = [
    *((one, "2026-01-01", "10", "3") for one in range(80)),
    *((one, "2026-01-06", "10", "3") for one in range(20)),
    *((one, "2026-01-21", "10", "3") for one in range(20, 36)),
    (0, "2026-01-01", "10", "3"),
    *((one, "2026-02-20", "10", "3") for one in range(100, 140)),
    *((one, "2026-02-25", "10", "3") for one in range(100, 108)),
    *((None, "2026-02-25", "10", "3") for _ in range(5)),
]
AS_OF = "2026-03-01"


def test_second_orders_worked_by_hand() -> None:
    with shop(ORDERS, AS_OF) as view:
        picture = draw(view)
    everyone, quarter = rows(picture, "groups")
    # Day 5: 28 of 120 come. By day 9 the younger 32 are watched no longer. Day 20: 16 of 60 come.
    # By day 14: 28/120; by day 30: 1 - 92/120 x 44/60. The curve ends on day 59, 44 still watched.
    assert (everyone["customers"], everyone["second_buyers"]) == (120, 44)
    assert everyone["share_7"] == everyone["share_14"] == pytest.approx(28 / 120)
    assert everyone["share_30"] == pytest.approx(1 - 92 / 120 * 44 / 60)
    assert everyone["share_60"] is None
    assert everyone["median_days"] is None
    assert quarter["cohort"] == "2026-Q1"
    shares = {row["day"]: row for row in rows(picture, "shares") if row["kind"] == "all"}
    assert (shares[7]["watched"], shares[30]["watched"]) == (92, 44)
    # Greenwood, log-log, on day 7: S = 0.76667, sum 28/(120 x 92) = 0.0025362; its root over
    # |ln S| = 0.18954, times 1.96 = 0.37150; bounds 1 - S^exp(-+0.37150).
    assert shares[7]["share_low"] == pytest.approx(0.16747, abs=1e-4)
    assert shares[7]["share_high"] == pytest.approx(0.31968, abs=1e-4)
    leak = {row["to_day"]: row for row in rows(picture, "leak")}
    assert list(leak) == [7, 14, 30]
    assert leak[14]["came"] == leak[14]["chance"] == 0
    assert leak[30]["away"] == pytest.approx(92 / 120)
    assert leak[30]["came"] == pytest.approx(92 / 120 * 16 / 60)
    # Of those still away 16/60: S = 0.73333, sum 16/(60 x 44); bounds worked as above.
    assert leak[30]["chance"] == pytest.approx(16 / 60)
    assert leak[30]["chance_low"] == pytest.approx(0.172741, abs=1e-4)
    assert leak[30]["chance_high"] == pytest.approx(0.397859, abs=1e-4)
    assert sum(row["came"] for row in leak.values()) == pytest.approx(shares[30]["share"])


def test_the_difference_of_two_groups_worked_by_hand() -> None:
    # 100 begin on 1 February 2026, 20 of them come on day 3; a year before it was 30 of 100. 40
    # more of these came on 1 March, and 100 others began on 20 March and never came again: nobody
    # could know either a year before 15 February 2026.
    orders: list[Order] = [
        *((one, "2025-02-01", "1", "1") for one in range(100)),
        *((one, "2025-02-04", "1", "1") for one in range(30)),
        *((one, "2025-03-01", "1", "1") for one in range(30, 70)),
        *((one, "2025-03-20", "1", "1") for one in range(300, 400)),
        *((one, "2026-02-01", "1", "1") for one in range(100, 200)),
        *((one, "2026-02-04", "1", "1") for one in range(100, 120)),
    ]
    with shop(orders, "2026-02-15") as view:
        picture = draw(view)
    told = {row["against"]: row for row in rows(picture, "compared")}
    year = told["year_ago"]
    assert (year["cohort"], year["day"]) == ("2026-Q1", 14)
    assert (year["share"], year["share_before"]) == (pytest.approx(0.2), pytest.approx(0.3))
    # sqrt(0.8 x 0.2 / 100 + 0.7 x 0.3 / 100) = 0.0608276
    half = 1.959964 * 0.0608276
    assert year["difference"] == pytest.approx(-0.1)
    assert year["difference_low"] == pytest.approx(-0.1 - half, abs=1e-6)
    assert year["difference_high"] == pytest.approx(-0.1 + half, abs=1e-6)
    # One day of 50 among 200: expected 25, variance 50 x 150/199 / 4 = 9.422111; 25/9.422111.
    assert year["log_rank"] == pytest.approx(2.653333, abs=1e-5)
    assert year["p"] == pytest.approx(0.10334, abs=1e-4)
    assert "not told apart from chance" in picture.says[1].en


# Remission of 21 patients on 6-MP and 21 on placebo (Freireich et al., Blood 21, 1963); chi squared
# 16.793, expected 19.25 and 10.75: Kleinbaum & Klein, Survival Analysis, chapter 2.
SIX_MP = ((6, 6, 6, 7, 10, 13, 16, 22, 23), (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35))
PLACEBO = ((1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23), ())


def test_the_log_rank_test_of_the_textbook() -> None:
    returned = [np.bincount(closed, minlength=36).astype(float) for closed, _ in (SIX_MP, PLACEBO)]
    leaving = [
        np.bincount((*closed, *open_), minlength=36).astype(float)
        for closed, open_ in (SIX_MP, PLACEBO)
    ]
    told = log_rank(returned, leaving)
    assert told is not None
    assert told.statistic == pytest.approx(16.793, abs=1e-3)
    assert told.expected == pytest.approx((19.25, 10.75), abs=5e-3)
    assert told.observed == (9, 21)
    assert told.p == pytest.approx(4.17e-5, rel=0.01)


def test_groups_that_do_not_differ_are_called_different_once_in_twenty_times() -> None:
    draws = np.random.default_rng(4)
    alarms = 0
    for _ in range(600):
        returned, leaving = [], []
        for size in (80, 150, 40):
            waits, watched = draws.geometric(0.02, size), draws.integers(1, 100, size)
            came = waits <= watched
            returned.append(np.bincount(waits[came], minlength=101).astype(float)[:101])
            leaving.append(np.bincount(np.minimum(waits, watched), minlength=101).astype(float))
        told = log_rank(returned, leaving)
        alarms += told is not None and told.p < 0.05
    assert 0.03 < alarms / 600 < 0.075


def test_nothing_to_compare_gives_no_test() -> None:
    one = np.array([0.0, 2.0])
    assert log_rank([one, np.zeros(2)], [one, np.zeros(2)]) is None
    assert log_rank([np.zeros(2), np.zeros(2)], [one, one]) is None


def test_all_customers_together_are_the_cycle_curve_after_the_first_purchase() -> None:
    draws = np.random.default_rng(9)
    days = draws.integers(1, 29, 900)
    orders: list[Order] = [
        (int(one), f"2025-{month:02d}-{day:02d}", "1", "1")
        for one, month, day in zip(
            draws.integers(0, 400, 900), draws.integers(1, 13, 900), days, strict=True
        )
    ]
    with shop(orders, "2025-12-31") as view:
        picture = draw(view)
        counted = view.run(gaps(view.relation("purchases"), view.as_of)).to_pylist()
    first = [row for row in counted if row["after"] == 1]
    curve = estimate(
        [row["days"] for row in first],
        [row["closed"] for row in first],
        [row["gaps"] for row in first],
    )
    drawn = [row for row in rows(picture, "curve") if row["kind"] == "all"]
    assert [row["share"] for row in drawn] == pytest.approx(list(curve.returned))
    assert [row["share_high"] for row in drawn] == pytest.approx(list(curve.high))
    groups = rows(picture, "groups")
    assert sum(row["customers"] for row in groups[1:]) == groups[0]["customers"]
    assert sum(row["second_buyers"] for row in groups[1:]) == groups[0]["second_buyers"]


def test_a_second_order_after_a_year_is_none_within_the_horizon() -> None:
    orders: list[Order] = [
        *((one, "2024-01-01", "1", "1") for one in range(40)),
        *((one, "2024-02-01", "1", "1") for one in range(10)),
        (10, "2024-12-31", "1", "1"),  # day 365, 2024 being a leap year
        (11, "2025-01-01", "1", "1"),  # day 366
    ]
    with shop(orders, "2025-06-30") as view:
        everyone = rows(draw(view), "groups")[0]
    assert everyone["second_buyers"] == 11
    assert everyone["share_365"] == pytest.approx(11 / 40)
    assert everyone["median_days"] == 31


def test_by_source_the_groups_are_tested_against_one_another() -> None:
    sources = {one: "live" if one % 2 else "search" for one in range(200)}
    with shop(ORDERS, AS_OF, sources=sources) as view:
        picture = draw(view, by="source")
    (told,) = rows(picture, "compared")
    assert (told["against"], told["share"]) == ("each_other", None)
    assert told["p"] > 0.5  # every other customer
    assert "may differ by chance only" in picture.says[1].en


def test_what_cannot_be_told_is_said() -> None:
    few = [(one, "2026-01-01", "1", "1") for one in range(29)]
    for orders in ((), few, ORDERS[:80]):
        with shop(orders, AS_OF) as view, pytest.raises(CannotTell, match="draw no curve"):
            draw(view)
    with shop(ORDERS, AS_OF) as view:
        with pytest.raises(CannotTell, match=r"(?i)no source is named"):
            draw(view, by="source")
        with pytest.raises(UnknownValue, match="kind of group"):
            draw(view, by="weather")
        assert "cannot be told yet" in draw(view).says[1].en


@pytest.mark.parametrize(
    ("p", "low", "high", "verdict"),
    [
        (0.01, 0.01, 0.05, "better"),
        (0.01, -0.05, -0.01, "worse"),
        (0.01, -0.05, 0.01, "hint"),
        (0.20, -0.05, -0.01, "hint"),
        (0.20, -0.05, 0.01, "noise"),
    ],
)
def test_better_or_worse_takes_both_the_curve_and_the_share(
    p: float, low: float, high: float, verdict: str
) -> None:
    test = LogRank(1.0, 1, p, (), ())
    assert verdict_of(Newer(0.2, 0.2, 30, (low + high) / 2, low, high, test)) == verdict


def test_the_groups_held_against_the_newest_are_named() -> None:
    # January to June by quarter: none of the year before, so the quarter before stands for it.
    # Of 40 in the first quarter 20 come again on day 10, of 40 in the second 12.
    orders = [(one, "2026-01-02", "10", "1") for one in range(40)]
    orders += [(one, "2026-01-12", "10", "1") for one in range(20)]
    orders += [(100 + one, "2026-04-02", "10", "1") for one in range(40)]
    orders += [(100 + one, "2026-04-12", "10", "1") for one in range(12)]
    with shop(orders, "2026-06-30") as view:
        told = next(one for one in draw(view).says if "2026-Q2" in one.en)
    assert "of those of the one quarter of the year before 0.0% had" in told.en
    assert "此前一年 1 个季度的首购用户" in told.zh


@pytest.mark.parametrize(("p", "low"), [(0.01, -0.05), (0.20, 0.001)])
def test_a_hint_says_that_the_tests_disagree(p: float, low: float) -> None:
    told = Newer(0.2, 0.2, 30, 0.01, low, 0.05, LogRank(1.0, 1, p, (), ()))
    assert VERDICTS[verdict_of(told)][0] == "the two tests disagree: a hint only"
