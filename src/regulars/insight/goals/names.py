"""The names of metrics, drivers and periods of goals, for people."""

from __future__ import annotations

from datetime import date, timedelta

from regulars.kernel.money import format_money

METRIC_NAMES: dict[str, tuple[str, str]] = {
    "sales": ("sales", "销售额"),
    "profit": ("profit", "毛利"),
    "orders": ("orders", "订单数"),
    "buyers": ("buyers", "购买用户数"),
    "new_buyers": ("new buyers", "新客数"),
    "average_order_value": ("average order value", "笔单价"),
    "repeat_rate": ("repeat rate", "复购率"),
}
"""English and Chinese."""

DRIVER_NAMES: dict[str, tuple[str, str]] = {
    "new_buyers": ("new buyers", "新客数"),
    "returning_buyers": ("returning buyers", "老客数"),
    "guest_orders": ("guest orders", "游客订单"),
    "frequency": ("orders per buyer", "人均订单数"),
    "average_order_value": ("average order value", "笔单价"),
    "margin": ("margin", "毛利率"),
    "credit_notes": ("credit notes", "未指明订单的退款"),
    "plan": ("plan that does not add up", "计划本身未对齐"),
    "other": ("other", "其他"),
    "mix": ("who buys", "用户构成"),
    "value_of_new": ("order value of new buyers", "新客笔单价"),
    "value_of_returning": ("order value of returning buyers", "老客笔单价"),
    "value_of_guests": ("order value of guests", "游客笔单价"),
    "repeat_of_new": ("repeat rate of new buyers", "新客复购率"),
    "repeat_of_returning": ("repeat rate of returning buyers", "老客复购率"),
}
"""English and Chinese."""

_MONEY = {
    "sales", "profit", "average_order_value", "credit_notes", "value_of_new", "value_of_returning",
    "value_of_guests",
}  # fmt: skip
SHARES = {"repeat_rate", "margin", "repeat_of_new", "repeat_of_returning"}
"""Told as percentages."""
_LARGE = 1000


def amount(name: str, value: float | None, currency: str) -> str:
    """A value of a metric or driver in its unit.

    >>> amount("sales", 12345.678, "CNY"), amount("repeat_rate", 0.251, "CNY")
    ('¥12,346', '25.1%')
    >>> amount("orders", 1204.4, "CNY"), amount("frequency", 1.234, "CNY")
    ('1,204', '1.23')
    """
    if value is None:
        return "–"
    if name in _MONEY:
        whole = abs(value) >= _LARGE
        text = format_money(round(value) if whole else value, currency)
        return text.split(".")[0] if whole else text
    if name in SHARES:
        return f"{value:.1%}"
    return f"{value:,.2f}" if name == "frequency" else f"{value:,.0f}"


def difference(name: str, value: float | None, currency: str, language: str) -> str:
    """A difference of a metric or driver, with its sign; of shares in points.

    >>> difference("sales", -1200, "CNY", "en"), difference("repeat_rate", 0.0312, "CNY", "en")
    ('-¥1,200', '+3.1 points')
    """
    if value is None:
        return "–"
    if name in SHARES:
        return f"{value * 100:+.1f} {'个百分点' if language == 'zh' else 'points'}"
    return ("+" if value > 0 else "") + amount(name, value, currency)


def period(first: date, last: date, language: str) -> str:
    """The days of a goal, by the calendar's own name where they have one.

    >>> period(date(2026, 10, 1), date(2026, 12, 31), "en")
    '2026 Q4'
    >>> period(date(2026, 2, 1), date(2026, 2, 28), "zh")
    '2026 年 2 月'
    >>> period(date(2026, 10, 1), date(2026, 10, 20), "en")
    '2026-10-01 to 2026-10-20'
    """
    chinese = language == "zh"
    after = last + timedelta(days=1)
    if first.day == 1 and after.day == 1:
        months = (after.year - first.year) * 12 + after.month - first.month
        if months == 1:
            return f"{first.year} 年 {first.month} 月" if chinese else f"{first:%Y-%m}"
        if months == 3 and first.month % 3 == 1:
            quarter = first.month // 3 + 1
            return f"{first.year} 年第 {quarter} 季度" if chinese else f"{first.year} Q{quarter}"
        if months == 12 and first.month == 1:
            return f"{first.year} 年" if chinese else f"{first.year}"
    return f"{first} 至 {last}" if chinese else f"{first} to {last}"
