"""The picture `focus`, put together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.focus.sums import (
    QUARTER,
    YEAR,
    coded,
    cycles,
    first_purchases,
    owners,
    reached,
    sales_by_category,
)
from regulars.insight.focus.verdicts import trend, verdict
from regulars.insight.focus.words import says
from regulars.insight.ladder.asked import within
from regulars.insight.ladder.columns import amounts, doubles, grains, ratio, whole
from regulars.insight.ladder.shares import ratio_to_usual
from regulars.insight.makers.judged import LOSES, MAKES, judge
from regulars.insight.picture import Picture, View
from regulars.insight.statistics.answers import ints, reals

MOST_CATEGORIES = 300
"""Categories told apart: those with most profit."""

FINDINGS = {1: "more", 0: "as_usual", -1: "fewer"}

Ints = npt.NDArray[np.int64]


def draw(view: View, days: int = 365, minimum: int = 30) -> Picture:
    """Category by category, and the best few kept, up to the view's day.

    Args:
        view: the tables.
        days: sales, profit and buyers of so many days.
        minimum: of fewer customers no share is told.

    Raises:
        UnknownValue: a number is out of its range.
        CannotTell: nothing was sold that has a category.
    """
    within("days", days, 1, 3650)
    within("minimum", minimum, 1, 1_000_000)
    sums = view.run(sales_by_category(view, days))
    every = sums["category"].to_pylist()
    profit = grains(sums, "profit")
    ranked = sorted(
        (at for at, name in enumerate(every) if name is not None and sums["goods"][at].as_py()),
        key=lambda at: (-int(profit[at]), every[at]),
    )[:MOST_CATEGORIES]
    if not ranked:
        raise CannotTell(
            f"nothing sold in the {days} days up to {view.as_of} has a category",
            todo="import a products file with categories, or order lines that tell them",
        )
    names = [every[at] for at in ranked]
    goods = coded(view, names)
    told = _Told(view, sums, np.array(ranked, np.int64), names, minimum)
    told.owned(view.run(owners(view, goods, days)))
    told.first(view.run(first_purchases(view, goods, len(names))))
    kept = _kept(told, view.run(reached(view, goods, days)))
    tables = {"categories": told.table(view.run(cycles(view))), "kept": kept}
    facts = {"days": days, "categories": len(names), **told.facts}
    return Picture("focus", view.as_of, tables, tuple(says(tables, facts, view.settings)), facts)


class _Told:
    """What is known of the categories, in the order of their profit."""

    def __init__(
        self, view: View, sums: pa.Table, rows: Ints, names: list[str], minimum: int
    ) -> None:
        self.names, self.rows, self.sums, self.minimum = names, rows, sums, minimum
        known_net = grains(sums, "known_net")
        self.all_net = int(grains(sums, "net").sum())
        self.all_profit = int(grains(sums, "profit").sum())
        begins = [day for day in sums["first_day"].to_pylist() if day is not None]
        first_day = min(begins)
        # A span is compared only with one that the data hold from its first day on.
        half = first_day <= view.as_of - timedelta(days=2 * QUARTER - 1)
        year = first_day <= view.as_of - timedelta(days=YEAR + QUARTER - 1)
        now = grains(sums, "net_now")
        before = grains(sums, "net_before") if half else np.zeros_like(now)
        last_year = grains(sums, "net_year") if year else np.zeros_like(now)
        self.growth = ratio(now, np.maximum(before, 0))[rows] - 1
        self.year_growth = ratio(now, np.maximum(last_year, 0))[rows] - 1
        known = int(known_net.sum())
        self.facts: dict[str, Any] = {
            "sales": self.all_net / 10_000,
            "profit": self.all_profit / 10_000,
            "cost_known": known / self.all_net if self.all_net > 0 else None,
            "margin": int(grains(sums, "known_profit").sum()) / known if known > 0 else None,
            "unclassed_sales": (
                1 - int(grains(sums, "net")[rows].sum()) / self.all_net
                if self.all_net > 0
                else None
            ),
        }

    def owned(self, table: pa.Table) -> None:
        """Take in `sums.owners`."""
        self.buyers, self.only = (self._by_code(table, whole(table, n)) for n in ("buyers", "only"))
        self.own, self.spent = (self._by_code(table, grains(table, n)) for n in ("own", "spent"))

    def first(self, table: pa.Table) -> None:
        """Take in `sums.first_purchases`: how many came back, against what is usual."""
        size, code = len(self.names), ints(table, "item")
        self.firsts, self.came = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.usual, self.variance = np.zeros(size), np.zeros(size)
        self.firsts[code], self.came[code] = ints(table, "buyers"), ints(table, "returned")
        self.usual[code], self.variance[code] = reals(table, "expected"), reals(table, "variance")
        self.enough = (self.firsts >= self.minimum) & (self.usual > 0)
        judged = judge(table, self.minimum).rows
        self.found = np.zeros(size, np.int8)
        self.found[ints(judged, "item")] = [
            {MAKES: 1, LOSES: -1}.get(one, 0) for one in judged["verdict"].to_pylist()
        ]

    def table(self, cycle: pa.Table) -> pa.Table:
        """One row per category, that with most profit first."""
        sums, rows = self.sums, self.rows
        net, profit = grains(sums, "net")[rows], grains(sums, "profit")[rows]
        known_net = grains(sums, "known_net")[rows]
        margin = ratio(grains(sums, "known_profit")[rows], known_net)
        enough, buyers = self.enough.tolist(), self.buyers
        people = (buyers >= self.minimum).tolist()
        return_ratio, low, high = ratio_to_usual(self.came, self.usual, self.variance)
        medians = dict(
            zip(cycle["category"].to_pylist(), cycle["median_cycle"].to_pylist(), strict=True)
        )
        trends = [trend(*pair) for pair in zip(self.growth, self.year_growth, strict=True)]
        shop = self.facts["margin"]
        verdicts = [
            verdict(
                enough=bool(buyers[at] >= self.minimum),
                returns=int(self.found[at]),
                margin=float(margin[at]) if known_net[at] > 0 else None,
                shop_margin=shop,
            )
            for at in range(len(rows))
        ]
        return pa.table(
            {
                "category": pa.array(self.names, pa.string()),
                "verdict": pa.array(verdicts, pa.string()),
                "sales": amounts(net.tolist()),
                "sales_share": doubles(ratio(net, max(self.all_net, 0))),
                "profit": amounts(profit.tolist()),
                "profit_share": doubles(ratio(profit, max(self.all_profit, 0))),
                "margin": doubles(margin, (known_net > 0).tolist()),
                "buyers": pa.array(buyers, pa.int64()),
                "only_buyers": pa.array(self.only, pa.int64()),
                "only_share": doubles(ratio(self.only, buyers), people),
                "attach": doubles(ratio(self.spent - self.own, np.maximum(self.own, 0)), people),
                "trend": pa.array(trends, pa.string()),
                "growth_90": doubles(self.growth),
                "growth_year": doubles(self.year_growth),
                "first_buyers": pa.array(self.firsts, pa.int64()),
                "returned": pa.array(self.came, pa.int64()),
                "return_finding": pa.array(
                    [
                        FINDINGS[int(f)] if e else None
                        for f, e in zip(self.found, enough, strict=True)
                    ],
                    pa.string(),
                ),
                "return_share": doubles(ratio(self.came, self.firsts), enough),
                "usual_share": doubles(ratio(self.usual, self.firsts), enough),
                "return_ratio": doubles(return_ratio, enough),
                "low": doubles(low, enough),
                "high": doubles(high, enough),
                "median_cycle": doubles([medians.get(name) for name in self.names]),
            }
        )

    def _by_code(self, table: pa.Table, values: Ints) -> Ints:
        told = np.zeros(len(self.names), np.int64)
        code = whole(table, "code")
        inside = code < len(self.names)
        told[code[inside]] = values[inside]
        return told


def _kept(told: _Told, table: pa.Table) -> pa.Table:
    """If the shop kept only the first, the first two, … categories, in the order of profit."""
    names = told.names
    code, customers = whole(table, "code"), whole(table, "customers")
    every = int(customers.sum())
    first = np.zeros(len(names) + 1, np.int64)
    np.add.at(first, np.minimum(code, len(names)), customers)
    people = np.cumsum(first[:-1])
    net = np.cumsum(grains(told.sums, "net")[told.rows])
    profit = np.cumsum(grains(told.sums, "profit")[told.rows])
    return pa.table(
        {
            "kept": pa.array(range(1, len(names) + 1), pa.int64()),
            "category": pa.array(names, pa.string()),
            "sales": amounts(net.tolist()),
            "sales_share": doubles(ratio(net, max(told.all_net, 0))),
            "profit": amounts(profit.tolist()),
            "profit_share": doubles(ratio(profit, max(told.all_profit, 0))),
            "customers": pa.array(people, pa.int64()),
            "customers_share": doubles(ratio(people, every), [every >= told.minimum] * len(names)),
        }
    )
