"""Tiers: reached at once, kept for a period, judged anew at its end."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benefit.points.members import THREE
from benefit.shelf import DAY, MIDNIGHT, NOON, ZONE
from regulars.benefit.definition.terms import Tier, Tiers
from regulars.benefit.tier.judge import (
    NOBODY,
    Standing,
    judge,
    place_of,
    progress,
    tier_of,
)
from regulars.ledger.command import NEVER

EXAMPLES = int(os.environ.get("REGULARS_EXAMPLES", "300"))
ONE_DOWN = Tiers(tiers=THREE.tiers, keep_days=30, falls_to="one")
GOLD = Standing("gold", NOON - 30 * DAY, NOON)


@pytest.mark.parametrize(
    ("growth", "tier"),
    [(0, ""), (99, ""), (100, "silver"), (499, "silver"), (500, "gold"), (9_999, "gold")],
)
def test_a_tier_is_reached_exactly_at_its_threshold(growth, tier):
    assert judge(THREE, NOBODY, growth, NOON, ZONE).standing.tier == tier


def test_who_rises_over_several_has_the_gifts_of_each():
    judged = judge(THREE, NOBODY, 500, NOON, ZONE)
    assert (judged.what, judged.gifts) == ("reached", ("coupon:ten", "gift:mug"))
    assert judged.standing == Standing("gold", NOON, MIDNIGHT + 30 * DAY)


def test_in_its_period_a_tier_stays_whatever_is_left_of_growth():
    silver = Standing("silver", NOON, NOON + 1)
    assert judge(THREE, silver, 0, NOON, ZONE).standing == silver
    assert judge(THREE, silver, 0, NOON + 1, ZONE).what == "lost"


def test_at_the_end_of_its_period_it_is_kept_or_falls_to_what_is_reached():
    kept = judge(THREE, GOLD, 500, NOON, ZONE)
    assert (kept.what, kept.standing.until) == ("kept", MIDNIGHT + 30 * DAY)
    assert judge(THREE, GOLD, 499, NOON, ZONE).standing.tier == "silver"
    lost = judge(THREE, GOLD, 99, NOON, ZONE)
    assert (lost.what, lost.before) == ("lost", "gold")
    assert lost.standing == Standing("bronze", NOON, NEVER)


def test_by_one_tier_at_most_where_the_shop_has_published_so():
    lost = judge(ONE_DOWN, GOLD, 0, NOON, ZONE)
    assert (lost.standing.tier, lost.standing.until) == ("silver", MIDNIGHT + 30 * DAY)


def test_of_a_tier_that_is_published_no_longer_nothing_is_left_but_what_is_reached():
    gone = Standing("platinum", NOON - DAY, NOON + DAY)
    assert judge(THREE, gone, 120, NOON, ZONE).standing.tier == "silver"
    assert judge(THREE, gone, 0, NOON, ZONE).standing == gone
    assert judge(THREE, gone, 0, NOON + DAY, ZONE).standing.tier == "bronze"


def test_without_tiers_nobody_is_judged():
    assert judge(Tiers(), GOLD, 0, NOON, ZONE).standing == GOLD
    assert progress(Tiers(), GOLD, 0) is None
    assert tier_of(Tiers(), GOLD) is None


def test_the_way_to_the_next_tier_is_told_in_growth_and_as_a_share():
    found = progress(THREE, Standing("silver", 0, NOON), 462)
    assert (found.tier.name, found.next.name, found.more) == ("silver", "gold", 38)
    assert found.share == (462 - 100) / 400
    assert found.to_keep == 0
    assert progress(THREE, NOBODY, 0).share == 0
    highest = progress(THREE, GOLD, 450)
    assert (highest.next, highest.more, highest.share, highest.to_keep) == (None, 0, 1.0, 50)


@st.composite
def tiers(draw) -> Tiers:
    steps = draw(st.lists(st.integers(1, 60), max_size=4))
    thresholds = [sum(steps[:place]) for place in range(len(steps) + 1)]
    return Tiers(
        tiers=tuple(Tier(name=f"t{n}", title="", growth=one) for n, one in enumerate(thresholds)),
        keep_days=draw(st.integers(1, 40)),
        falls_to=draw(st.sampled_from(("reached", "one"))),
    )


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    tiers(),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 300)), min_size=1, max_size=12),
)
def test_whatever_happens_the_fold_of_judgements_keeps_its_promises(of, history):
    standing, at = NOBODY, NOON
    for days, growth in history:
        at += days * DAY
        reached = max(n for n, one in enumerate(of.tiers) if one.growth <= growth)
        has = place_of(of, standing.tier)
        judged = judge(of, standing, growth, at, ZONE)
        now = place_of(of, judged.standing.tier)
        assert judge(of, judged.standing, growth, at, ZONE).what == ""  # asked again, nothing
        assert now >= reached  # nobody has less than they reach
        assert (now > has) == (judged.what == "reached") == (reached > has)
        if now < has:
            assert at >= standing.until
            assert now == (max(reached, has - 1) if of.falls_to == "one" else reached)
        if judged.what and now:
            assert judged.standing.since == at < judged.standing.until < NEVER
        if not judged.what:
            assert judged.standing == standing
        standing = judged.standing
