"""The picture `attribution`."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

_METHODS = (
    "last", "last_non_direct", "first", "linear", "time_decay", "position", "markov", "shapley",
)  # fmt: skip

DECLARED = Declared(
    "attribution",
    "Attribution",
    "订单归因",
    "Which sources were there before the orders, and how do ways of dividing the credit differ?",
    "下单之前有哪些来源出现过，不同归因方法的结论差多少？",
    (
        TableOf(
            "sources",
            "Orders credited, side by side",
            "各方法归因订单",
            {"touches": "source_touches", "spend": "attribution_spend"}
            | {"removal_effect": "removal_effect"}
            | {method: f"credit_{method}" for method in _METHODS},
            shown=("source", *_METHODS),
        ),
        TableOf(
            "credits",
            "By method: orders, sales, profit, cost",
            "按方法：订单、销售额、毛利、成本",
            {
                "orders": "credited_orders",
                "share": "credited_share",
                "share_low": "interval_low",
                "share_high": "interval_high",
                "sales": "credited_sales",
                "profit": "credited_profit",
                "spend": "attribution_spend",
                "cost_per_order": "cost_per_credited_order",
            },
        ),
        TableOf(
            "paths",
            "Touches before an order",
            "下单前触点数",
            {"orders": "orders_by_touches", "share": "share_by_touches"},
        ),
    ),
    "regulars.insight.attribution.draw:draw",
    options=(
        *OPTIONS,
        Option(
            "lookback",
            int,
            30,
            "Days before an order within which touches count.",
            least=1,
            most=365,
        ),
        Option(
            "half_life",
            float,
            7.0,
            "Days in which a touch loses half its weight by time decay.",
            least=0.01,
            most=365,
        ),
        Option(
            "first_share", float, 0.4, "Credit of the first touch by position.", least=0, most=1
        ),
        Option("last_share", float, 0.4, "Credit of the last touch by position.", least=0, most=1),
        Option(
            "top",
            int,
            12,
            "At most so many sources, the rest is gathered.",
            least=1,
            most=12,
        ),
    ),
    of_timeline=True,
)
