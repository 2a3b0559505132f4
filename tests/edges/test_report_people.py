"""The report's section on people: its charts and its table of sources."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from regulars.edges.report.people import charts
from regulars.edges.report.people.sources import source_cells
from regulars.insight.picture import Picture


def _row(source: str, attribute: str, value: str, share: float, verdict: str) -> dict[str, Any]:
    return {
        "group": source, "attribute": attribute, "value": value, "group_share": share,
        "base_share": 0.2, "tgi": share * 500, "low": share * 400, "high": share * 600,
        "verdict": verdict,
    }  # fmt: skip


def _cells(rows: list[dict[str, Any]]) -> dict[str, Any]:
    table = pa.Table.from_pylist(rows)
    return source_cells(Picture("portrait", date(2026, 4, 15), {"sources": table}), "en")


def test_the_traits_that_tell_sources_apart_most_come_first_and_once_each() -> None:
    told = _cells(
        [
            _row("ads", "top_category", "tea", 0.3, "over"),
            _row("search", "top_category", "tea", 0.1, "under"),
            _row("ads", "gender", "male", 0.9, ""),  # far, but it may be chance
            _row("ads", "orders", "1", 0.6, "over"),
            _row("ads", "payday_share", "0%", 0.5, "over"),  # follows orders
            _row("ads", "top_category", "cups", 0.25, "over"),
        ]
    )
    assert told["sources"] == ["ads", "search"]
    assert [trait["name"] for trait in told["traits"]] == ["purchases 1", "top category: tea"]
    assert told["traits"][0]["cells"][1] is None
    assert told["traits"][1]["cells"][1]["verdict"] == "under"


def test_months_entered_stand_above_and_left_below() -> None:
    rows = [{"month": date(2026, 1, 31), "core": 30, "entered": 5, "left": 2}]
    option = charts.core_months(rows, "en")
    line, entered, left = option["series"]
    assert (line["data"], entered["data"], left["data"]) == ([30], [5], [-2])
    # Each on an axis of its own scale that is shown: nothing is read off the wrong one.
    assert line.get("yAxisIndex", 0) != entered["yAxisIndex"] == left["yAxisIndex"]


def test_a_strip_has_a_row_for_the_core_only_where_it_is_known() -> None:
    plain = {"value": "1", "index": 90.0, "low": None, "high": None, "core_index": None,
             "core_low": None, "core_high": None}  # fmt: skip
    option = charts.strip([plain], str, "en", with_core=False)
    assert [point["value"] for point in option["series"][0]["data"]] == [[0, 0, 90]]
    both = charts.strip([{**plain, "core_index": 120.0}], str, "en", with_core=True)
    assert len(both["series"][0]["data"]) == 2


def test_words_of_the_shop_are_text_in_a_tool_tip() -> None:
    row = {"value": "{c} <b>", "share": 0.5, "low": 0.4, "high": 0.6, "customers": 50,
           "core": 0, "core_share": None, "core_low": None, "core_high": None}  # fmt: skip
    option = charts.beside([row], str, "en")
    tip = option["series"][0]["data"][0]["tooltip"]["formatter"]
    assert "{" not in tip
    assert option["tooltip"]["renderMode"] == "richText"
