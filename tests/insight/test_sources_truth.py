"""The line of a made shop by source, against the truth that it was made with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from regulars import Shop
from regulars.app.drawing import timeline_at
from regulars.insight.aarrr.draw import draw as draw_stages
from regulars.insight.picture import Picture, View
from regulars.insight.sources.draw import draw
from regulars.simulate import simulate

_EVENTS = {
    "seen": "seen",
    "followed": "Followed",
    "downloaded": "Application Installed",
    "activated": "Application Opened",
    "first_order": "first_order",
    "retained": "second_order",
}
FEED, QR, REFERRAL = "信息流广告", "包裹扫码", "老客推荐"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[View, dict[str, Any]]]:
    """A shop with events of everybody, and the truth of its line by source."""
    folder = tmp_path_factory.mktemp("line")
    told = simulate(
        folder / "files", customers=1_500, days=400, seed=9, events="all", visitors=2
    ).folder
    files = sorted(
        file
        for kind in ("orders", "customers", "products", "spend", "events")
        for file in Path(told).glob(f"{kind}*.parquet")
    )
    truth = json.loads((Path(told) / "truth" / "events.json").read_text("utf-8"))
    Shop.create(folder / "shop", name="made", language="en").close()
    with Shop(folder / "shop") as shop:
        shop.import_files(*files)
        with timeline_at(shop.warehouse, shop.home) as view:
            yield view, {row["source"]: row for row in truth["line"]}


@pytest.fixture(scope="module")
def picture(made: tuple[View, dict[str, Any]]) -> Picture:
    return draw(made[0], from_="2020-01-01")


def test_the_line_of_each_source_is_the_true_one(
    picture: Picture, made: tuple[View, dict[str, Any]]
) -> None:
    truth = made[1]
    found: dict[str, dict[str, int]] = {}
    for row in picture.tables["line"].to_pylist():
        found.setdefault(row["source"], {})[row["step"]] = row["customers"]
    assert set(found) == {"(all)", *truth}
    for source, row in truth.items():
        assert found[source] == {step: row[event] for step, event in _EVENTS.items()}, source
    buyers = {row["source"]: row["buyers"] for row in picture.tables["sources"].to_pylist()}
    assert buyers == {source: row["buyers"] for source, row in truth.items()}


def test_the_source_with_most_clicks_is_named_as_one_of_little_value(picture: Picture) -> None:
    rows = picture.tables["sources"].to_pylist()
    assert max(rows, key=lambda row: row["clicks"] or 0)["source"] == FEED
    paid = [row["source"] for row in rows if row["spend"]]
    assert paid.index(FEED) > max(paid.index(QR), paid.index(REFERRAL))
    assert any(one.en.startswith(f"{FEED} leads in clicks") for one in picture.says)


def test_every_stage_of_the_made_shop_can_be_told(made: tuple[View, dict[str, Any]]) -> None:
    rows = draw_stages(made[0]).tables["stages"].to_pylist()
    assert all(row["share"] is not None and row["trend"] != "cannot_tell" for row in rows)
    invited = next(row for row in rows if row["step"] == "invited")
    # Whoever comes by referral, and nobody else, carries the code of an inviter.
    truth = made[1]
    share = truth[REFERRAL]["seen"] / sum(row["seen"] for row in truth.values())
    assert invited["share_low"] < share < invited["share_high"]
