"""The curve against a published Kaplan-Meier table, and where it ends."""

from __future__ import annotations

import pytest

from regulars.errors import CannotTell
from regulars.insight.cycle_curve import estimate

# Remission of 21 patients on 6-MP (Freireich et al., Blood 21, 1963), the data set with which
# textbooks print Kaplan-Meier and Greenwood: Kleinbaum & Klein, Survival Analysis, chapter 2.
_CLOSED = (6, 6, 6, 7, 10, 13, 16, 22, 23)
_OPEN = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
_SURVIVAL = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def test_kaplan_meier_of_the_textbook() -> None:
    days = [*_CLOSED, *_OPEN]
    closed = [True] * len(_CLOSED) + [False] * len(_OPEN)
    curve = estimate(days, closed, [1] * len(days), minimum=1)
    for day, survival in _SURVIVAL.items():
        assert 1 - curve.returned[day] == pytest.approx(survival, abs=5e-4)
    # R's survfit(conf.type = "log-log") gives 0.620 to 0.952 at 6 and 0.268 to 0.680 at 22.
    assert 1 - curve.high[6] == pytest.approx(0.620, abs=1e-3)
    assert 1 - curve.low[6] == pytest.approx(0.952, abs=1e-3)
    assert curve.end == 35
    assert (curve.gaps, curve.closed) == (21, 9)
    # 0.552 return in all: half is 0.276, reached at 13 (0.310); 80 % is 0.442, at 22 (0.462);
    # 95 % is 0.524, at 23.
    assert curve.percentiles == (13, 22, 23)
    assert not curve.still_rising


def test_the_curve_ends_at_the_horizon_or_where_too_few_are_watched() -> None:
    assert estimate([5, 400], [True, False], [50, 50]).end == 365
    assert estimate([5, 400, 90], [True, False, False], [50, 20, 50]).end == 90
    assert estimate([5, 400], [True, False], [50, 50]).chance == pytest.approx(0.5)


def test_a_curve_that_still_rises_says_so() -> None:
    even = estimate(range(1, 101), [True] * 100, [10] * 100)
    assert even.still_rising


@pytest.mark.parametrize(("gaps", "closed"), [([29], [True]), ([100], [False])])
def test_too_little_draws_no_curve(gaps: list[int], closed: list[bool]) -> None:
    with pytest.raises(CannotTell, match="draw no curve"):
        estimate([10], closed, gaps)
