"""The sections that are made from declared pictures, on a made shop, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars import Shop
from regulars.app.as_of import understood_as_of
from regulars.app.pictures import gather
from regulars.edges.report import ReportData
from regulars.edges.report.page import render
from regulars.edges.report.sections import SECTIONS
from regulars.simulate import simulate


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReportData]:
    folder = tmp_path_factory.mktemp("sections")
    made = simulate(folder / "files", customers=1_500, days=700, seed=2, events="none")
    files = sorted(
        file
        for kind in ("orders", "customers", "products", "spend")
        for file in Path(made.folder).glob(f"{kind}*.parquet")
    )
    with Shop.create(folder / "shop", name="made", language="en") as shop:
        shop.import_files(*files)
        shop.understand()
        settings, as_of = shop.home.settings, understood_as_of(shop.warehouse)
        pictures = gather(shop.warehouse, settings, as_of)
        yield ReportData(shop="made", currency="CNY", pictures=pictures)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_section_has_its_heading_and_every_chart_its_option(
    data: ReportData, language: str
) -> None:
    page = render(data, language)
    drawn = {name for section in SECTIONS for name in section.options(data, language)}
    placed = set(re.findall(r'data-(?:option|shows)="([^"]+)"', page))
    assert drawn <= placed
    for section in SECTIONS:
        assert f'id="{section.key}"' in page
        assert f'href="#{section.key}"' in page


def test_the_english_page_has_no_chinese_but_for_the_shops_own_words(data: ReportData) -> None:
    page = render(data, "en")
    body = re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.S)
    for section in SECTIONS:
        heading = re.search(rf'<h2 id="{section.key}">(.*?)<', body, re.S)
        assert heading is not None
        assert not re.search(r"[\u4e00-\u9fff]", heading[1])


def test_without_the_pictures_the_sections_still_stand(data: ReportData) -> None:
    """A young shop cannot tell most of it: nothing breaks, and what cannot be told is said."""
    import dataclasses

    empty = dataclasses.replace(
        data.pictures, drawn={}, cannot_tell=dict.fromkeys(data.pictures.drawn, "too few")
    )
    for language in ("zh", "en"):
        assert "</html>" in render(dataclasses.replace(data, pictures=empty), language)
