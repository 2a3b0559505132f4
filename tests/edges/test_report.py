"""The report is one file that contacts nothing, and lets nothing of the shop's data run."""

from __future__ import annotations

import base64
import csv
import dataclasses
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from regulars.edges.report import ReportData, charts, render
from regulars.edges.report.echarts import BundleChanged, bundle_folder, module_text
from regulars.edges.report.lists import csv_text
from regulars.edges.report.words import WORDS
from regulars.kernel.metric import METRICS

_NAMESPACES = re.compile(r"http://www\.w3\.org/(?:1999/xlink|2000/svg|2000/xmlns/|XML/1998/\w+)")


@pytest.fixture(scope="module", params=["zh", "en"])
def page(request: pytest.FixtureRequest, report_data: ReportData) -> str:
    return render(report_data, request.param)


def test_it_names_no_network_address(page: str) -> None:
    assert not re.findall(r"https?://|wss?://", _NAMESPACES.sub("", page))
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", _markup(page))


def test_data_cannot_become_markup(page: str) -> None:
    # The attack stands in the shop's name, in a category, and (in English) in a reason.
    assert page.count("<script") == 2
    assert page.count("</script") == 2
    assert "<img" not in _markup(page)
    assert "&lt;img src=x" in page


def test_only_the_page_s_own_script_may_run(page: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert "default-src &#39;none&#39;" in policy[1]
    script = page.split('<script type="module">')[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src &#39;sha256-{digest}&#39;" in policy[1]


def test_every_chart_has_an_option_and_every_option_a_place(page: str) -> None:
    options = _options(page)
    assert {"growth", "cohort", "stages", "flow-30", "rfm", "cycle", "portrait-0"} <= set(options)
    assert {"due", "value", "season", "came", "calibration"} <= set(options)
    shown = set(re.findall(r'data-option="([\w-]+)"', page))
    shown |= set(re.findall(r'data-shows="([\w-]+)"', page))
    assert set(options) <= shown


def test_the_plan_travels_as_csv(report_data: ReportData) -> None:
    page = render(report_data, "en")
    link = re.search(r'download="plan-2026-10-21.csv" href="data:text/csv[^,]*,([^"]*)"', page)
    assert link is not None
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(link[1]).decode("utf-8-sig"))))
    assert len(rows) == 120
    assert rows[0]["offer_en"] == "10 off 100"
    assert "offer_zh" not in rows[0]
    assert page.count('<td class="words reason">') == 50


def test_the_plan_shows_who_is_busy_and_what_to_mind(report_data: ReportData) -> None:
    english, chinese = render(report_data, "en"), render(report_data, "zh")
    assert "Nobody today for: Thank the core" in english
    assert english.count('<td class="play">Thank the core') == 0
    assert "<li>expected worth is assumed</li>" in english
    assert "今日无人适用：感谢核心" in chinese
    assert "<li>预计价值为假设</li>" in chinese


def test_a_shop_without_plan_or_orders_still_has_a_report(report_data: ReportData) -> None:
    empty = {
        field.name: getattr(report_data.pictures, field.name).slice(0, 0)
        for field in dataclasses.fields(report_data.pictures)
        if isinstance(getattr(report_data.pictures, field.name), pa.Table)
        and field.name != "overview"
    }
    pictures = dataclasses.replace(
        report_data.pictures, **empty, flows={}, cycle=(), portraits=None
    )
    bare = dataclasses.replace(report_data, pictures=pictures, plan=None, plan_summary=None)
    page = render(bare, "en")
    assert "No plan has been made yet." in page
    assert page.count("Not enough data to tell.") >= 5


def test_charts_draw_what_the_tables_say(report_data: ReportData) -> None:
    rows = report_data.pictures.growth.to_pylist()
    series = {one["name"]: one["data"] for one in charts.growth(rows, "en")["series"]}
    assert series["New"] == [row["new"] for row in rows]
    assert series["Not back this month"][1] == -rows[1]["lost"]
    assert series["Not back this month"][-1] is None
    cells = charts.cohort(report_data.pictures.cohort.to_pylist(), "en")["series"][0]["data"]
    first = next(row for row in report_data.pictures.cohort.to_pylist() if row["months_since"] == 1)
    top_left = next(cell for cell in cells if cell["value"][0] == 0 and cell["value"][1] == 9 - 0)
    assert top_left["value"][2] == round(first["share"] * 100, 2)
    assert not [cell for cell in cells if cell["value"][0] + 9 - cell["value"][1] > 8]
    counts = charts.flow_counts(report_data.pictures.flows[30].to_pylist())
    assert sum(counts.values()) == report_data.pictures.stages.to_pandas()["customers"].sum()


def test_tooltips_are_drawn_and_never_html(page: str) -> None:
    for option in _options(page).values():
        assert option["tooltip"]["renderMode"] == "richText"


def test_every_sentence_and_definition_stands_in_both_languages() -> None:
    for key, pair in WORDS.items():
        assert all(pair), key
        places = [set(re.findall(r"{(\w+)}", text)) for text in pair]
        assert places[0] == places[1], key
    for metric in METRICS.values():
        assert metric.definition("zh")
        assert metric.definition("en")
        assert bool(metric.caveat) == bool(metric.caveat_zh), metric.key


def test_a_formula_in_a_name_stays_text() -> None:
    assert csv_text(pa.table({"name": ["=1+1", "@x", "tea"]})).splitlines()[1:] == [
        "'=1+1",
        "'@x",
        "tea",
    ]


def test_the_library_is_bound_to_a_name_and_exports_nothing() -> None:
    text = module_text(bundle_folder())
    assert text.rstrip().splitlines()[-1].startswith("const regularsECharts = ")
    assert not re.search(r"^export|;export\s*\{", text)
    assert "</script" not in text


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "no index.js"),
        ({"index.js": "export default 1"}, "neither imports nor exports"),
        ({"index.js": 'import{a as b}from"./c.js";export{b as other};'}, "exports no echarts"),
        ({"index.js": 'import{a as b}from"./c.js";export{b as echarts};'}, "chunk .* is absent"),
        (
            {"index.js": 'import{a as b}from"./c.js";export{b as echarts};', "c.js": "let x=1;"},
            "does not end in an export",
        ),
        (
            {
                "index.js": 'import{a as b}from"./c.js";export{b as echarts};',
                "c.js": "let x=1;export{x as y};",
            },
            "exports no a",
        ),
    ],
)
def test_a_changed_bundle_is_told_by_name(
    tmp_path: Path, files: dict[str, str], reason: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(BundleChanged, match=reason):
        module_text(tmp_path)


def _markup(page: str) -> str:
    """The page without the library, whose own text speaks of elements and addresses."""
    before, after = page.split('<script type="module">')
    return before + after.split("</script>")[1]


def _options(page: str) -> dict[str, Any]:
    block = page.split('id="chart-options">')[1].split("</script>")[0]
    options: dict[str, Any] = json.loads(block)
    return options
