"""What holds of every cycle, whatever the numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.errors import CannotTell
from regulars.lifetime.cycle import (
    GapLaw,
    chance_of_return,
    gap_laws,
    percentiles,
    used_percentiles,
)
from regulars.lifetime.cycle_fit import fit_cycle
from regulars.lifetime.gaps import gap_history

locations = st.floats(0, 6.5)
spreads = st.floats(0.1, 3)
shares = st.floats(0.02, 0.98)


def law_of(location: float, spread: float, never: float, breaks: float = 0.0) -> GapLaw:
    columns = (np.array([value]) for value in (location, spread, breaks, never))
    return GapLaw(*columns, np.zeros(1, np.int8))


@given(locations, spreads, shares, st.integers(0, 5000), st.integers(1, 2000))
def test_a_chance_is_a_probability_and_never_above_the_share_that_returns(
    location: float, spread: float, never: float, silence: int, horizon: int
) -> None:
    chance = float(chance_of_return(law_of(location, spread, never), silence, horizon)[0])
    assert 0 <= chance <= 1 - never + 1e-9


@given(locations, spreads, shares, st.integers(0, 3000))
def test_the_chance_falls_with_silence_once_the_purchase_is_due(
    location: float, spread: float, never: float, further: int
) -> None:
    """Given a horizon of a whole cycle (P95); before it is due, a purchase draws nearer."""
    law = law_of(location, spread, never)
    p50, _, p95 = percentiles(law, 10**9)[0]
    horizon = float(np.ceil(p95))
    due = int(np.floor(p50)) + 1
    silence = due + np.arange(further, further + 50)
    many = law.rows(np.zeros(50, np.int64))
    chance = chance_of_return(many, silence, horizon)
    assert np.all(np.diff(chance) <= 1e-9)


@given(locations, spreads, shares, st.integers(0, 500), st.integers(1, 500), st.integers(0, 500))
def test_a_longer_horizon_never_lowers_the_chance(
    location: float, spread: float, never: float, silence: int, horizon: int, more: int
) -> None:
    law = law_of(location, spread, never)
    near, far = (float(chance_of_return(law, silence, h)[0]) for h in (horizon, horizon + more))
    assert near <= far + 1e-12


@given(
    locations,
    spreads,
    st.integers(1, 5000),
    st.lists(st.floats(1, 1000), min_size=3, max_size=3).map(sorted),
)
def test_the_days_in_use_rise_and_are_never_missing(
    location: float, spread: float, follow_up: int, fallback: list[float]
) -> None:
    raw = percentiles(law_of(location, spread, 0.5), follow_up)
    days, named = used_percentiles(raw, (fallback[0], fallback[1], fallback[2]))
    assert np.all(np.isfinite(days))
    assert np.all(np.diff(days, axis=1) >= 0)
    assert (named == np.isnan(raw)).all()
    assert days[~named].tolist() == raw[~named].tolist()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 400), min_size=1, max_size=6), min_size=20, max_size=120),
    st.integers(0, 6),
)
def test_a_shop_gets_a_law_or_a_named_cannot_tell(histories: list[list[int]], same: int) -> None:
    """Also shops of odd rhythms: `same` pins every gap of the first customers to one length."""
    if same:
        histories[:60] = [[0, same, 2 * same, 3 * same]] * 60
    who = np.concatenate([np.full(len(days), i) for i, days in enumerate(histories)])
    when = np.concatenate([np.sort(days) for days in histories]).astype(np.int64)
    history = gap_history(who, when)
    try:
        fit = fit_cycle(history, 400)
    except CannotTell:
        return
    law = gap_laws(fit, history)
    assert fit.converged
    assert np.all(np.isfinite(law.location))
    assert np.all(law.spread > 0)
    assert np.all((law.never_returns >= 0) & (law.never_returns <= 1))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_customers_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    days = [np.sort(rng.integers(0, 400, rng.integers(1, 7))) for _ in range(120)]
    new_place = rng.permutation(120)
    laws = []
    for order in (np.arange(120), new_place):
        who = np.concatenate([np.full(len(days[i]), at) for at, i in enumerate(order)])
        history = gap_history(who, np.concatenate([days[i] for i in order]))
        law = gap_laws(fit_cycle(history, 400), history)
        laws.append(law.location[history.last_rows()])
    assert laws[0][new_place].tolist() == laws[1].tolist()
