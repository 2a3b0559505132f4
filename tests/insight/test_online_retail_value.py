"""Cohort values and drivers of a real year, against an independent computation in plain Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from insight.small_orders import Order, rows, shop
from regulars.insight.cohorts.draw import draw as draw_cohorts
from regulars.insight.drivers.draw import draw as draw_drivers

AS_OF = "2010-11-30"


@pytest.fixture(scope="module")
def orders(shared: Callable[[str], Path]) -> list[Order]:
    columns = ["Invoice", "InvoiceDate", "CustomerID", "Quantity", "Price"]
    path = shared("online_retail/online_retail_2009_2010.parquet")
    found: dict[tuple[str, int | None], tuple[datetime, float]] = {}
    for line in pq.read_table(path, columns=columns).to_pylist():
        if str(line["Invoice"]).startswith("C") or line["Price"] < 0:
            continue
        key = (str(line["Invoice"]), line["CustomerID"])
        at, paid = found.get(key, (line["InvoiceDate"], 0.0))
        found[key] = (at, paid + float(line["Quantity"]) * float(line["Price"]))
    return [
        (customer, str(at.date()), f"{paid:.4f}", f"{paid * 0.3:.4f}")
        for (_, customer), (at, paid) in found.items()
        if at.date() <= date.fromisoformat(AS_OF)
    ]


def _month(day: str) -> int:
    return int(day[:4]) * 12 + int(day[5:7]) - 1


@pytest.mark.shared
def test_retention_and_value_of_the_first_cohort(orders: list[Order]) -> None:
    bought: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for customer, day, net, _ in orders:
        if customer is not None:
            bought[customer][_month(day)] += float(net)
    first = _month("2009-12-01")
    cohort = [months for months in bought.values() if min(months) == first]
    with shop(orders, AS_OF) as view:
        cells = rows(draw_cohorts(view, by="month"), "cells")
    own = [row for row in cells if row["cohort"] == "2009-12"]
    assert len(cohort) > 900
    assert [row["months_since"] for row in own] == list(range(12))
    cumulated = 0.0
    for since, row in enumerate(own):
        cumulated += sum(months.get(first + since, 0.0) for months in cohort) / len(cohort)
        assert row["customers"] == sum(first + since in months for months in cohort)
        assert row["cumulated_sales"] == pytest.approx(cumulated, rel=1e-9)
        assert row["cumulated_profit"] == pytest.approx(0.3 * cumulated, rel=1e-5)


@pytest.mark.shared
def test_the_drivers_of_november_against_october(orders: list[Order]) -> None:
    opened: dict[int, int] = {}
    for customer, day, _, _ in orders:
        if customer is not None:
            opened[customer] = min(opened.get(customer, 10**6), _month(day))
    with shop(orders, AS_OF) as view:
        picture = draw_drivers(view)
    told = {(row["month"].month, row["kind"]): row for row in rows(picture, "months")}
    for month in (10, 11):
        own = [order for order in orders if _month(order[1]) == 2010 * 12 + month - 1]
        kinds = {
            "guests": [order for order in own if order[0] is None],
            "new": [o for o in own if o[0] is not None and opened[o[0]] == _month(o[1])],
            "returning": [o for o in own if o[0] is not None and opened[o[0]] < _month(o[1])],
        }
        for kind, some in kinds.items():
            assert told[month, kind]["orders"] == len(some)
            assert float(told[month, kind]["sales"]) == pytest.approx(
                sum(float(o[2]) for o in some)
            )
            if kind != "guests":
                assert told[month, kind]["customers"] == len({o[0] for o in some})
    tree = [row for row in rows(picture, "tree") if row["kind"] != "total"]
    change = rows(picture, "compared")[0]["sales_change"]
    assert sum(row["sales_change"] for row in tree if row["factor"] == "sales") == change
    assert sum(row["sales_change"] for row in tree if row["factor"] != "sales") == change
