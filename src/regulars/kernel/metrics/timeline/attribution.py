"""Credit of orders by source."""

from __future__ import annotations

from regulars.kernel.metrics.entry import entry

_HAND = "tests/insight/test_attribution.py::"
_RULES = _HAND + "test_what_each_rule_credits_worked_out_by_hand"
_PICTURE = _HAND + "test_a_shop_of_three_customers_by_hand"
_LEARNED = _HAND + "test_the_methods_that_learn_in_the_picture_by_hand"
_TOLD = "credit tells who was there before an order, not what brought it about"
_TOLD_ZH = "归因只说明下单前出现过谁，不说明订单因谁而来"


def _credit(
    key: str, en: str, zh: str, formula: str, formula_zh: str, golden: str = _RULES
) -> dict[str, str]:
    return entry(
        f"credit_{key}", en, zh, formula, formula_zh, "orders",
        "source", _TOLD, _TOLD_ZH, golden=golden,
    )  # fmt: skip


DEFINITIONS: tuple[dict[str, str], ...] = (
    entry(
        "source_touches",
        "Touches",
        "触点数",
        "touches of the source in paths; consecutive ones of a visit are one",
        "该来源在路径中的触点数；同一次访问内连续的同来源触点计一个",
        "count",
        "source",
        "a visit that tells no source, inviter or other site is a touch of (direct)",
        "未带来源、邀请人或外部网站的访问计为 (direct)",
        golden=_PICTURE,
    ),
    _credit(
        "last",
        "Last touch",
        "末次触点",
        "orders whose last touch is the source",
        "末次触点为该来源的订单",
    ),
    _credit(
        "last_non_direct",
        "Last non-direct",
        "末次非直接",
        "orders whose last touch other than direct is the source; direct where there is no other",
        "除直接访问外末次触点为该来源的订单；全为直接访问时归直接访问",
    ),
    _credit(
        "first",
        "First touch",
        "首次触点",
        "orders whose first touch is the source",
        "首次触点为该来源的订单",
    ),
    _credit(
        "linear",
        "Linear",
        "线性",
        "sum over orders of touches of the source / touches of the path",
        "逐单合计：该来源触点数 ÷ 路径触点数",
    ),
    _credit(
        "time_decay",
        "Time decay",
        "时间衰减",
        "as linear, each touch weighing 2^(-time before the last touch / half-life)",
        "同线性，触点权重为 2^(−距末次触点时间 ÷ 半衰期)",
    ),
    _credit(
        "position",
        "Position",
        "位置加权",
        "as linear, first and last touch having their shares (40 % each), those between the rest",
        "同线性，首末触点各占其份额（默认 40%），其余由中间触点平分",
    ),
    _credit(
        "markov",
        "Markov",
        "马尔可夫",
        "orders x removal effect of the source / sum of removal effects",
        "订单数 × 该来源移除效应 ÷ 各来源移除效应之和",
        _LEARNED,
    ),
    _credit(
        "shapley",
        "Shapley",
        "沙普利值",
        "each order divided by the Shapley values of its sources, in the game of how often paths of"
        " exactly these sources lead to an order",
        "每单按其来源集合的沙普利值分配，博弈价值为恰含这些来源的路径的下单率",
        _LEARNED,
    ),
    entry(
        "removal_effect",
        "Removal effect",
        "移除效应",
        "1 - chance of an order if whoever goes to the source goes to nothing / chance of an order",
        "1 − 移除该来源后的下单概率 ÷ 原下单概率",
        "share",
        "source",
        "in a Markov chain of order 1 of all paths, with those that led to no order",
        "以全部路径（含未下单）的一阶马尔可夫链计算",
        golden=_LEARNED,
    ),
    entry(
        "credited_orders",
        "Orders credited",
        "归因订单",
        "orders credited to the source by the row's method",
        "按该行方法归给该来源的订单",
        "orders",
        "method x source",
        "over all sources they add up to the orders that have a path",
        "各来源合计等于有路径的订单数",
        golden=_PICTURE,
    ),
    entry(
        "credited_share",
        "Share of orders",
        "归因占比",
        "orders credited / orders with a path",
        "归因订单 ÷ 有路径的订单",
        "share",
        "method x source",
        "interval of the methods that learn: jackknife over 40 groups of customers",
        "马尔可夫与沙普利的区间：按 40 组用户的刀切法",
        golden=_PICTURE,
    ),
    entry(
        "credited_sales",
        "Sales credited",
        "归因销售额",
        "sales of the orders, divided as the orders are",
        "订单销售额按同样方式分配",
        "money",
        "method x source",
        golden=_PICTURE,
    ),
    entry(
        "credited_profit",
        "Profit credited",
        "归因毛利",
        "profit of the orders before advertising, divided as the orders are",
        "订单毛利（未扣投放）按同样方式分配",
        "money",
        "method x source",
        golden=_PICTURE,
    ),
    entry(
        "attribution_spend",
        "Advertising",
        "投放花费",
        "spent on advertising for the source in the days looked at",
        "所选日期内该来源的投放花费",
        "money",
        "source",
        golden=_PICTURE,
    ),
    entry(
        "cost_per_credited_order",
        "Cost per credited order",
        "单均归因成本",
        "advertising of the source / orders credited to it",
        "该来源投放花费 ÷ 归因订单",
        "money",
        "method x source",
        "some of these orders would have come without the advertising",
        "其中部分订单没有投放也会产生",
        golden=_PICTURE,
    ),
    entry(
        "orders_by_touches",
        "Orders by touches",
        "按触点数的订单",
        "orders whose path has so many touches",
        "路径触点数为该值的订单",
        "orders",
        "touches",
        golden=_PICTURE,
    ),
    entry(
        "share_by_touches",
        "Share of orders by touches",
        "按触点数的订单占比",
        "orders whose path has so many touches / orders with a path",
        "路径触点数为该值的订单 ÷ 有路径的订单",
        "share",
        "touches",
        golden=_PICTURE,
    ),
)
