"""The picture of second orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from regulars.errors import CannotTell, UnknownValue
from regulars.insight.first_order import (
    CATEGORY,
    IN_TIME,
    LEAST,
    MONTH,
    NAMED,
    QUARTER,
    SOURCE,
    grouped,
)
from regulars.insight.opening import taken_for_new
from regulars.insight.picture import Picture, View
from regulars.insight.second_order.curves import (
    DAYS,
    Group,
    Newer,
    each_other,
    groups,
    newer,
    stretches,
)
from regulars.insight.second_order.log_rank import LogRank
from regulars.insight.second_order.waits import waits
from regulars.insight.second_order.words import (
    EACH_OTHER,
    OLDER,
    YEAR_AGO,
    YEAR_MONTHS,
    group_name,
    says,
    year_before,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

BY = (MONTH, QUARTER, SOURCE, CATEGORY)
TOP = 8
GROUPS = pa.schema(
    [
        ("kind", pa.string()),
        ("cohort", pa.string()),
        ("customers", pa.int64()),
        ("second_buyers", pa.int64()),
        ("median_days", pa.int64()),
        *((f"share_{day}", pa.float64()) for day in DAYS),
    ]
)
SHARES = pa.schema(
    [
        ("kind", pa.string()),
        ("cohort", pa.string()),
        ("day", pa.int64()),
        ("watched", pa.int64()),
        ("share", pa.float64()),
        ("share_low", pa.float64()),
        ("share_high", pa.float64()),
    ]
)
LEAK = pa.schema(
    [
        ("after_day", pa.int64()),
        ("to_day", pa.int64()),
        ("away", pa.float64()),
        ("came", pa.float64()),
        ("chance", pa.float64()),
        ("chance_low", pa.float64()),
        ("chance_high", pa.float64()),
    ]
)
COMPARED = pa.schema(
    [
        ("cohort", pa.string()),
        ("against", pa.string()),
        ("day", pa.int64()),
        ("share", pa.float64()),
        ("share_before", pa.float64()),
        ("difference", pa.float64()),
        ("difference_low", pa.float64()),
        ("difference_high", pa.float64()),
        ("log_rank", pa.float64()),
        ("p", pa.float64()),
    ]
)
CURVE = pa.schema([*(SHARES.field(name) for name in SHARES.names)])


def draw(view: View, by: str = QUARTER) -> Picture:
    """Who orders a second time, by day after the first purchase.

    Args:
        view: the as-of tables.
        by: month or quarter of the first purchase, source, or first_category.

    Raises:
        UnknownValue: `by` is none of these.
        CannotTell: too few first-time customers, or nobody came again.
    """
    if by not in BY:
        raise UnknownValue.of("kind of group", by, list(BY))
    placed, names = grouped(view, by, TOP)
    if names is not None and not names:
        raise CannotTell(
            f"no {by.removeprefix('first_')} is named for {LEAST} first-time customers or more",
            todo="take another --by, such as month",
        )
    rows = view.run(waits(placed, view.relation("purchases"), view.as_of))
    found = groups(rows.to_pylist(), names)
    if not found or found[0].curve is None:
        customers = found[0].customers if found else 0
        raise CannotTell(
            f"{customers} first-time customers with {found[0].second if found else 0} second"
            " orders draw no curve",
            todo=f"it takes {LEAST} first-time customers and a second order",
        )
    if names is not None:
        place = {name: index for index, name in enumerate(names)}
        found.sort(key=lambda one: (one.kind != "all", place.get(one.name, len(names)), one.kind))
    newest = _newest(found) if by in IN_TIME else None
    compared = _compared(view, placed, found, newest)
    differ = None if by in IN_TIME else each_other([one for one in found if one.kind != "all"])
    leak = stretches(found[0])
    tests = [
        *(_newer_row(newest, by, against, told) for against, told in compared.items()),
        *([] if differ is None else [_test_row(EACH_OTHER, differ)]),
    ]
    tables = {
        "groups": pa.Table.from_pylist([_group_row(one, by) for one in found], GROUPS),
        "shares": pa.Table.from_pylist(
            [row for one in found for row in _share_rows(one, by, DAYS)], SHARES
        ),
        "leak": pa.Table.from_pylist(
            [
                {
                    "after_day": one.after,
                    "to_day": one.to,
                    "away": one.away,
                    "came": one.came,
                    "chance": one.chance,
                    "chance_low": one.low,
                    "chance_high": one.high,
                }
                for one in leak
            ],
            LEAK,
        ),
        "compared": pa.Table.from_pylist(tests, COMPARED),
        "curve": pa.Table.from_pylist(
            [
                row
                for one in found
                for row in _share_rows(one, by, range(DAYS[-1] + 1), reached=True)
            ],
            CURVE,
        ),
    }
    said = (*says(found, by, leak, newest, compared, differ), *taken_for_new(view))
    return Picture("second", view.as_of, tables, said, {"by": by})


def _newest(found: Sequence[Group]) -> Group | None:
    """The last group in time that was watched for a week."""
    drawn = [
        one
        for one in found
        if one.kind == NAMED and one.curve is not None and one.curve.end >= DAYS[0]
    ]
    return drawn[-1] if drawn else None


def _compared(
    view: View, placed: ir.Table, found: Sequence[Group], newest: Group | None
) -> dict[str, Newer]:
    """The newest group against that of a year ago, and against all of the year before.

    The group of a year ago is taken as it stood then, a year before the view's day: its early and
    late comers were watched for as long as those of the newest, and through the same season.
    """
    if newest is None:
        return {}
    number = int(newest.name)
    before = year_before(found, newest)
    then = placed.filter(placed.code == number - YEAR_MONTHS)
    rows = waits(then, view.relation("purchases"), _year_before(view.as_of))
    wanted = {YEAR_AGO: groups(view.run(rows).to_pylist(), None)[1:], OLDER: before}
    return {
        against: told
        for against, earlier in wanted.items()
        if earlier and (told := newer(newest, earlier)) is not None
    }


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _group_row(one: Group, by: str) -> dict[str, Any]:
    shares = {day: one.share(day) for day in DAYS}
    return {
        "kind": one.kind,
        "cohort": group_name(one, by),
        "customers": one.customers,
        "second_buyers": one.second,
        "median_days": one.median,
        **{f"share_{day}": None if told is None else told[0] for day, told in shares.items()},
    }


def _share_rows(
    one: Group, by: str, days: Sequence[int], *, reached: bool = False
) -> list[dict[str, Any]]:
    rows = []
    for day in days:
        told = one.share(day)
        if told is None and reached:
            break
        rows.append(
            {
                "kind": one.kind,
                "cohort": group_name(one, by),
                "day": day,
                "watched": one.curve.watched[day] if told and one.curve else None,
                **dict(
                    zip(
                        ("share", "share_low", "share_high"),
                        told or (None, None, None),
                        strict=True,
                    )
                ),
            }
        )
    return rows


def _newer_row(newest: Group | None, by: str, against: str, told: Newer) -> Mapping[str, Any]:
    return {
        "cohort": None if newest is None else group_name(newest, by),
        "against": against,
        "day": told.day,
        "share": told.newest,
        "share_before": told.earlier,
        "difference": told.difference,
        "difference_low": told.low,
        "difference_high": told.high,
        "log_rank": None if told.test is None else told.test.statistic,
        "p": None if told.test is None else told.test.p,
    }


def _test_row(against: str, test: LogRank) -> Mapping[str, Any]:
    return {"against": against, "log_rank": test.statistic, "p": test.p}
