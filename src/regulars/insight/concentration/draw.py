"""Concentration of value: how much rests on how few customers and products."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.concentration.counts import EVERYTHING, YEAR, brought, by_product, parts
from regulars.insight.concentration.judged import LEAST, Held, held
from regulars.insight.concentration.words import says
from regulars.insight.picture import Picture, View
from regulars.insight.statistics.answers import MONEY, exact, ints
from regulars.insight.statistics.standardised import NORMAL_975

Key = tuple[str, str, str]
"""customer or product; paid or profit; last_365_days, year_before or all_time."""


def draw(view: View) -> Picture:
    """How value is spread over customers and products, up to the view's day.

    Raises:
        CannotTell: too few customers have bought.
    """
    purchases = view.relation("purchases")
    known = purchases.filter(purchases.customer_id.notnull())
    begins = view.run(known.agg(begins=known.day.min())).to_pylist()[0]["begins"]
    spread = _spread(view.run(parts(brought(purchases, "customer_id", view.as_of))), "customer")
    everybody = spread.get(("customer", "paid", "all_time"))
    if everybody is None or everybody.members < LEAST:
        buyers = everybody.members if everybody else 0
        raise CannotTell(
            f"{buyers} known customers have bought; it takes {LEAST} to tell how value is spread",
            todo="import orders that tell who bought",
        )
    per_good = brought(view.relation("purchase_goods"), "good_no", view.as_of)
    per_product = by_product(per_good, view.relation("goods"))
    spread |= _spread(view.run(parts(per_product)), "product")
    if begins > view.as_of - timedelta(days=2 * YEAR - 1):  # the year before is not whole
        spread = {key: one for key, one in spread.items() if key[2] != "year_before"}
    days = min((view.as_of - begins).days + 1, YEAR)
    facts = {
        "begins": begins.isoformat(),
        "days": days,
        "year_before": any(key[2] == "year_before" for key in spread),
    }
    tables = {"spread": _spread_table(spread), "top": _top_table(spread), "curve": _curves(spread)}
    said = tuple(says(spread, view.settings.shop.currency, days))
    return Picture("concentration", view.as_of, tables, said, facts)


def _spread(found: pa.Table, of: str) -> dict[Key, Held]:
    what = ints(found, "what")
    return {
        (of, measure, span): held(found.filter(pa.array(what == place)))
        for (measure, span), place in EVERYTHING.items()
        if (what == place).any()
    }


_KEYS = [("of", pa.string()), ("measure", pa.string()), ("span", pa.string())]


def _keys(key: Key) -> dict[str, Any]:
    return dict(zip(("of", "measure", "span"), key, strict=True))


def _spread_table(spread: dict[Key, Held]) -> pa.Table:
    rows = []
    for key, one in spread.items():
        half = NORMAL_975 * one.gini_error if one.gini_error is not None else None
        rows.append(
            _keys(key)
            | {
                "members": one.members,
                "total": exact(one.total),
                "gini": one.gini,
                "gini_low": None if half is None or one.gini is None else one.gini - half,
                "gini_high": None if half is None or one.gini is None else one.gini + half,
                "hold_half": one.half if one.known else None,
                "hold_half_share": one.half / one.members if one.known else None,
                "top_ten": exact(one.ten) if one.known else None,
                "top_ten_share": one.ten / one.total if one.known else None,
                "losing": one.below,
                "losing_value": exact(one.lost),
            }
        )
    schema = pa.schema(
        [
            *_KEYS,
            ("members", pa.int64()),
            ("total", MONEY),
            *((name, pa.float64()) for name in ("gini", "gini_low", "gini_high")),
            ("hold_half", pa.int64()),
            ("hold_half_share", pa.float64()),
            ("top_ten", MONEY),
            ("top_ten_share", pa.float64()),
            ("losing", pa.int64()),
            ("losing_value", MONEY),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _top_table(spread: dict[Key, Held]) -> pa.Table:
    rows = [
        _keys(key)
        | {
            "percent": top.percent,
            "members": top.members,
            "share": top.share,
            "share_low": top.low,
            "share_high": top.high,
        }
        for key, one in spread.items()
        for top in one.tops
    ]
    schema = pa.schema(
        [
            *_KEYS,
            ("percent", pa.int64()),
            ("members", pa.int64()),
            *((name, pa.float64()) for name in ("share", "share_low", "share_high")),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _curves(spread: dict[Key, Held]) -> pa.Table:
    rows = [
        _keys(key) | {"members_share": members, "value_share": worth}
        for key, one in spread.items()
        for members, worth in one.curve
    ]
    schema = pa.schema([*_KEYS, ("members_share", pa.float64()), ("value_share", pa.float64())])
    return pa.Table.from_pylist(rows, schema=schema)
