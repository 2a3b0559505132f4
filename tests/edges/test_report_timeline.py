"""The report's section on the line and visits, of a made shop and of one that knows only orders."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from chromium import chromium
from regulars import Shop
from regulars.app.drawing import timeline_at
from regulars.app.pictures import gather
from regulars.edges.report import ReportData
from regulars.edges.report.page import render
from regulars.edges.report.timeline import charts_line, charts_visits, visits
from regulars.edges.report.timeline.section import context, options
from regulars.edges.report.timeline.words import WORDS
from regulars.errors import CannotTell, NotUnderstood
from regulars.insight.catalogue import PICTURES
from regulars.insight.picture import Picture
from regulars.simulate import simulate

HOSTILE = "{b}</script><script>window.attacked = true</script><img src=x onerror='attacked=true'>"
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("timeline")
    return simulate(folder / "files", customers=500, days=400, seed=3, events="all").folder


def _data(made: Path, home: Path, kinds: tuple[str, ...]) -> ReportData:
    files = sorted(file for kind in kinds for file in made.glob(f"{kind}*.parquet"))
    with Shop.create(home, name="made", language="en") as shop:
        shop.import_files(*files)
        shop.understand()
        with timeline_at(shop.warehouse, shop.home) as view:
            pictures = gather(shop.warehouse, shop.home.settings, view.as_of, names=())
            for name, declared in PICTURES.items():
                if declared.of_timeline:
                    try:
                        pictures.drawn[name] = declared.draw(view)
                    except (CannotTell, NotUnderstood) as error:
                        pictures.cannot_tell[name] = str(error)
    return ReportData(shop="made", currency="CNY", pictures=pictures)


@pytest.fixture(scope="module")
def whole(made: Path, tmp_path_factory: pytest.TempPathFactory) -> ReportData:
    kinds = ("orders", "customers", "products", "spend", "events")
    return _data(made, tmp_path_factory.mktemp("whole") / "shop", kinds)


@pytest.fixture(scope="module")
def of_orders(made: Path, tmp_path_factory: pytest.TempPathFactory) -> ReportData:
    kinds = ("orders", "customers", "products")
    return _data(made, tmp_path_factory.mktemp("orders") / "shop", kinds)


def _with(data: ReportData, **drawn: Picture) -> ReportData:
    return dataclasses.replace(
        data, pictures=dataclasses.replace(data.pictures, drawn=drawn, cannot_tell={})
    )


def _section(page: str) -> str:
    found = re.search(r'<h2 id="timeline">.*?</section>', page, re.S)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_chart_has_its_place_and_every_place_its_chart(
    whole: ReportData, language: str
) -> None:
    placed = re.findall(r'data-option="([^"]+)"', _section(render(whole, language)))
    assert sorted(placed) == sorted(options(whole, language))
    assert {"line-funnel", "line-days", "line-hours", "line-paths", "line-back"} <= set(placed)


def test_all_that_a_made_shop_tells_is_told(whole: ReportData) -> None:
    assert context(whole, "en")["missing"] == ""
    assert whole.pictures.cannot_tell == {}


def test_a_shop_that_knows_only_orders_says_so_and_has_no_chart_of_visits(
    of_orders: ReportData,
) -> None:
    section = _section(render(of_orders, "en"))
    assert WORDS["timeline.no_events"][1] in section
    placed = set(re.findall(r'data-option="([^"]+)"', section))
    assert "line-funnel" in placed
    visiting = {"line-days", "line-hours", "line-paths", "line-back", "line-credits"}
    assert not placed & visiting
    for key in ("sessions", "paths", "back", "attribution", "content", "effort"):
        assert f"<h3>{WORDS[f'timeline.{key}'][1]} " not in section


def test_without_any_picture_the_section_is_a_heading_and_a_sentence(whole: ReportData) -> None:
    for language in ("zh", "en"):
        section = _section(render(_with(whole), language))
        assert "<h3>" not in section
        assert "data-option" not in section


def test_what_cannot_be_told_of_a_shop_with_visits_is_named(whole: ReportData) -> None:
    told = {name: one for name, one in whole.pictures.drawn.items() if name != "paths"}
    section = _section(render(_with(whole, **told), "en"))
    assert "Not enough data to tell: Paths." in section


def test_every_sentence_is_there_in_both_languages() -> None:
    for zh, en in WORDS.values():
        assert zh
        assert en
        assert not _CHINESE.search(en)
        assert re.findall(r"{\w+}", zh) != [] or "{" not in en


def test_the_steps_of_the_line_have_their_names_and_others_are_as_written(
    whole: ReportData,
) -> None:
    drawn = whole.pictures.drawn["funnel"]
    steps = drawn.tables["steps"]
    assert _names(whole, drawn)[0] == "seen"
    texts = ["any", "Product Viewed", "order", "order"]
    rows = steps.slice(0, 4).set_column(1, "name", pa.array(texts))
    own = dataclasses.replace(drawn, tables={**drawn.tables, "steps": rows})
    assert _names(whole, own) == ["anything", "Product Viewed", "order", "order (2)"]


def _names(data: ReportData, drawn: Picture) -> list[str]:
    return [row["name"] for row in context(_with(data, funnel=drawn), "en")["funnel"]["rows"]]


def test_gathered_ways_keep_every_visit_and_none_leaves_more_often_than_it_came(
    whole: ReportData,
) -> None:
    tables = whole.pictures.drawn["paths"].tables
    series = _paths(whole, whole.pictures.drawn["paths"])["series"][0]
    nodes = {node["name"]: node for node in series["data"]}
    assert len(nodes) == len(series["data"])
    first = sum(node["value"] for node in nodes.values() if node["depth"] == 0)
    assert first == whole.pictures.drawn["paths"].facts["paths"]
    assert sum(link["value"] for link in series["links"]) == sum(
        tables["edges"]["units"].to_pylist()
    )
    for name, node in nodes.items():
        came = [link["value"] for link in series["links"] if link["target"] == name]
        went = sum(link["value"] for link in series["links"] if link["source"] == name)
        assert went <= node["value"]
        assert node["depth"] == 0 or sum(came) == node["value"]


def _paths(data: ReportData, drawn: Picture) -> Any:
    return options(_with(data, paths=drawn), "en")["line-paths"]


def test_cohorts_of_days_are_added_up_to_weeks_by_hand() -> None:
    # Monday 2 Nov 2026: 10 began, 4 of 10 back on day 1; Wednesday: 20 began, of 5 seen 1 is back;
    # Monday 9 Nov: 8 began, nobody has been seen for a day: the cell stays empty.
    monday = date(2026, 11, 2)
    rows = [
        _cell(monday, 0, 10, 10, 10), _cell(monday, 1, 10, 10, 4),
        _cell(monday + timedelta(days=2), 0, 20, 20, 20),
        _cell(monday + timedelta(days=2), 1, 20, 5, 1),
        _cell(monday + timedelta(days=7), 0, 8, 8, 8),
        _cell(monday + timedelta(days=7), 1, 8, 0, None),
    ]  # fmt: skip
    drawn = Picture(
        "retention", monday, {"curve": pa.table({}), "cohorts": pa.Table.from_pylist(rows)}
    )
    chart = visits.cohorts_chart(drawn, None, "en")  # type: ignore[arg-type]
    assert chart is not None
    assert chart["yAxis"]["data"] == ["11-02  30", "11-09  8"]
    cells = [cell["value"] for cell in chart["series"][0]["data"]]
    assert cells == [[0, 0, round(100 * 5 / 15, 2)]]


def _cell(day: date, offset: int, size: int, seen: int, back: int | None) -> dict[str, Any]:
    return {"cohort": day, "low": offset, "customers": size, "seen": seen, "back": back}


def test_words_of_the_shop_are_neither_markup_nor_placeholders(whole: ReportData) -> None:
    drawn = {
        name: dataclasses.replace(
            one, tables={key: _attacked(table) for key, table in one.tables.items()}
        )
        for name, one in whole.pictures.drawn.items()
        if name in ("paths", "attribution", "sessions", "content", "effort")
    }
    attacked = _with(whole, **drawn)
    page = render(attacked, "en")
    assert HOSTILE not in page
    assert "<script>window.attacked" not in page
    labels = [
        node["label"]["formatter"]
        for node in options(attacked, "en")["line-paths"]["series"][0]["data"]
    ]
    assert labels
    assert not any("{" in label for label in labels)


def _attacked(table: pa.Table) -> pa.Table:
    """The table with a name that the shop's visitors could have made up."""
    for column in ("name", "from", "to", "source", "item", "title", "question"):
        if column in table.column_names and table.num_rows:
            place = table.column_names.index(column)
            told = [
                HOSTILE
                if text in ("page: Home", "搜索广告") or column in ("item", "title")
                else text
                for text in table[column].to_pylist()
            ]
            table = table.set_column(place, column, pa.array(told, pa.string()))
    return table


def test_a_source_that_brings_a_loss_stays_off_the_logarithmic_axis_and_in_the_table(
    whole: ReportData,
) -> None:
    drawn = whole.pictures.drawn["sources"]
    rows = drawn.tables["sources"].to_pylist()
    lost = next(row for row in rows if row["value_to_cost"])
    lost |= {"value_to_cost": -0.4, "value_to_cost_low": -0.9, "value_to_cost_high": 0.1}
    table = pa.Table.from_pylist(rows, drawn.tables["sources"].schema)
    own = dataclasses.replace(drawn, tables={**drawn.tables, "sources": table})
    data = _with(whole, sources=own)
    chart = options(data, "en").get("line-worth")
    assert chart is None or lost["source"] not in chart["yAxis"]["data"]
    assert "-0.4" in [row["ratio"] for row in context(data, "en")["sources"]["rows"]]


def test_an_interval_that_reaches_nothing_is_drawn_to_the_end_of_the_axis() -> None:
    row = {
        "value_to_cost": 0.8, "value_to_cost_low": 0.0, "value_to_cost_high": 2.5,
        "value_per_customer": 8.0, "cost_per_customer": 10.0, "spend": 500,
    }  # fmt: skip
    chart = charts_line.worth([row], ["ads"], "en", "CNY")
    assert chart["xAxis"]["min"] == 0.01
    assert chart["xAxis"]["max"] == 10.0
    assert chart["series"][0]["markLine"]["data"][0][0]["coord"][0] == 0.01


def test_hours_without_known_orders_are_bars_of_one_kind() -> None:
    rows = [{"sessions": 4, "ordered": None}, {"sessions": 0, "ordered": None}]
    chart = charts_visits.visits(rows, ["0:00", "1:00"], "en")
    assert [one["name"] for one in chart["series"]] == [WORDS["timeline.without_order"][1]]
    assert chart["legend"]["show"] is False


_PAINTED = """
return [...document.querySelectorAll("[data-option^='line-']")].map(box => {
  const canvas = box.querySelector("canvas");
  if (!canvas || !canvas.width || !canvas.height) return [box.id, 0];
  const pixels = new Uint32Array(canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return [box.id, new Set(pixels).size];
});
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1280, 360])
def test_in_a_browser_all_is_drawn_and_nothing_scrolls_sideways(
    whole: ReportData, browser: Any, tmp_path: Path, language: str, width: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(whole, language), encoding="utf-8")
    _width(browser, width)
    browser.get(path.as_uri())
    _settle(browser)
    colours = dict(browser.execute_script(_PAINTED))
    assert len(colours) == len(options(whole, language))
    assert {name: count for name, count in colours.items() if count < 3} == {}
    overflow = "const e = document.documentElement; return e.scrollWidth - e.clientWidth"
    assert browser.execute_script(overflow) == 0
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


@pytest.mark.browser
def test_a_chart_opened_on_a_narrow_screen_takes_its_room_when_the_screen_widens(
    of_orders: ReportData, browser: Any, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(of_orders, "en"), encoding="utf-8")
    pictures = []
    for first in (360, 1280):
        _width(browser, first)
        browser.get(path.as_uri())
        _settle(browser)
        _width(browser, 1280)
        _settle(browser)
        pictures.append(
            browser.execute_script(
                "return document.querySelector('#chart-line-funnel canvas').toDataURL()"
            )
        )
    assert pictures[0] == pictures[1]


def _width(browser: Any, width: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600},
    )


def _settle(browser: Any) -> None:
    browser.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done));"
    )
