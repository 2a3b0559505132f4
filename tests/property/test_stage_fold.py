"""The fold against a slow one that walks day by day, and what must hold of any fold."""

from __future__ import annotations

import contextlib
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.errors import CannotTell
from regulars.kernel.clock import day_number, from_day_number, month_ends
from regulars.lifetime.cycle import (
    CycleFit,
    chance_of_return,
    gap_laws,
    percentiles,
    used_percentiles,
)
from regulars.lifetime.cycle_fit import fit_cycle
from regulars.lifetime.gaps import gap_history
from regulars.people.core import core_customers
from regulars.people.stage import fold_stages
from regulars.people.stage_state import DEPTHS, STAGES, Purchases, StageFold
from regulars.people.warmth import WARMTHS
from regulars.settings import CoreSettings, CycleSettings, Settings

# A short horizon and a high bound, so that all warmths occur within some months.
CYCLE = CycleSettings(
    fallback_days=(20.0, 40.0, 70.0), horizon_days=60, lost_below=0.25, won_back_days=25
)
CORE = CoreSettings(window_days=120, share=0.2, min_orders=3)
LAST = 330


def shop(seed: int, customers: int = 150) -> Purchases:
    rng = np.random.default_rng(seed)
    who, day = [], []
    for customer in range(customers):
        at, mean = float(rng.integers(0, 250)), rng.normal(3.0, 0.7)
        while at <= LAST:
            who.append(customer)
            day.append(int(at))
            if rng.random() < 0.25:
                break
            at += rng.choice([0.0, 1.0, 1.0, 1.0, 1.0]) * max(1.0, np.exp(rng.normal(mean, 0.5)))
    size = len(who)
    return Purchases(
        np.array(who),
        np.array(day),
        rng.integers(1, 40, size).astype(float),
        rng.integers(-1, 3, size),
        customers + 3,
    )


def rows(result: StageFold, until: int = LAST) -> list[tuple[int, ...]]:
    history = result.history
    kept = history.day <= until
    columns = (history.customer, history.day, history.depth, history.warmth, history.stage)
    return list(zip(*(column[kept].tolist() for column in columns), strict=True))


def filtered(purchases: Purchases, until: int) -> Purchases:
    kept = purchases.day <= until
    return Purchases(
        purchases.customer[kept],
        purchases.day[kept],
        purchases.net[kept],
        purchases.category[kept],
        purchases.customers,
    )


def walked_day_by_day(purchases: Purchases, customers: list[int]) -> list[tuple[int, ...]]:
    """The same rules, one customer and one day at a time."""
    order = np.lexsort((purchases.day, purchases.customer))
    who, day = purchases.customer[order], purchases.day[order]
    net, category = purchases.net[order], purchases.category[order]
    first = int(day.min())
    fits: dict[int, CycleFit | None] = {}
    cores: dict[int, np.ndarray] = {}
    fit: CycleFit | None = None
    whole = gap_history(who, day, category)
    for end in map(day_number, month_ends(from_day_number(first), from_day_number(LAST))):
        with contextlib.suppress(CannotTell):
            fit = fit_cycle(whole, end, start=fit)
        fits[end] = fit
        cores[end] = core_customers(who, day, net, purchases.customers, end, CORE)
    found = []
    for customer in customers:
        mine = day[who == customer]
        state: tuple[int, ...] | None = None
        gone_yesterday = won_back = False
        for today in range(first, LAST + 1):
            so_far = mine[mine <= today]
            if not len(so_far):
                continue
            passed = max((end for end in fits if end <= today), default=None)
            now_fit = None if passed is None else fits[passed]
            known = whole.until(today)
            row = known.rows(np.flatnonzero(known.customer == customer)[-1:])
            silence = int(today - so_far[-1])
            chance = 1.0
            bounds = np.array(CYCLE.fallback_days)
            if now_fit is not None:
                law = gap_laws(now_fit, row)
                raw = percentiles(law, now_fit.follow_up)
                bounds = used_percentiles(raw, CYCLE.fallback_days)[0][0]
                chance = float(chance_of_return(law, silence, CYCLE.horizon_days)[0])
            if silence == 0:
                won_back = gone_yesterday
            if silence > bounds[0] and chance < CYCLE.lost_below:
                warmth = "lost"
            elif silence > bounds[2]:
                warmth = "dormant"
            elif won_back and silence <= CYCLE.won_back_days:
                warmth = "won_back"
            elif silence > bounds[1]:
                warmth = "at_risk"
            elif silence > bounds[0]:
                warmth = "due"
            else:
                warmth = "on_time"
            gone_yesterday = warmth in ("lost", "dormant")
            depth = ("first_order", "second_order", "growing")[min(len(so_far), 3) - 1]
            if passed is not None and cores[passed][customer]:
                depth = "core"
            stage = warmth if warmth in ("lost", "dormant", "won_back", "at_risk") else depth
            new = (DEPTHS.index(depth), WARMTHS.index(warmth), STAGES.index(stage))
            if new != state:
                found.append((customer, today, *new))
                state = new
    return found


@cache
def folded(seed: int) -> tuple[Purchases, StageFold]:
    purchases = shop(seed)
    return purchases, fold_stages(purchases, LAST, CYCLE, CORE)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_fold_equals_a_walk_day_by_day(seed: int) -> None:
    purchases, result = folded(seed)
    some = np.unique(purchases.customer)[::4].tolist()
    walked = walked_day_by_day(purchases, some)
    assert [row for row in rows(result) if row[0] in some] == walked
    seen = {WARMTHS[row[3]] for row in rows(result)}
    assert seen == {"on_time", "due", "at_risk", "dormant", "lost", "won_back"}
    assert DEPTHS.index("core") in {row[2] for row in rows(result)}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 4), st.integers(1, LAST))
def test_a_run_as_of_a_day_is_the_later_run_cut_at_it(seed: int, as_of: int) -> None:
    purchases, later = folded(seed)
    then = fold_stages(filtered(purchases, as_of), as_of, CYCLE, CORE)
    assert rows(then) == rows(later, as_of)
    unfiltered = fold_stages(purchases, as_of, CYCLE, CORE)
    assert rows(unfiltered) == rows(then)
    assert unfiltered.now.due_day.tolist() == then.now.due_day.tolist()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 4), st.randoms(use_true_random=False))
def test_renaming_customers_renames_results(seed: int, random: object) -> None:
    purchases, result = folded(seed)
    new = list(range(purchases.customers))
    random.shuffle(new)  # type: ignore[attr-defined]
    renamed = fold_stages(
        Purchases(
            np.array(new)[purchases.customer],
            purchases.day,
            purchases.net,
            purchases.category,
            purchases.customers,
        ),
        LAST,
        CYCLE,
        CORE,
    )
    assert sorted((new[row[0]], *row[1:]) for row in rows(result)) == rows(renamed)
    for name in ("depth", "warmth", "stage", "previous_stage", "stage_since", "due_day"):
        before, after = getattr(result.now, name), getattr(renamed.now, name)
        assert before.tolist() == after[new].tolist(), name
    assert result.now.chance_of_return == pytest.approx(
        renamed.now.chance_of_return[new], nan_ok=True
    )


@pytest.mark.parametrize("seed", range(5))
def test_what_holds_of_every_history(seed: int) -> None:
    purchases, result = folded(seed)
    history, now = result.history, result.now
    same = history.customer[1:] == history.customer[:-1]
    assert np.all(np.diff(history.customer) >= 0)
    assert np.all(np.diff(history.day)[same] > 0)
    moved = (np.diff(history.depth) != 0) | (np.diff(history.warmth) != 0)
    assert moved[same].all()
    core, was = DEPTHS.index("core"), history.depth[:-1]
    fell = same & (np.diff(history.depth) < 0)
    assert np.all(was[fell] == core)
    last = np.append(~same, True)
    who = history.customer[last]
    assert np.unique(purchases.customer).tolist() == who.tolist()
    for name in ("depth", "warmth", "stage"):
        assert getattr(now, name)[who].tolist() == getattr(history, name)[last].tolist()
    # due_day is the last day that is not overdue.
    overdue = now.due_day[who] < LAST
    on_time = now.warmth[who] == WARMTHS.index("on_time")
    assert not np.any(on_time & overdue)
    due = now.warmth[who] == WARMTHS.index("due")
    assert np.all(overdue[due])


def seasonal_shop() -> Purchases:
    """Three years with a strong season, a promotion and quantities that stretch gaps."""
    rng = np.random.default_rng(8)
    start, who, day, pieces = 18_700, [], [], []
    for customer in range(400):
        at = float(start + rng.integers(0, 900))
        while at < start + 1100:
            who.append(customer)
            day.append(int(at))
            pieces.append(float(rng.choice([1, 2, 4])))
            if rng.random() < 0.2:
                break
            pace = 1.0 + 0.6 * np.sin(2 * np.pi * at / 365.25)
            at += max(1.0, np.exp(rng.normal(3.2, 0.4)) * pieces[-1] ** 0.6 / pace)
    size = len(who)
    return Purchases(
        np.array(who),
        np.array(day),
        rng.integers(1, 40, size).astype(float),
        rng.integers(-1, 3, size),
        402,
        np.array(pieces),
    )


def test_a_fold_by_the_shops_clock_is_cut_like_any_other() -> None:
    purchases = seasonal_shop()
    promotions = Settings().calendar.promotions
    last = int(purchases.day.max())
    later = fold_stages(purchases, last, CYCLE, CORE, promotions)
    assert not later.months[-1].clock.is_calendar
    assert later.months[-1].stretch.theta > 0.2
    for as_of in (last - 700, last - 401, last - 133, last - 20):
        kept = purchases.day <= as_of
        then = fold_stages(
            Purchases(
                purchases.customer[kept],
                purchases.day[kept],
                purchases.net[kept],
                purchases.category[kept],
                purchases.customers,
                None if purchases.pieces is None else purchases.pieces[kept],
            ),
            as_of,
            CYCLE,
            CORE,
            promotions,
        )
        assert rows(then, as_of) == rows(later, as_of)
        warmth = np.array([WARMTHS[code] for code in then.now.warmth])
        bought = then.now.due_day > -(10**9)
        assert np.all(then.now.due_day[bought & (warmth == "on_time")] >= as_of)
        assert np.all(then.now.due_day[warmth == "due"] < as_of)
