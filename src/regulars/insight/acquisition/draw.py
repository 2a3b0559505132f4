"""Acquisition: what a new customer costs by source, when it is paid back, what it is worth.

Customers belong to the source of their first purchase. Profit is before advertising, postage
included as in `purchases.profit`; the value to come is `people.lifetime_value`. Whom a source
brought is not whom it caused to come: some would have come anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.acquisition.counts import earned, new_customers, spent_within
from regulars.insight.acquisition.judged import (
    LEAST,
    NOTHING,
    cost,
    course,
    over_cost,
    payback,
    per_customer,
    verdict,
)
from regulars.insight.acquisition.words import Known, says
from regulars.insight.picture import Picture, View
from regulars.insight.statistics.answers import MONEY

_MOST_UNVALUED = 0.01
"""Where more of a source's customers have no lifetime value, its LTV is not told."""

Sums = dict[str, Any]


def draw(view: View, days: int = 365, months: int = 12) -> Picture:
    """What each source's new customers cost and bring, up to the view's day.

    Args:
        view: the as-of tables.
        days: customers are new who first bought within so many days.
        months: how far payback is followed.

    Raises:
        CannotTell: no advertising is known, or nobody came in its days.
    """
    begins, ends = _window(view, days)
    advertising = view.relation("advertising")
    campaigns = view.run(spent_within(advertising, begins, ends)).to_pylist()
    new = new_customers(view.relation("people"), begins, ends)
    found = view.run(earned(view.relation("purchases"), new, view.as_of, months)).to_pylist()
    if not found:
        raise CannotTell(
            f"nobody bought for the first time from {begins} to {ends}",
            todo="look at more days, or import the orders of those days",
        )
    spend = _spend(campaigns)
    rows, lines = [], []
    for name, sums in sorted(_by_source(found, spend).items(), key=lambda one: one[0]):
        row, points = _source(sums, spend.get(name), months)
        rows.append(row)
        lines += points
    rows.sort(key=_order)
    place = {row["source"]: at for at, row in enumerate(rows)}
    lines.sort(key=lambda line: (place[line["source"]], line["months"]))
    known = Known(
        begins=begins,
        ends=ends,
        asked=days,
        months=months,
        currency=view.settings.shop.currency,
        value_days=view.settings.lifetime.value_days,
    )
    facts = {
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
        "spend": str(sum(row["spend"] or 0 for row in rows)),
        "new_customers": sum(row["new_customers"] for row in rows),
    }
    tables = {
        "sources": pa.Table.from_pylist(rows, schema=_SOURCES),
        "payback": pa.Table.from_pylist(lines, schema=_PAYBACK),
        "campaigns": _campaigns(campaigns),
    }
    return Picture("acquisition", view.as_of, tables, tuple(says(rows, known)), facts)


def _window(view: View, days: int) -> tuple[date, date]:
    """The days looked at: those asked for, as far as advertising is known of them."""
    advertising = view.relation("advertising")
    told = advertising.filter(advertising.spend > 0, advertising.day <= view.as_of)
    span = view.run(told.agg(first=told.day.min(), last=told.day.max())).to_pylist()[0]
    if span["first"] is None:
        raise CannotTell(
            "it is not known what was spent on advertising",
            todo="import what the platforms charged: regulars import --kind spend FILE",
        )
    begins = max(view.as_of - timedelta(days=days - 1), span["first"])
    ends = min(view.as_of, span["last"])
    if begins > ends:
        raise CannotTell(
            f"advertising is known until {ends} only, before the last {days} days",
            todo="import newer spend with regulars import --kind spend FILE, or look at more days",
        )
    return begins, ends


def _key(name: str | None) -> str:
    """Names are the same but for case and spaces around them."""
    return (name or "").strip().casefold()


def _spend(campaigns: list[Sums]) -> dict[str, Sums]:
    spend: dict[str, Sums] = {}
    for row in campaigns:
        own = spend.setdefault(_key(row["source"]), {"source": row["source"], "spend": 0})
        own["spend"] += row["spend"] or 0
    return spend


def _by_source(found: list[Sums], spend: Mapping[str, Sums]) -> dict[str, Sums]:
    """The sums of each source; those of whom only the spend is known too."""
    merged: dict[str, Sums] = {}
    for row in found:
        sums = {name: float(value or 0) for name, value in row.items() if name != "source"}
        own = merged.get(_key(row["source"]))
        if own is None:
            merged[_key(row["source"])] = {"source": row["source"], **sums}
        else:
            for name, value in sums.items():
                own[name] += value
    for name, told in spend.items():
        merged.setdefault(name, {"source": told["source"], "customers": 0.0})
    return merged


def _source(
    sums: Sums, told: Sums | None, months: int
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    name, customers = sums["source"], int(sums["customers"])
    spend = told["spend"] if told is not None else None
    paid = float(spend or 0)
    row: dict[str, Any] = {"source": name, "spend": spend, "new_customers": customers}
    row |= _named("cost", cost(paid, customers) if paid else NOTHING)
    points = course(sums, months) if customers else []
    worth = ratio = NOTHING
    first = so_far = expected = None
    if customers >= LEAST:
        first, so_far = sums["gain_0"] / customers, sums["profit"] / customers
        if sums["with_value"] >= (1 - _MOST_UNVALUED) * customers:
            expected = sums["expected"] / customers
            worth = per_customer(sums["worth"], sums["worth_2"], customers)
            ratio = over_cost(sums["worth"], sums["worth_2"], paid, customers)
    back = payback(points, paid, customers) if paid and points else (None, None, None)
    row |= {"first_profit": first, "profit_so_far": so_far, "expected_profit": expected}
    row |= _named("value", worth) | _named("value_to_cost", ratio)
    row["earned_back"] = sums["profit"] / paid if paid and customers >= LEAST else None
    row |= dict(zip(("payback_months", "payback_low", "payback_high"), back, strict=True))
    soonest = over_cost(sums["profit"], sums["profit_2"], paid, customers) if customers else NOTHING
    row["verdict"] = verdict(ratio if ratio[0] is not None else _floor(soonest), paid)
    lines = [
        {
            "source": name,
            "months": point.month,
            "watched": point.watched,
            "profit": point.profit,
            "profit_low": point.span[0],
            "profit_high": point.span[1],
            "cost": row["cost"],
        }
        for point in points
    ]
    return row, lines


def _floor(so_far: tuple[float | None, float | None, float | None]) -> Any:
    """Profit so far is a floor: it can show that a source earns, not that it loses."""
    estimate, low, _ = so_far
    return (estimate, low, float("inf")) if estimate is not None else NOTHING


def _named(name: str, span: tuple[float | None, float | None, float | None]) -> dict[str, Any]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), span, strict=True))


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    """Paid sources first, by LTV:CAC at the lower end; then by number of new customers."""
    low = row["value_to_cost_low"]
    return (not row["spend"], low is None, -(low or 0), -row["new_customers"], row["source"] or "")


def _campaigns(found: list[Sums]) -> pa.Table:
    rows = []
    for row in sorted(found, key=lambda one: (-(one["spend"] or 0), str(one["campaign"]))):
        spend, clicks = row["spend"], row["clicks"]
        rows.append(
            {
                **row,
                "cost_per_click": float(spend) / float(clicks) if clicks and spend else None,
                "click_rate": float(clicks) / float(row["impressions"])
                if clicks and row["impressions"]
                else None,
            }
        )
    schema = pa.schema(
        [
            ("source", pa.string()),
            ("campaign", pa.string()),
            *((name, MONEY) for name in ("spend", "impressions", "clicks")),
            ("cost_per_click", pa.float64()),
            ("click_rate", pa.float64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


_REAL = (
    "cost", "cost_low", "cost_high", "first_profit", "profit_so_far", "expected_profit",
    "value", "value_low", "value_high", "value_to_cost", "value_to_cost_low",
    "value_to_cost_high", "earned_back",
)  # fmt: skip
_SOURCES = pa.schema(
    [
        ("source", pa.string()),
        ("spend", MONEY),
        ("new_customers", pa.int64()),
        *((name, pa.float64()) for name in _REAL),
        *((f"payback_{end}", pa.int64()) for end in ("months", "low", "high")),
        ("verdict", pa.string()),
    ]
)
_PAYBACK = pa.schema(
    [
        ("source", pa.string()),
        ("months", pa.int64()),
        ("watched", pa.int64()),
        *((name, pa.float64()) for name in ("profit", "profit_low", "profit_high", "cost")),
    ]
)
