"""The registry of metrics: one definition per number, in both languages.

Screens, CLI, report and documents take name, formula, unit, grain and caveat from here, and the
code that computes a number names the metric it computes.

>>> METRICS["average_order_value"].zh
'笔单价'
>>> METRICS["average_order_value"].formula
'paid less refunded / orders'
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """The definition of one number."""

    key: str
    en: str
    zh: str
    formula: str
    formula_zh: str
    unit: str
    """customers, orders, money, share, days, index, count."""
    grain: str
    """What one value stands for: shop, month, customer, group, cohort x month, play."""
    caveat: str = ""
    caveat_zh: str = ""

    def name(self, language: str) -> str:
        """The name in `zh` or `en`."""
        return self.zh if language == "zh" else self.en

    def definition(self, language: str) -> str:
        """Formula and caveat in `zh` or `en`."""
        parts = (
            (self.formula_zh, self.caveat_zh) if language == "zh" else (self.formula, self.caveat)
        )
        return ("。" if language == "zh" else ". ").join(part for part in parts if part)


METRICS: dict[str, Metric] = {}


def _define(key: str, *words: str) -> None:
    METRICS[key] = Metric(key, *words)


_define(
    "customers",
    "Customers",
    "用户数",
    "customers known to the shop by the date",
    "截至当日店铺已知的用户",
    "customers",
    "shop",
    "guests count for orders and sales, not as people",
    "游客订单计入订单与销售额，不计入用户",
)
_define(
    "buyers",
    "Buyers",
    "购买用户数",
    "customers with at least one purchase in the period",
    "期内至少购买一次的用户",
    "customers",
    "shop",
)
_define(
    "orders",
    "Orders",
    "订单数",
    "orders paid and not cancelled or wholly taken back, guests included",
    "已付款且未取消、未全额退款的订单，含游客",
    "orders",
    "shop",
)
_define(
    "sales",
    "Sales",
    "销售额",
    "paid less refunded of all orders, guests included",
    "全部订单实付减退款，含游客",
    "money",
    "shop",
)
_define(
    "average_order_value",
    "Average order value",
    "笔单价",
    "paid less refunded / orders",
    "（实付−退款）÷ 订单数",
    "money",
    "shop",
)
_define(
    "spend_per_customer",
    "Spend per customer",
    "客单价",
    "paid less refunded / buyers",
    "（实付−退款）÷ 购买用户数",
    "money",
    "shop",
    "buyers only, guests left out on both sides",
    "仅计已识别的购买用户，不含游客",
)
_define(
    "repeat_rate",
    "Repeat rate",
    "复购率",
    "customers with 2 or more purchases / customers with 1 or more, within the window",
    "窗口内购买 2 次及以上的用户 ÷ 购买 1 次及以上的用户",
    "share",
    "shop",
    "the window is named beside the number; a longer window gives a higher rate",
    "须同时看窗口；窗口越长数值越高",
)
