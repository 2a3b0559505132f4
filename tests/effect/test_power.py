"""How large a test must be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.effect.power import left_alone_needed, smallest_rise


@pytest.mark.parametrize(
    ("base", "treated", "power", "needed"),
    [
        # R 4 documentation of power.prop.test: p1 = .50, p2 = .75, power = .90 gives n = 76.7
        (0.50, 0.75, 0.90, 77),
        # Fleiss, Levin, Paik (2003), table A.4: P1 .05, P2 .10, level .05, power .80: 474 with
        # the correction for continuity, (n/4)(1 + sqrt(1 + 4/(n |P2 - P1|)))^2; without it 435
        (0.05, 0.10, 0.80, 435),
    ],
)
def test_the_published_sizes(base: float, treated: float, power: float, needed: int) -> None:
    assert left_alone_needed(base, treated, power=power) == needed


def test_the_correction_for_continuity_leads_to_the_printed_size() -> None:
    n = left_alone_needed(0.05, 0.10)
    corrected = n / 4 * (1 + np.sqrt(1 + 4 / (n * 0.05))) ** 2
    assert corrected == pytest.approx(474, abs=1)


def test_a_test_of_this_size_finds_the_rise_as_often_as_asked() -> None:
    rng = np.random.default_rng(7)
    n = left_alone_needed(0.2, 0.25, ratio=3.0)
    alone = rng.binomial(n, 0.2, 20_000) / n
    treated = rng.binomial(3 * n, 0.25, 20_000) / (3 * n)
    mean = (alone + 3 * treated) / 4
    z = (treated - alone) / np.sqrt(mean * (1 - mean) * (1 / n + 1 / (3 * n)))
    assert np.mean(z > 1.959964) == pytest.approx(0.8, abs=0.015)


@given(
    st.floats(0.01, 0.9), st.floats(0.005, 0.09), st.floats(0.5, 20), st.sampled_from([0.8, 0.9])
)
def test_the_smallest_rise_is_the_one_whose_size_was_given(
    base: float, rise: float, ratio: float, power: float
) -> None:
    n = left_alone_needed(base, base + rise, ratio=ratio, power=power)
    found = smallest_rise(base, n, ratio=ratio, power=power)
    assert found is not None
    assert found <= rise + 1e-5


def test_too_few_show_nothing() -> None:
    assert smallest_rise(0.3, 2) is None
    with pytest.raises(ValueError, match="no two shares"):
        left_alone_needed(0.3, 0.3)
