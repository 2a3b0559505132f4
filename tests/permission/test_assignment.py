"""Hold-outs: deterministic, recorded once, and the first record wins for ever."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from regulars.engines.store import Store
from regulars.engines.store_assignments import SqlAssignments
from regulars.permission.assignment import (
    Epoch,
    HoldOuts,
    epoch_for,
    read_hold_outs,
    record_drawn,
)

DAY = date(2026, 11, 11)
IDS = np.arange(1, 20_001)


def hold_outs(book: SqlAssignments, day: date = DAY, share: float = 0.05) -> HoldOuts:
    return read_hold_outs(book, day, ["due"], shop_id="shop", share=share, days=90)


def record(book: SqlAssignments, held: HoldOuts, *drawn, day: date = DAY) -> bool:
    return record_drawn(book, held, drawn, assigned_on=day, playbook="abc", recorded_at=0)


@pytest.fixture
def book(store: Store):
    return SqlAssignments(store)


def test_the_same_customer_falls_into_the_same_arm_whoever_else_is_there(book):
    held = hold_outs(book)
    every = held.of_play("due", "due", 0.1, IDS)
    third = held.of_play("due", "due", 0.1, IDS[::3])
    assert (every.held_out[::3] == third.held_out).all()
    assert (every.buckets[::3] == third.buckets).all()


@pytest.mark.parametrize("share", [0.05, 0.1, 0.5])
def test_the_held_out_share_is_what_was_asked_for(share):
    drawn = HoldOuts("shop", Epoch(1, DAY, DAY, share, "s")).of_play("due", "due", share, IDS)
    # 20,000 draws: four standard errors of a binomial share
    assert abs(drawn.held_out.mean() - share) < 4 * np.sqrt(share * (1 - share) / len(IDS))


def test_buckets_are_uniform_and_independent_between_tests_and_epochs():
    held = HoldOuts("shop", Epoch(1, DAY, DAY, 0.5, "shop:global:1"))
    again = HoldOuts("shop", Epoch(2, DAY, DAY, 0.5, "shop:global:2"))
    buckets = [
        held.of_play("due", "due", 0.5, IDS).buckets,
        held.of_play("lost", "lost", 0.5, IDS).buckets,
        held.of_all_marketing(IDS).buckets,
        again.of_all_marketing(IDS).buckets,
    ]
    for index, mine in enumerate(buckets):
        assert stats.kstest(mine, "uniform").pvalue > 1e-4
        for other in buckets[:index]:
            assert abs(np.corrcoef(mine, other)[0, 1]) < 4 / np.sqrt(len(IDS))


def test_another_shop_draws_other_customers():
    epoch = Epoch(1, DAY, DAY, 0.5, "s")
    mine = HoldOuts("mine", epoch).of_play("due", "due", 0.5, IDS).held_out
    theirs = HoldOuts("theirs", epoch).of_play("due", "due", 0.5, IDS).held_out
    assert 0.4 < (mine == theirs).mean() < 0.6


def test_a_recorded_customer_keeps_the_arm_when_the_share_changes(book):
    held = hold_outs(book)
    first = held.of_play("due", "due", 0.1, IDS[:10_000])
    assert record(book, held, first)
    later = hold_outs(book).of_play("due", "due", 0.9, IDS)
    assert (later.held_out[:10_000] == first.held_out).all()
    assert not later.is_new[:10_000].any()
    assert later.is_new[10_000:].all()
    assert later.held_out[10_000:].mean() > 0.85


def test_recording_again_adds_nothing(book):
    held = hold_outs(book)
    assert record(book, held, held.of_play("due", "due", 0.1, IDS))
    again = hold_outs(book)
    drawn = again.of_play("due", "due", 0.1, IDS)
    assert list(drawn.rows(1, DAY, "abc")) == []
    assert record(book, again, drawn)
    assert len(book.arms("play:due")[0]) == len(IDS)


def test_a_record_tells_test_play_epoch_arm_bucket_day_and_playbook(book):
    held = hold_outs(book)
    rows = list(held.of_play("due", "due", 0.1, np.array([7])).rows(1, DAY, "abc"))
    (test, customer_id, play, epoch, arm, bucket, assigned_on, playbook) = rows[0]
    assert (test, customer_id, play, epoch) == ("play:due", 7, "due", 1)
    assert arm == ("hold_out" if bucket < 0.1 else "treat")
    assert (assigned_on, playbook) == ("2026-11-11", "abc")


def test_the_epochs_share_and_salt_stay_when_the_settings_change(book):
    held = hold_outs(book, share=0.05)
    assert record(book, held, held.of_all_marketing(IDS))
    later = hold_outs(book, day=DAY + timedelta(days=89), share=0.5)
    assert later.epoch == held.epoch
    newcomers = np.arange(100_000, 110_000)
    assert later.of_all_marketing(newcomers).held_out.mean() < 0.1


def test_a_new_epoch_draws_anew(book):
    held = hold_outs(book)
    first = held.of_all_marketing(IDS)
    assert record(book, held, first)
    later = hold_outs(book, day=DAY + timedelta(days=90), share=0.05)
    second = later.of_all_marketing(IDS)
    assert later.epoch.number == 2
    assert later.epoch.starts_on == DAY + timedelta(days=90)
    assert second.is_new.all()
    both = (first.held_out & second.held_out).mean()
    assert both < 0.01  # 0.25 % by chance: nobody is left alone for ever


def test_two_plans_that_begin_an_epoch_at_once_do_not_mix(book):
    mine, theirs = hold_outs(book), hold_outs(book, day=DAY + timedelta(days=200))
    assert record(book, mine, mine.of_all_marketing(IDS))
    assert not record(book, theirs, theirs.of_all_marketing(IDS + 100_000))
    assert len(book.epochs()) == 1
    assert book.arms("global:1")[0].tolist() == IDS.tolist()


@given(st.lists(st.tuples(st.integers(-1000, 1000), st.integers(1, 200)), min_size=1, max_size=12))
def test_epochs_hold_their_day_and_never_overlap_in_whatever_order_days_are_planned(calls):
    recorded: list[Epoch] = []
    for offset, days in calls:
        day = DAY + timedelta(days=offset)
        epoch = epoch_for(day, recorded, shop_id="shop", share=0.05, days=days)
        assert epoch.starts_on <= day <= epoch.ends_on
        if epoch not in recorded:
            assert (epoch.ends_on - epoch.starts_on).days < days
            recorded.append(epoch)
        assert epoch_for(day, recorded, shop_id="shop", share=0.9, days=7) == epoch
    for one in recorded:
        for other in recorded:
            assert one is other or one.ends_on < other.starts_on or other.ends_on < one.starts_on
    assert len({epoch.number for epoch in recorded}) == len(recorded)
    assert len({epoch.salt for epoch in recorded}) == len(recorded)
