"""Effort and content held against a made shop, whose truth was counted while it was made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from regulars import Shop
from regulars.app.as_of import understood_as_of
from regulars.insight.content.draw import draw as content
from regulars.insight.content.judged import MORE
from regulars.insight.effort.draw import draw as effort
from regulars.insight.picture import Picture, View
from regulars.insight.screening.draw import draw as screening
from regulars.simulate import simulate

DAYS = 400


@dataclass(frozen=True)
class Made:
    """A made shop: what is true of its events, and its tables."""

    truth: dict[str, Any]
    view: View
    first: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    folder = tmp_path_factory.mktemp("effort")
    files = simulate(folder / "files", customers=2_500, days=DAYS, seed=11, events="all")
    truth = json.loads((files.folder / "truth" / "events.json").read_text("utf-8"))
    Shop.create(folder / "shop", name="made", language="en").close()
    with Shop(folder / "shop") as shop:
        kinds = ("orders", "customers", "products", "events")
        shop.import_files(
            *(one for kind in kinds for one in sorted(files.folder.glob(f"{kind}*.parquet")))
        )
        shop.understand()
        as_of = understood_as_of(shop.warehouse)
        yield Made(
            truth, View(shop.warehouse, shop.home.settings, as_of), files.first_day.isoformat()
        )


@pytest.fixture(scope="module")
def of_content(made: Made) -> Picture:
    return content(made.view, from_=made.first)


@pytest.fixture(scope="module")
def of_effort(made: Made) -> Picture:
    return effort(made.view, from_=made.first)


def _articles(made: Made) -> dict[str, dict[str, Any]]:
    return {one["path"]: one["by_orders_so_far"] for one in made.truth["content"]["articles"]}


def _stages(of_content: Picture, item: str) -> dict[str, dict[str, Any]]:
    rows = of_content.tables["stages"].to_pylist()
    return {row["orders_so_far"]: row for row in rows if row["item"] == item}


def test_the_one_article_that_helps_is_found_and_raises_the_odds_as_it_was_made_to(
    made: Made, of_content: Picture
) -> None:
    items = of_content.tables["items"].to_pylist()
    articles = [row for row in items if row["kind"] == "article"]
    assert {row["item"] for row in articles} == set(_articles(made))
    found = [row["item"] for row in articles if row["verdict"] == MORE]
    assert found == ["/articles/care-guide"]
    told = _stages(of_content, "/articles/care-guide")
    true = _articles(made)["/articles/care-guide"]
    for stage in ("none", "one"):
        row = told[stage]
        assert row["difference_low"] > 0
        # Where an order follows it is read 2.5 times as often, which raises the odds of an order
        # within a stratum by as much; over strata taken together, by a little less.
        odds = [share / (1 - share) for share in (row["share_with"], row["share_without"])]
        assert true[stage]["factor"] == 2.5
        assert 1.8 < odds[0] / odds[1] < 2.8
    more = told["more"]
    assert more["difference_low"] < 0 < more["difference_high"]


def test_what_good_customers_like_to_read_makes_no_difference(
    made: Made, of_content: Picture
) -> None:
    item = "/articles/member-stories"
    row = next(row for row in of_content.tables["items"].to_pylist() if row["item"] == item)
    true = _articles(made)[item].values()
    visits = {one: sum(stage[f"visits_{one}"] for stage in true) for one in ("with", "without")}
    share = {
        one: sum(stage[f"visits_{one}"] * stage[f"chance_{one}"] for stage in true) / visits[one]
        for one in visits
    }
    # Of all visits, orders follow those with it far more often, by who reads it.
    assert share["with"] > share["without"] + 0.1
    assert row["difference_low"] < 0 < row["difference_high"]


def test_questions_have_a_page_where_the_shop_made_one(made: Made, of_content: Picture) -> None:
    rows = of_content.tables["questions"].to_pylist()
    assert {row["question"]: row["page"] for row in rows} == {
        one["question"]: one["has_page"] for one in made.truth["questions"]
    }
    assert of_content.facts["questions"]["answered"] == 4


def test_searches_and_refunds_are_counted_as_they_were_made(made: Made, of_effort: Picture) -> None:
    true = made.truth["effort"]
    whole = of_effort.tables["searches"].to_pylist()[0]
    assert (whole["searches"], whole["without"]) == (
        true["searches"], true["searches_without_result"],
    )  # fmt: skip
    waits = {row["wait"]: row for row in of_effort.tables["waits"].to_pylist()}
    money = waits["return_to_refund"]
    assert money["over"] == true["refunds"]
    assert money["median_days"] == pytest.approx(true["refund_days"], rel=0.2)


def test_carts_and_checkouts_left_are_nearly_those_made(made: Made, of_effort: Picture) -> None:
    # Of a visit the truth is told; a cart of several visits is one here, and so are checkouts of
    # a day; orders wholly taken back are none here.
    true = made.truth["effort"]
    carts = of_effort.tables["carts"].to_pylist()[0]
    assert carts["left"] == pytest.approx(true["carts_without_an_order"], rel=0.1)
    checkout = of_effort.tables["checkout"].to_pylist()
    assert checkout[0]["reached"] == pytest.approx(true["checkouts"], rel=0.05)
    left = sum(row["left"] for row in checkout)
    assert left == pytest.approx(true["checkouts_without_an_order"], rel=0.3)


def test_sources_stand_in_the_order_of_how_many_of_theirs_buy(made: Made) -> None:
    picture = screening(made.view, from_=made.first, days=200)
    told = {
        row["value"]: row["ordered_share"]
        for row in picture.tables["branches"].to_pylist()
        if row["layer"] == "source"
    }
    true = {row["source"]: row["buyers"] / row["seen"] for row in made.truth["line"] if row["seen"]}
    assert set(told) == set(true)
    best, worst = max(true, key=true.__getitem__), min(true, key=true.__getitem__)
    assert max(told, key=told.__getitem__) == best
    assert min(told, key=told.__getitem__) == worst
