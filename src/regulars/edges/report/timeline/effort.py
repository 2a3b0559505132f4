"""The effort that the shop asks of people: one number a row, with how many it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from regulars.edges.report import numbers
from regulars.edges.report.timeline.told import Row, listed, long, said
from regulars.edges.report.words import say
from regulars.insight.catalogue.timeline.effort import DECLARED

if TYPE_CHECKING:
    from regulars.edges.report.page import ReportData
    from regulars.insight.picture import Picture

_ALL = "(all)"
_MINUTE, _DAY = 60, 86_400


def effort(drawn: Picture, data: ReportData, language: str) -> dict[str, Any]:
    """The table, and a list for each table of the picture."""
    titles = {one.name: one.zh if language == "zh" else one.en for one in DECLARED.tables}
    return {
        **said(drawn, language, 2),
        "rows": list(_rows(drawn, data, language)),
        "lists": [
            {**listed(drawn, name), "title": title}
            for name, title in titles.items()
            if drawn.tables[name].num_rows
        ],
    }


def _rows(drawn: Picture, data: ReportData, language: str) -> Iterator[dict[str, Any]]:
    tables = {name: table.to_pylist() for name, table in drawn.tables.items()}
    for row in tables["way"]:
        yield from _way(row, language)
    for row in _whole(tables["searches"], "term"):
        share = numbers.percent(row["share"])
        of = _of("searches", row["told"], language)
        yield _row("no_result", "effort.searches.share", share, "", of, language)
    for row in _whole(tables["carts"], "stage"):
        worth = numbers.money(row["value_left"], language, data.currency)
        more = say("timeline.worth_left", language, amount=worth) if row["valued"] else ""
        share = numbers.percent(row["left_share"])
        of = _of("carts", row["carts"], language)
        yield _row("cart_left", "effort.carts.left_share", share, more, of, language)
    begun = tables["checkout"][0]["reached"] if tables["checkout"] else 0
    if begun:
        share = numbers.percent(sum(row["left"] or 0 for row in tables["checkout"]) / begun)
        of = _of("checkouts", begun, language)
        yield _row("checkout_left", "effort.checkout.left_share", share, "", of, language)
    for row in _whole(tables["pages"], "page"):
        middle, most = (_seconds(row[key], language) for key in ("median_ms", "p95_ms"))
        of = _of("loads", row["loads"], language)
        yield _row("load", "effort.pages.median_ms", middle, _end(95, most, language), of, language)
    for row in tables["waits"]:
        yield _wait(row, language)
    for row in [row for row in tables["leaves"] if row["stage"] == _ALL][:1]:
        share = numbers.percent(row["left_share"])
        of = _of("visits", row["without_order"], language)
        told = _row("leave_at", "effort.leaves.left_share", share, "", of, language)
        yield told | {"name": say("timeline.leave_at", language, step=row["step"])}


def _way(row: Row, language: str) -> Iterator[dict[str, Any]]:
    """Steps, time and visits up to an order."""
    of, timed = row["orders_of"], _of("orders", row["timed"], language)
    if row["median_steps"] is not None:
        steps = say("timeline.steps_count", language, count=f"{row['median_steps']:.0f}")
        more = _end(75, f"{row['p75_steps']:.0f}", language)
        yield _row(f"steps_{of}", "effort.way.median_steps", steps, more, timed, language)
        middle, most = (
            long(row[key] * _MINUTE, language) for key in ("median_minutes", "p75_minutes")
        )
        more = _end(75, most, language)
        yield _row(f"minutes_{of}", "effort.way.median_minutes", middle, more, timed, language)
    if row["median_visits"] is not None:
        visits = say("timeline.visits_count", language, count=f"{row['median_visits']:.0f}")
        more = _end(75, f"{row['p75_visits']:.0f}", language)
        of = _of("buyers", row["visits_known"], language)
        yield _row("visits_first", "effort.way.median_visits", visits, more, of, language)


def _wait(row: Row, language: str) -> dict[str, Any]:
    """A wait; where no order tells both ends it is not observable, which is no 0."""
    if not row["over"]:
        return _row(row["wait"], "effort.waits.median_days", "", "", "", language)
    middle, most = (long(row[key] * _DAY, language) for key in ("median_days", "p95_days"))
    of = _of("waits", row["over"], language)
    return _row(
        row["wait"], "effort.waits.median_days", middle, _end(95, most, language), of, language
    )


def _row(
    key: str, metric: str, value: str, more: str, rests_on: str, language: str
) -> dict[str, Any]:
    return {
        "name": say(f"timeline.{key}", language),
        "metric": metric,
        "value": value or say("timeline.not_observable", language),
        "more": more,
        "rests_on": rests_on,
    }


def _end(percent: int, value: str, language: str) -> str:
    return say("timeline.percentile", language, percent=percent, value=value)


def _whole(rows: list[Row], key: str) -> list[Row]:
    """The row of all, where it rests on something."""
    return [row for row in rows if row[key] == _ALL and (row.get("told", 1))]


def _of(what: str, count: int, language: str) -> str:
    return say(f"timeline.of_{what}", language, count=numbers.exact(count))


def _seconds(milliseconds: float, language: str) -> str:
    return say("timeline.seconds", language, count=f"{milliseconds / 1000:.1f}")
