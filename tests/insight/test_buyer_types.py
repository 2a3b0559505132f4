"""Types of buyers: a published rule, found by clustering."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from regulars.errors import CannotTell
from regulars.insight.buyer_types import draw
from regulars.insight.picture import View
from regulars.people.buyer_types import MOST, fit_types, sample_step, sampled
from regulars.people.columns import SCHEMA
from regulars.people.type_column import NEEDED, behaviours_of, customer_types
from regulars.people.type_names import BEHAVIOURS, named, type_name
from samples.made_people import person, view


def three_kinds() -> list[dict[str, Any]]:
    """300 buyers of three kinds, alike within each but for a grain.

    | kind | customers | orders | order value | categories | discounted | days since |
    |---|---|---|---|---|---|---|
    | once | 150 | 1 | 20 | 1 | never | 300 |
    | bargain | 90 | 4 | 20 | 2 | always | 100 |
    | regular | 60 | 20 | 100 | 6 | never | 10 |
    """
    kinds = (
        [(1, 20, 1, 0.0, 300)] * 150 + [(4, 20, 2, 1.0, 100)] * 90 + [(20, 100, 6, 0.0, 10)] * 60
    )
    return [
        person(
            who,
            orders=orders,
            average_order_value=Decimal(value),
            monetary=Decimal(orders * value),
            profit=Decimal(orders * value) / 10,
            categories=categories,
            discounted_share=discounted,
            recency_days=days + who % 3,
            depth="core" if orders > 10 else "growing",
        )
        for who, (orders, value, categories, discounted, days) in enumerate(kinds, 1)
    ]


def typed(people: list[dict[str, Any]]) -> View:
    """The shop with the column of types that `understand` would write."""
    import pyarrow as pa

    table = pa.Table.from_pylist(people, schema=SCHEMA)
    keys = customer_types({name: table[name] for name in ("customer_id", *NEEDED)})
    told = keys.to_pylist()
    return view(
        (),
        [{**row, "customer_type": key} for row, key in zip(people, told, strict=True)],
        as_of="2026-04-15",
    )


def _columns(people: list[dict[str, Any]]) -> dict[str, Any]:
    import pyarrow as pa

    table = pa.Table.from_pylist(people, schema=SCHEMA)
    return {name: table[name].combine_chunks() for name in NEEDED}


def test_the_types_of_a_made_up_shop_worked_by_hand() -> None:
    drawn = draw(typed(three_kinds()))
    once, bargain, regular = drawn.tables["types"].to_pylist()
    assert [row["customers"] for row in (once, bargain, regular)] == [150, 90, 60]
    assert [row["share"] for row in (once, bargain, regular)] == [0.5, 0.3, 0.2]
    # Sales 150 x 20 + 90 x 80 + 60 x 2,000 = 130,200; profit a tenth of each.
    assert regular["sales_share"] == pytest.approx(120_000 / 130_200)
    assert bargain["profit_share"] == pytest.approx(7_200 / 130_200)
    assert (regular["core_share"], once["core_share"]) == (1, 0)
    assert (bargain["orders"], bargain["average_order_value"], bargain["categories"]) == (4, 20, 2)
    assert (bargain["discounted_share"], once["discounted_share"]) == (1, 0)
    assert (bargain["promotion_share"], bargain["refund_share"]) == (0, 0)
    # Days since: 100, 101, 102 in turn, 30 of each.
    assert bargain["recency_days"] == pytest.approx(101)
    assert drawn.facts["agreement"] == 1
    rows = drawn.tables["choices"].to_pylist()
    assert [row["k"] for row in rows if row["chosen"]] == [3]
    assert max(row["silhouette"] for row in rows) == rows[0]["silhouette"] > 0.9
    assert once["type"].startswith("once")
    assert once["name"].startswith("Bought once")
    assert "categories" in regular["rule"]
    assert "多类目" in regular["name_zh"]


def test_the_rule_alone_decides_who_is_of_which_type() -> None:
    """Whoever meets the words of the rule is of the type: one bound tells each kind apart here."""
    people = three_kinds()
    rule = fit_types(_behaviours(people))
    code = rule.apply(_behaviours(people))
    assert (code >= 0).all()
    outside = {one.name: np.array([0.0]) for one in BEHAVIOURS} | {"orders": np.array([50.0])}
    assert len(rule.apply(outside)) == 1
    for at, one in enumerate(rule.types):
        for who in np.flatnonzero(code == at):
            assert any(
                all(
                    bound.above < _behaviours(people)[bound.behaviour.name][who] <= bound.upto
                    for bound in leaf
                )
                for leaf in one.leaves
            )
        break


def _behaviours(people: list[dict[str, Any]]) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    named_columns = {one.name for one in BEHAVIOURS} - {"promotion_share"}
    columns = {name: np.array([float(row[name]) for row in people]) for name in named_columns}
    return columns | {"promotion_share": np.zeros(len(people))}


def test_the_same_buyers_give_the_same_rule() -> None:
    first, second = (fit_types(_behaviours(three_kinds())) for _ in range(2))
    assert first == second


def test_every_possible_buyer_has_one_type() -> None:
    rule = fit_types(_behaviours(three_kinds()))
    draws = np.random.default_rng(3)
    anybody = {one.name: np.abs(draws.normal(0, 50, 500)) for one in BEHAVIOURS}
    met = np.zeros(500, dtype=int)
    for one in rule.types:
        for leaf in one.leaves:
            inside = np.ones(500, dtype=bool)
            for bound in leaf:
                values = anybody[bound.behaviour.name]
                inside &= (values > bound.above) & (values <= bound.upto)
            met += inside
    assert (met == 1).all()


def test_too_few_buyers_or_all_alike_have_no_types() -> None:
    with pytest.raises(CannotTell, match="Types of buyers need 200 buyers, and 199 are known"):
        draw(typed(three_kinds()[:199]))
    with pytest.raises(CannotTell):
        draw(typed([person(who) for who in range(300)]))
    with pytest.raises(CannotTell):
        draw(typed([]))


def test_a_large_shop_is_fitted_on_some_of_its_buyers() -> None:
    step = sample_step(1_000_000)
    assert 0.95 < sampled(np.arange(1_000_000), step).sum() / (1_000_000 / step) < 1.05
    assert 1_000_000 / step <= MOST
    assert sampled(np.arange(10), sample_step(10)).all()
    assert sample_step(0) == 1


def test_two_types_never_share_a_name() -> None:
    same = [({"orders": 1.0, "categories": 0.9, "recency_days": 0.3}, False)] * 2
    assert len(set(named(same))) == 2
    assert type_name("frequent+2", "en") == "Buys often, 2"
    assert named([({"orders": 0.1}, False)]) == ["ordinary"]


def test_a_name_says_only_what_the_rule_says() -> None:
    people = three_kinds()
    rule = fit_types(behaviours_of(_columns(people)))
    tokens = {token: one.name for one in BEHAVIOURS for token in (one.high, one.low)}
    for one in rule.types:
        bounded = {bound.behaviour.name for leaf in one.leaves for bound in leaf}
        assert {tokens[part] for part in one.key.split("+") if part in tokens} <= bounded


def test_a_share_that_is_not_all_is_not_called_all() -> None:
    people = three_kinds()
    for row in people[150:151]:  # of 90 who always had a discount, one had none
        row["discounted_share"] = 0.9
    told = " ".join(one.en for one in draw(typed(people)).says)
    assert ">99% of their purchases used a discount" in told


def test_types_of_an_earlier_version_are_not_dropped_unsaid() -> None:
    shop = view(
        (), [row | {"customer_type": "of_old"} for row in three_kinds()], as_of="2026-04-15"
    )
    with pytest.raises(CannotTell, match="that the rule does not name"):
        draw(shop)
