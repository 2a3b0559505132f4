"""What is said of layered screening."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from regulars.insight.ladder.shares import percent
from regulars.insight.screening.layers import BEST, GOES_ON, STAYS, WORST
from regulars.kernel.sentence import Sentence

Row = dict[str, Any]
NAMES: dict[str, tuple[str, str]] = {
    "source": ("came", "来到店铺"),
    "lead_in": ("looked at an item", "看了商品"),
    "band": ("looked once more", "再次看商品"),
    "need": ("put something into the cart", "加入购物车"),
    "order": ("ordered", "下单"),
    "again": ("ordered again", "再次下单"),
}
WHAT: dict[str, tuple[str, str]] = {
    "source": ("source", "来源"),
    "lead_in": ("lead-in item", "引流品"),
    "band": ("price band", "价格带"),
    "need": ("need", "需求类目"),
    "order": ("first order", "首单"),
}
_AIMS = {"ordered": ("order", "下单"), "again": ("order again", "再次下单")}
_VALUES = {"lead_in_item": ("the lead-in item", "引流品"), "another_item": ("another", "其他商品")}


def says(
    told: Sequence[Row], listed: Sequence[Row], taken: Sequence[Row], facts: Row
) -> Iterator[Sentence]:
    """The sentences, the most important first.

    Args:
        told: the layers.
        listed: the branches.
        taken: the routes.
        facts: of the picture.
    """
    yield _through(told, facts)
    yield from _narrowest(told)
    for route in (BEST, WORST):
        steps = [row for row in taken if row["route"] == route]
        if steps:
            yield _route(route, steps)
    yield from _found(listed)
    missing = [one for one in facts["not_observable"] if one != "source"]
    if missing:
        names = ", ".join(WHAT[one][0] for one in missing)
        names_zh = "、".join(WHAT[one][1] for one in missing)
        yield Sentence(
            f"Not observable as layers: {names}. No event tells who looked or filled a cart, so"
            " their values are those of what was ordered, and going on from them is ordering"
            " again.",
            f"以下层不可观测：{names_zh}。没有浏览或加购事件，其取值来自已下单商品，"
            "“继续”指再次下单。",
        )
    yield Sentence(
        "The best of many branches looks better than it is, and the worst worse; and customers of"
        " two branches differ in more than the branch.",
        "在许多分支中挑出的最好者会显得比实际更好，最差者更差；不同分支的用户本身也不同。",
    )


def _through(told: Sequence[Row], facts: Row) -> Sentence:
    steps = [row for row in told[1:] if row["observable"]]
    parts = [f"{row['customers']:,} {NAMES[row['layer']][0]}" for row in steps]
    parts_zh = [f"{row['customers']:,} 位{NAMES[row['layer']][1]}" for row in steps]
    return Sentence(
        f"Of {facts['customers']:,} customers and visitors who first came from {facts['from']} to"
        f" {facts['to']}, within {facts['days']} days {', '.join(parts)}.",
        f"{facts['from']} 至 {facts['to']} 首次来到的 {facts['customers']:,} 位用户与访客，"
        f"{facts['days']} 天内：{'、'.join(parts_zh)}。",
    )


def _narrowest(told: Sequence[Row]) -> Iterator[Sentence]:
    """Where most are lost on the way to the first order."""
    steps = [row for row in told if row["observable"] and row["of_before_share"] is not None]
    steps = [row for row in steps if row["layer"] != "again"]
    if len(steps) < 2:
        return
    row = min(steps, key=lambda one: one["of_before_share"])
    share = percent(row["of_before_share"])
    low, high = percent(row["of_before_low"]), percent(row["of_before_high"])
    yield Sentence(
        f"The narrowest step on the way to an order: {share} of those of the layer before"
        f" {NAMES[row['layer']][0]} ({low} to {high}).",
        f"下单前最窄的一步：上一层中 {share}（{low} 至 {high}）{NAMES[row['layer']][1]}。",
    )


def _route(route: str, steps: Sequence[Row]) -> Sentence:
    way = {BEST: ("best", "最好"), WORST: ("worst", "最差")}[route]
    parts = [
        f"{WHAT[row['layer']][0]} {_value(row, 0)} ({_share(row)} of {row['customers']:,}"
        f" {_AIMS[row['aim']][0]})"
        for row in steps
    ]
    parts_zh = [
        f"{WHAT[row['layer']][1]} {_value(row, 1)}（{row['customers']:,} 位中 {_share(row)}"
        f" {_AIMS[row['aim']][1]}）"
        for row in steps
    ]
    return Sentence(
        f"The {way[0]} branch, step by step: {'; '.join(parts)}.",
        f"逐层{way[1]}的分支：{'；'.join(parts_zh)}。",
    )


def _share(row: Row) -> str:
    share, low, high = (percent(row[f"{row['aim']}_{one}"]) for one in ("share", "low", "high"))
    return f"{share} [{low}, {high}]"


def _value(row: Row, language: int) -> str:
    if row["value"] in _VALUES:
        return _VALUES[row["value"]][language]
    return str(row["title"] or row["value"])


def _found(listed: Sequence[Row]) -> Iterator[Sentence]:
    more = [row for row in listed if row["verdict"] == GOES_ON]
    fewer = [row for row in listed if row["verdict"] == STAYS]
    if not more and not fewer:
        yield Sentence(
            "No value of a layer differs beyond chance from the others in how many go on.",
            "各层取值之间，继续的比例都未超出偶然差异。",
        )
        return
    yield Sentence(
        f"Beyond chance, more go on from {len(more):,} values than from the others of their layer,"
        f" fewer from {len(fewer):,}.",
        f"超出偶然：{len(more):,} 个取值继续的比例高于同层其他取值，{len(fewer):,} 个低于。",
    )
