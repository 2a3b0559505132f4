"""Portraits of any group against any base."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.picture import View
from regulars.insight.portraits.attributes import bands
from regulars.insight.portraits.draw import Asked, draw, portray
from regulars.insight.portraits.value_names import plain_value, value_name
from regulars.insight.statistics.wilson import binomial_p, discoveries, wilson
from samples.made_people import person, view


def shop(people: list[dict[str, Any]]) -> View:
    return view((), people, as_of="2026-04-15")


def halves() -> list[dict[str, Any]]:
    """100 buyers: of 40 core 30 came by ads, of 60 others 10; one of each side tells no source."""
    people = []
    for who in range(100):
        core = who < 40
        ads = who < 30 or 40 <= who < 50
        people.append(
            person(
                who,
                depth="core" if core else "growing",
                orders=3 if core else 1,
                source=None if who in (39, 99) else "ads" if ads else "search",
            )
        )
    return people


def test_a_portrait_worked_by_hand() -> None:
    drawn = draw(shop(halves()), attribute=["source"])
    ads, search = drawn.tables["rows"].to_pylist()
    if ads["value"] != "ads":
        ads, search = search, ads
    # Known are 39 of the 40 core and 98 of all 100.
    assert (ads["group_customers"], ads["group_known"]) == (30, 39)
    assert (ads["base_customers"], ads["base_known"]) == (40, 98)
    assert ads["group_share"] == pytest.approx(30 / 39)
    assert ads["base_share"] == pytest.approx(40 / 98)
    assert ads["tgi"] == pytest.approx(30 / 39 * 98 / 40 * 100)
    # Wilson, n = 39, p = 30/39: (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
    z, n, p = 1.959964, 39, 30 / 39
    reach = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low = (p + z * z / (2 * n) - reach) / (1 + z * z / n)
    high = (p + z * z / (2 * n) + reach) / (1 + z * z / n)
    assert ads["low"] == pytest.approx(low / (40 / 98) * 100)
    assert ads["high"] == pytest.approx(high / (40 / 98) * 100)
    assert (ads["verdict"], search["verdict"]) == ("over", "under")
    assert drawn.says[0].en == "40 core customers, against all buyers (100)."


def test_two_sided_exact_p_of_a_share() -> None:
    # 9 or 10 of 10 at a half: (10 + 1) / 1024, doubled.
    assert float(binomial_p(9, 10, 0.5)) == pytest.approx(22 / 1024)
    assert float(binomial_p(5, 10, 0.5)) == 1


def test_discoveries_after_benjamini_and_hochberg() -> None:
    # Their own example (1995, p. 296): of 15 tests at 5 %, the four smallest are found.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
         0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert discoveries(p).sum() == 4
    # Bounds 0.0125, 0.025, 0.0375, 0.05.
    assert discoveries([0.001, 0.03, 0.04, 0.6]).tolist() == [True, False, False, False]
    assert not len(discoveries([]))


def test_chance_alone_is_hardly_ever_a_verdict() -> None:
    """A group drawn by lot from its base: of 60 rows in 20 draws, next to none is told."""
    draws = np.random.default_rng(1)
    told = 0
    for _ in range(20):
        people = [
            person(who, depth="core" if draws.random() < 0.3 else "growing",
                   source=str(draws.integers(3)))
            for who in range(300)
        ]  # fmt: skip
        rows = draw(shop(people), attribute=["source"]).tables["rows"].to_pylist()
        told += sum(1 for row in rows if row["verdict"])
    assert told <= 3


def test_small_groups_are_not_told() -> None:
    people = [person(who, source="a" if who < 20 else "b") for who in range(100)]
    drawn = draw(shop(people), by="source", attribute=["gender", "orders", "categories"])
    assert drawn.facts["groups"] == {"b": 80}
    assert any("Not shown" in said.en and "a" in said.en for said in drawn.says)
    with pytest.raises(CannotTell, match="No group has 30 customers"):
        draw(shop(people), group=["source = a"])


def test_nobody_has_no_portrait() -> None:
    with pytest.raises(CannotTell):
        draw(shop([]))


def test_values_of_few_are_told_together() -> None:
    people = [
        person(who, depth="core" if who % 2 else "growing",
               city="A" if who < 60 else "B" if who < 95 else f"only {who}")
        for who in range(100)
    ]  # fmt: skip
    rows = draw(shop(people), attribute=["city"]).tables["rows"].to_pylist()
    assert {row["value"]: row["base_customers"] for row in rows} == {"A": 60, "B": 35, "(other)": 5}


def test_several_values_count_once_each_and_shares_are_of_those_known() -> None:
    people = [
        person(who, depth="core" if who < 40 else "growing",
               tags=["x", "x", "y"] if who < 30 else ["y"] if who < 80 else None)
        for who in range(100)
    ]  # fmt: skip
    rows = {
        row["value"]: row
        for row in draw(shop(people), attribute=["tags"]).tables["rows"].to_pylist()
    }
    assert (rows["x"]["group_customers"], rows["x"]["group_known"]) == (30, 40)
    assert (rows["x"]["base_customers"], rows["x"]["base_known"]) == (30, 80)
    assert (rows["y"]["base_customers"], rows["y"]["group_share"]) == (80, 1.0)


def test_the_conditions_of_the_group_are_no_news_of_it() -> None:
    people = [
        person(who, depth="core" if who < 50 else "growing", stage="core" if who < 45 else "lost",
               source="a" if who % 3 else "b", orders=3 if who < 50 else 1)
        for who in range(100)
    ]  # fmt: skip
    attributes = set(draw(shop(people)).tables["rows"]["attribute"].to_pylist())
    assert "source" in attributes
    assert not attributes & {"depth", "stage", "orders"}
    asked = draw(shop(people), attribute=["stage"]).tables["rows"]
    assert set(asked["attribute"].to_pylist()) == {"stage"}


def test_ages_count_birthdays() -> None:
    """On 15 April 2026: born 16 April 2008 is 17, born on the 15th is 18."""
    born = [date(2008, 4, 16), date(2008, 4, 15)]
    people = [
        person(who, depth="core" if who % 3 else "growing", birth_date=born[who % 2])
        for who in range(200)
    ]
    rows = draw(shop(people), attribute=["age"]).tables["rows"].to_pylist()
    assert {row["value"]: row["base_customers"] for row in rows} == {"≤ 17": 100, "18–24": 100}


def test_the_core_gives_way_to_the_champions_where_it_is_too_small() -> None:
    people = [
        person(who, rfm_segment="champions" if who < 40 else "lost", source="ab"[who % 2])
        for who in range(100)
    ]
    assert draw(shop(people)).facts["group"] == ["rfm_segment = champions"]


def test_an_attribute_of_several_values_splits_nobody() -> None:
    with pytest.raises(UnknownValue, match="several values of tags"):
        draw(shop(halves()), by="tags")
    with pytest.raises(UnknownValue, match="Did you mean 'source'"):
        draw(shop(halves()), by="sourc")


numbers = st.lists(st.integers(0, 500), min_size=1, max_size=60)


@given(numbers, st.sampled_from(["count", "days", "money", "share"]))
def test_bands_rise_and_each_holds_somebody_or_is_the_last(values: list[int], kind: str) -> None:
    sample = np.sort(np.array(values, dtype=float) / (500 if kind == "share" else 1))
    cuts = bands(sample, kind)
    assert list(cuts) == sorted(set(cuts))
    assert not cuts or cuts[-1] < sample.max()


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=60, max_size=120), st.integers(35, 55))
def test_parts_add_up_to_the_whole(sources: list[str], core: int) -> None:
    people = [
        person(who, depth="core" if who < core else "growing", source=source,
               monetary=Decimal(who))
        for who, source in enumerate(sources)
    ]  # fmt: skip
    drawn, _ = portray(shop(people), Asked(("depth = core",)))
    for attribute in set(drawn.table["attribute"].to_pylist()):
        rows = [row for row in drawn.table.to_pylist() if row["attribute"] == attribute]
        assert sum(row["group_customers"] for row in rows) == rows[0]["group_known"]
        assert sum(row["base_customers"] for row in rows) == rows[0]["base_known"]
        assert sum(row["base_share"] for row in rows) == pytest.approx(1)


def test_the_interval_of_nobody_and_of_all() -> None:
    low, high = wilson([0, 10, 0], [10, 10, 0])
    assert low[0] == 0
    assert high[1] == 1
    assert np.isnan(low[2])


def test_a_banded_attribute_splits_as_well_as_it_is_told() -> None:
    drawn = draw(shop(halves()), by="orders")
    assert {row["group"] for row in drawn.tables["rows"].to_pylist()} <= {"1", "2", "≥ 2", "3"}


def test_end_users_are_not_told_unless_the_settings_say_so() -> None:
    people = [row | {"end_users": who % 3} for who, row in enumerate(halves())]
    told = draw(shop(people)).tables["rows"]["attribute"].to_pylist()
    assert "end_users" not in told
    for asked in ({"attribute": ["end_users"]}, {"by": "end_users"}, {"group": ["end_users >= 2"]}):
        with pytest.raises(CannotTell, match="agreed to nothing"):
            draw(shop(people), **asked)


def test_asked_for_nothing_it_leaves_out_what_the_rule_brings_about() -> None:
    people = [
        row | {"rfm_segment": "champions" if row["depth"] == "core" else "lost"} for row in halves()
    ]
    drawn = draw(shop(people))
    told = {row["attribute"] for row in drawn.tables["rows"].to_pylist()}
    assert "source" in told
    assert not told & {"orders", "monetary", "rfm_segment", "customer_type", "stage"}
    assert any("by itself" in one.en for one in drawn.says)
    # Of the sources the same attributes are news.
    assert "rfm_segment" in {row["attribute"] for row in drawn.tables["sources"].to_pylist()}
    asked = draw(shop(people), group=["depth = core"])
    assert "rfm_segment" in {row["attribute"] for row in asked.tables["rows"].to_pylist()}


def test_a_segment_of_rfm_is_not_taken_for_a_stage() -> None:
    assert value_name("rfm_segment", "lost", "en") == "RFM: Lost"
    assert plain_value("rfm_segment", "lost", "en") == "RFM: Lost"
    assert not plain_value("stage", "lost", "en").startswith("RFM")
