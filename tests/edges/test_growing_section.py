"""The report's section on what drives growth: what its charts and tables hold."""

from __future__ import annotations

import json
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from insight.small_orders import Order, shop
from regulars.edges.report.growing.charts import steps
from regulars.edges.report.growing.section import context, options
from regulars.errors import CannotTell
from regulars.insight.catalogue import PICTURES

ODD = 'a{b|c}<script>alert(1)</script>"'
ORDERS: list[Order] = [
    *(
        (one, f"2025-{month:02d}-{one % 27 + 1:02d}", "10", "3")
        for month in range(1, 13)
        for one in range(month * 3, 40 + month * 20, 1 + month % 3)
    ),
    *((None, "2025-12-03", "5", "1") for _ in range(4)),
]
NOTES = ((5, "2025-12-20", "400"),)


def _data(orders: list[Order], as_of: str, **told: Any) -> Any:
    drawn, cannot_tell = {}, {}
    with shop(orders, as_of, **told) as view:
        for name in ("growth", "drivers", "cohort", "second"):
            try:
                drawn[name] = PICTURES[name].draw(view)
            except CannotTell as error:
                cannot_tell[name] = str(error)
    pictures = SimpleNamespace(
        as_of=date.fromisoformat(as_of), drawn=drawn, cannot_tell=cannot_tell
    )
    return SimpleNamespace(pictures=pictures, currency="CNY")


@pytest.fixture(scope="module")
def data() -> Any:
    sources = {one: (ODD, "live")[one % 2] for one in range(300)}
    return _data(ORDERS, "2026-01-10", sources=sources, notes=NOTES)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_chart_is_plain_json_and_names_from_data_hold_no_placeholder(
    data: Any, language: str
) -> None:
    found = options(data, language)
    assert set(found) == {"drivers-previous", "retention", "cohort-value", "second"}
    text = json.dumps(found, allow_nan=False)
    assert "{b|c}" not in text


def test_the_steps_end_at_the_change_in_all(data: Any) -> None:
    told = context(data, "en")["drivers"]
    compared = data.pictures.drawn["drivers"].tables["compared"].to_pylist()[0]
    assert told["compared"][0]["rows"][0]["parts"][0]["exact"].lstrip("+").replace(",", "") == (
        f"{'-' if compared['sales_change'] < 0 else ''}¥{abs(compared['sales_change']):.2f}"
    )
    assert [row["name"] for row in told["compared"][0]["rows"]][-1] == "Credit notes"


def test_a_waterfall_may_cross_nothing() -> None:
    rows = [{"name": "up", "change": 30}, {"name": "down", "change": -50}]
    chart = steps([*rows, {"name": "all", "change": -20}], "en", "CNY")
    over, above, under, below = (series["data"] for series in chart["series"])
    # The second step runs from 30 down to -20: 30 above the line and 20 below it.
    assert (over[1], above[1]["value"], under[1], below[1]["value"]) == (0, 30, 0, -20)
    assert (above[0]["value"], below[2]["value"]) == (30, -20)


def test_the_cohort_table_tells_the_best_first_and_all_of_them_last(data: Any) -> None:
    told = context(data, "en")["cohort"]
    assert told["rows"][-1]["kind"] == "all"
    worths = [row["worth"] for row in told["rows"][:-1]]
    assert worths == sorted(worths, reverse=True)
    assert told["months"][0] < told["months"][1]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "orders",
    [
        [],
        [(None, "2025-12-03", "5", "1")],
        [(1, "2026-01-03", "5", "1")],
        [(1, "2025-11-03", "5", "1"), (1, "2025-12-03", "0", "0")],
        [(one, "2025-11-03", "0", "-1") for one in range(40)]
        + [(one, "2025-12-03", "5", "-1") for one in range(40)],
    ],
    ids=["nobody", "one guest", "one customer", "free", "losses"],
)
def test_a_shop_of_which_little_can_be_told_breaks_nothing(
    orders: list[Order], language: str
) -> None:
    told = _data(orders, "2026-01-10")
    context(told, language)
    json.dumps(options(told, language), allow_nan=False)
