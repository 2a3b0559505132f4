"""The line by source, and its five stages: one answer on both engines, with many ties."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from regulars.engines.duckdb import Warehouse
from regulars.engines.spark import SparkWarehouse
from regulars.insight.aarrr.draw import draw as draw_stages
from regulars.insight.entries import entries
from regulars.insight.line.counts import count, newcomers
from regulars.insight.line.sources import most_told
from regulars.insight.line.steps import line_of
from regulars.insight.picture import Picture, View
from regulars.insight.sources.draw import draw as draw_sources
from regulars.insight.span import span_of
from regulars.timeline.line import CAME, KNOWN
from samples.newcomers import Newcomers

AS_OF = date(2026, 4, 15)
_DAYS = ("2026-01-01", "2026-01-31", "2026-02-01", "2026-02-02", "2026-03-01", "2026-03-02")
_TIMES = ("00:00:00", "23:59:59.999999", "12:00:00", "12:00:00.5", "12:00:01")
_NAMES = ("Followed", "Application Installed", "Application Opened", "Email Delivered", "Seen")
_SOURCES = (None, None, "ads", " ADS", "mail", "(direct)", "", "qr")


def _shop() -> Newcomers:
    """150 customers at thirty instants; several entries of one are at the same one."""
    draw = random.Random(7)
    shop = Newcomers()
    for customer in range(150):
        for _ in range(draw.randrange(9)):
            at = f"{draw.choice(_DAYS)} {draw.choice(_TIMES)}"
            told: dict[str, Any] = {"source": draw.choice(_SOURCES)}
            told["inviter"] = draw.choice((None, None, None, "A", "B", ""))
            if draw.random() < 0.4:
                shop.see(customer, at, **told)
            else:
                shop.see(customer, at, "track", name=draw.choice(_NAMES), **told)
        for _ in range(draw.choice((0, 0, 1, 2))):
            shop.buy(customer, f"{draw.choice(_DAYS)} {draw.choice(_TIMES)}", "10.5", "3.25")
            shop.values[customer] = draw.choice((1.5, 20.0))
            shop.traits[customer] = (draw.choice("FM"), draw.choice("XYZ"), draw.choice(("t", "u")))
    shop.see(999, "2025-11-01 12:00")
    shop.spend = [(date(2026, 2, 1), "Ads", "100"), (date(2026, 3, 1), "qr", "10.25")]
    shop.clicks = {"Ads": 7}
    return shop


@pytest.fixture(scope="module")
def views(sail_engine: SparkWarehouse) -> list[View]:
    shop = _shop()
    return [shop.view(AS_OF, engine) for engine in (Warehouse.in_memory(), sail_engine)]


def _plain(picture: Picture) -> list[Any]:
    rows = [row for table in picture.tables.values() for row in table.to_pylist()]
    exact = [
        {
            name: pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
            for name, value in row.items()
        }
        for row in rows
    ]
    return [[one.en for one in picture.says], picture.facts, exact]


@pytest.mark.parametrize("asked", [{}, {"from_": "2026-02-01", "to": "2026-02-28", "top": 2}])
@pytest.mark.parametrize("draw", [draw_sources, draw_stages], ids=["sources", "aarrr"])
def test_one_answer(views: list[View], draw: Any, asked: dict[str, Any]) -> None:
    told = {name: value for name, value in asked.items() if draw is draw_sources or name != "top"}
    one, other = (draw(view, **told) for view in views)
    assert one.tables[next(iter(one.tables))].num_rows > 3
    assert _plain(one) == _plain(other)


@pytest.mark.parametrize("first", ["2026-01-16", "2026-01-31", "2026-02-01"])
@pytest.mark.parametrize("place", [0, 1], ids=["duckdb", "sail"])
def test_whose_value_is_told_are_those_who_are_counted(
    views: list[View], place: int, first: str
) -> None:
    view = views[place]
    span, line = span_of(view, first, None), line_of(view)
    sources = most_told(view, entries(view), 2)
    counted = count(view, span, line, sources, [span.begins, span.ends])
    new = newcomers(view, span, line, sources)
    found = view.run(new.group_by("number").agg(customers=new.count())).to_pylist()
    assert {int(row["number"]): row["customers"] for row in found} == {
        number: counted.customers(CAME, source=number) for number in counted.sources
    }
    assert len(found) > 2
    assert counted.customers(KNOWN) or first != "2026-02-01"
