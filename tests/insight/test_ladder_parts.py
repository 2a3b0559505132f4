"""Natural breaks, pack sizes and shares: known values and laws."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.insight.ladder.breaks import find_bands, natural_breaks
from regulars.insight.ladder.shares import (
    against_usual,
    effective_steps,
    findings,
    ratio_to_usual,
)
from regulars.insight.ladder.sizes import Size, read_size, size_of

_prices = st.lists(
    st.tuples(st.integers(1, 40), st.integers(1, 9)),
    min_size=2,
    max_size=8,
    unique_by=lambda p: p[0],
)


def _squares(points: np.ndarray, weights: np.ndarray, starts: list[int]) -> float:
    total = 0.0
    for start, end in itertools.pairwise([*starts, len(points)]):
        mean = np.average(points[start:end], weights=weights[start:end])
        total += float((weights[start:end] * (points[start:end] - mean) ** 2).sum())
    return total


@given(_prices)
@settings(deadline=None)
def test_no_split_has_a_smaller_sum_of_squares(pairs: list[tuple[int, int]]) -> None:
    """Every way to split a few points is tried."""
    points, weights = (np.array(part, float) for part in zip(*sorted(pairs), strict=True))
    for groups, starts in enumerate(natural_breaks(points, weights, min(4, len(points))), 1):
        every = itertools.combinations(range(1, len(points)), groups - 1)
        best = min(_squares(points, weights, [0, *cuts]) for cuts in every)
        assert len(starts) == groups
        assert starts[0] == 0
        assert _squares(points, weights, starts) == pytest.approx(best, abs=1e-8)


def test_breaks_of_a_published_example() -> None:
    """The example of the R package Ckmeans.1d.dp by Wang & Song: centres -1, 2 and 5."""
    told = np.array([-1.0, 2, -1, 2, 4, 5, 6, -1, 2, -1])
    points, counts = np.unique(told, return_counts=True)
    starts = natural_breaks(points, counts.astype(float), 3)[2]
    assert starts == [0, 1, 2]
    assert _squares(points, counts.astype(float), starts) == pytest.approx(2.0)


@given(_prices, st.floats(0.05, 50))
@settings(deadline=None)
def test_bands_do_not_depend_on_the_currency_or_the_order(
    pairs: list[tuple[int, int]], factor: float
) -> None:
    prices, pieces = ([float(pair[place]) for pair in pairs] for place in range(2))
    ladder = find_bands(prices, pieces)
    other = find_bands([price * factor for price in reversed(prices)], pieces[::-1])
    assert other.parting == ladder.parting
    assert other.cuts == pytest.approx([cut * factor for cut in ladder.cuts])


def test_prices_spread_evenly_do_not_part_but_are_cut_where_they_reach_far() -> None:
    near = np.exp(np.linspace(0, math.log(1.8), 60))
    far = np.exp(np.linspace(0, math.log(20), 60))
    assert find_bands(near, np.ones(60)).parting == "one"
    assert (find_bands(far, np.ones(60)).parting, find_bands(far, np.ones(60)).bands) == ("cut", 3)


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5])
def test_as_many_bands_are_found_as_there_are(bands: int) -> None:
    random = np.random.default_rng(bands)
    prices = np.concatenate([10 * 2.0**b * random.uniform(0.93, 1.07, 12) for b in range(bands)])
    ladder = find_bands(prices, random.integers(1, 50, len(prices)).astype(float))
    assert ladder.bands == bands
    own = np.searchsorted(ladder.cuts, prices, side="right")
    assert own.tolist() == np.repeat(np.arange(bands), 12).tolist()


def test_one_dear_freak_makes_no_band() -> None:
    """A single piece at 150 is 1 of 1,001 pieces and 1.4 % of sales."""
    prices, pieces = [10.0, 10.5, 11.0, 150.0], [400.0, 300, 300, 1]
    assert find_bands(prices, pieces).bands == 1


@pytest.mark.parametrize("count", [1, 2, 401, 3000])
def test_any_number_of_prices_is_taken(count: int) -> None:
    prices = np.linspace(1, 50, count)
    ladder = find_bands(prices, np.ones(count))
    assert 1 <= ladder.bands <= 5
    assert list(ladder.cuts) == sorted(ladder.cuts)


@pytest.mark.parametrize(
    ("text", "kind", "amount"),
    [
        ("500g", "g", 500),
        ("５００Ｇ", "g", 500),
        ("2.5kg/袋", "g", 2500),
        ("东北大米10斤", "g", 5000),
        ("250克×4", "g", 1000),
        ("500gX3", "g", 1500),
        ("4*100g", "g", 400),
        ("14.5 OZ", "g", 411.068),
        (".5 OZ", "g", 14.175),
        ("1 lb", "g", 453.592),
        ("1.5L", "ml", 1500),
        ("纯牛奶250ml×16盒", "ml", 4000),
        ("550ml/瓶*12瓶", "ml", 6600),
        ("6 x 330ml", "ml", 1980),
        ("1/2 GAL", "ml", 1892.706),
        ("4/187 ML", "ml", 748),
        ("两瓶装 500ml", "ml", 1000),
        ("爽肤水200ml+乳液100ml", "ml", 300),
        ("喷雾300ml 赠小样50ml", "ml", 300),
        ("24片", "piece", 24),
        ("NB84片", "piece", 84),
        ("抽纸3层120抽*24包", "piece", 2880),
        ("3件装", "piece", 3),
        ("12 CT", "piece", 12),
        ("6-pack", "piece", 6),
    ],
)
def test_a_size_is_read(text: str, kind: str, amount: float) -> None:
    size = read_size(text)
    assert size is not None
    assert size.kind == kind
    assert size.amount == pytest.approx(amount, rel=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "", "红色", "2XL", "5G手机", "5g wifi", "买一送一", "面霜50g 眼霜15ml", "洗发水400ml/700ml",
        "粉底液30ml套装", "护肤6件套", "11-11套装", "精华30ml 面霜50ml", "0g", "128GB", "SK-II",
    ],
)  # fmt: skip
def test_words_that_tell_no_one_size_tell_none(text: str) -> None:
    assert read_size(text) is None


@given(
    st.text(alphabet="0123456789./*x+ -g克ml片盒装套oz赠/１½", max_size=40) | st.text(max_size=30)
)
def test_no_words_break_the_reading(text: str) -> None:
    size = read_size(text)
    assert size is None or (size.amount > 0 and math.isfinite(size.amount))


def test_a_number_of_thousands_of_digits_is_no_size() -> None:
    assert read_size("9" * 9000 + "g") is None
    assert read_size("500g " + "9" * 9000 + "件装") is None


def test_the_variant_is_read_before_the_title() -> None:
    assert size_of("1kg", "Tea 500g") == Size("g", 1000)
    assert size_of("red", "Tea 500g") == Size("g", 500)
    assert size_of(None, None) is None


def test_sizes_are_told_for_people() -> None:
    labels = [Size("g", 500).label, Size("g", 1500).label, Size("ml", 2000).label]
    assert labels == ["500 g", "1.5 kg", "2 L"]
    assert [Size("piece", n).label for n in (1, 24)] == ["1 piece", "24 pieces"]


def test_steps_of_one_customer_do_not_count_as_steps_of_many() -> None:
    # Two customers of ten steps each, one always up, one never: 20 steps tell as much as 1.
    # Variance 2/1 x (5^2 + 5^2) / 20^2 = 0.25 against 0.25 / 20 = 0.0125.
    assert effective_steps(20, 0.5, 2, 200, 100, 100) == pytest.approx(1.0)
    # Forty customers of one step each, twenty up: 40/39 x (40 x 0.25) / 1600 against 0.25 / 40.
    assert effective_steps(40, 0.5, 40, 40, 20, 20) == pytest.approx(39)
    # All went there: each customer counts once.
    assert effective_steps(20, 1.0, 2, 200, 200, 200) == 2


_rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 50), st.floats(0, 1)),
    min_size=1,
    max_size=20,
)


@given(_rows)
def test_what_is_usual_adds_up_to_what_came(rows: list[tuple[int, int, int, float]]) -> None:
    stratum, thing, customers = (np.array([row[at] for row in rows]) for at in range(3))
    came = np.array([int(row[2] * row[3]) for row in rows])
    of, told, usual, variance = against_usual(stratum, thing, customers, came)
    assert of.sum() == customers.sum()
    assert told.sum() == came.sum()
    assert usual.sum() == pytest.approx(came.sum())
    assert (variance >= 0).all()


def test_the_interval_of_a_ratio_excludes_one_where_the_test_does() -> None:
    ratio, low, high = ratio_to_usual([30.0, 21.0], [20.0, 20.0], [16.0, 16.0])
    assert ratio.tolist() == [1.5, 1.05]
    assert low.round(3).tolist() == [1.108, 0.658]
    assert high.round(3).tolist() == [1.892, 1.442]


def test_of_many_things_that_do_not_matter_hardly_one_is_named() -> None:
    """Shops of twenty things of which none matters: in about 5 % of them one is named."""
    random = np.random.default_rng(7)
    wrong = 0
    for _ in range(300):
        came = random.hypergeometric(300, 700, 50, 20)
        usual, variance = np.full(20, 15.0), np.full(20, 50 * 0.3 * 0.7 * 950 / 999)
        wrong += bool(findings(came, usual, variance).any())
    assert wrong / 300 < 0.08
    assert findings([], [], []).tolist() == []
