"""Warmth against a law written down by hand."""

from __future__ import annotations

import numpy as np
import pytest

from regulars.lifetime.cycle import SOURCES, CureLaw, CycleFit, OwnLaw, chance_of_return
from regulars.lifetime.gaps import FAR, gap_history
from regulars.people.warmth import cycles_of, lost_from
from regulars.settings import CycleSettings

SETTINGS = CycleSettings()


def shop(median: float, follow_up: int) -> CycleFit:
    """Half never return; the others after a lognormal gap of this median, spread 1."""
    laws = [CureLaw(rank, 0.5, np.log(median), 1.0, 500, False, True) for rank in (1, 2, 3)]
    own = OwnLaw(0.0, 0.7, 0.0, (0.0, 0.0), False, True)
    none = np.zeros(0)
    return CycleFit(
        0, follow_up, (laws[0], laws[1], laws[2]), none, none, 1.0, own, own, (0.5, np.inf)
    )


def test_no_fit_means_the_days_of_the_settings_and_nobody_lost() -> None:
    once = gap_history([0], [0])
    cycles = cycles_of(None, once, SETTINGS)
    assert cycles.days.tolist() == [[60, 90, 180]]
    assert SOURCES[cycles.source[0]] == "fallback"
    assert lost_from(cycles, np.array([0]), np.array([9999]), SETTINGS).tolist() == [FAR]


@pytest.mark.parametrize(
    ("follow_up", "fallback", "source"),
    [
        (600, [False, False, False], "shop"),
        (300, [False, False, True], "shop"),
        (150, [False, True, True], "shop"),
        (99, [True, True, True], "fallback"),
    ],
)
def test_each_percentile_names_its_fallback(
    follow_up: int, fallback: list[bool], source: str
) -> None:
    """Median 100, so P80 232 and P95 518."""
    cycles = cycles_of(shop(100, follow_up), gap_history([0], [0]), SETTINGS)
    assert cycles.is_fallback.tolist() == [fallback]
    assert SOURCES[cycles.source[0]] == source
    assert np.all(np.diff(cycles.days) >= 0)


def test_lost_begins_on_the_first_day_on_which_the_chance_is_below_the_bound() -> None:
    cycles = cycles_of(shop(30, 600), gap_history([0], [0]), SETTINGS)
    assert cycles.law is not None
    chance = chance_of_return(
        cycles.law.rows(np.zeros(600, np.int64)),
        np.arange(600),
        SETTINGS.horizon_days,
    )
    want = int(np.argmax(chance < SETTINGS.lost_below))
    for first, last in [(0, 599), (want, 599), (want - 1, want), (0, want)]:
        found = lost_from(cycles, np.array([first]), np.array([last]), SETTINGS)
        assert found.tolist() == [want], (first, last)
    assert lost_from(cycles, np.array([0]), np.array([want - 1]), SETTINGS).tolist() == [FAR]
    assert lost_from(cycles, np.array([want + 5]), np.array([want + 9]), SETTINGS) == [want + 5]
