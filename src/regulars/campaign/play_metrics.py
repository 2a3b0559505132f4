"""The numbers by which plays are judged, beside those of `kernel.metric`.

All are differences between the customers whom a play reached and its hold-out, or shares among
those reached; measuring them begins with the first actions that are carried out.

>>> PLAY_METRICS["incremental_return_rate"].zh
'增量回购率'
"""

from __future__ import annotations

from regulars.kernel.metric import METRICS, Metric

MADE_FOR_PLAYS = (
    Metric(
        "incremental_return_rate",
        "Incremental return rate",
        "增量回购率",
        "share of treated who buy within the play's days - the same share of its hold-out",
        "触达组在打法天数内的购买比例 − 对照组的同一比例",
        "share",
        "play",
    ),
    Metric(
        "incremental_profit",
        "Incremental profit",
        "增量利润",
        "profit per treated customer less its costs - profit per held-out customer, x treated",
        "（触达组人均利润 − 成本 − 对照组人均利润）× 触达人数",
        "money",
        "play",
    ),
    Metric(
        "cost_saved",
        "Cost saved",
        "节省成本",
        "customers let go x assumed cost of the messages not sent",
        "停止触达的用户数 × 预计不再发送的消息成本",
        "money",
        "play",
        "assumed, not measured",
        "为估计值，非实测",
    ),
    Metric(
        "unsubscribe_rate",
        "Unsubscribe rate",
        "退订率",
        "customers who refused further messages / customers reached",
        "触达后拒收的用户 ÷ 触达用户",
        "share",
        "play",
    ),
    Metric(
        "refund_rate",
        "Refund rate",
        "退款率",
        "orders taken back in part or whole / orders within the play's days",
        "打法天数内部分或全部退款的订单 ÷ 订单",
        "share",
        "play",
    ),
    Metric(
        "margin_per_order",
        "Margin per order",
        "单均毛利",
        "(paid less refunded) x margin less benefits used / orders within the play's days",
        "（实付−退款）× 毛利率 − 已用权益，除以打法天数内订单",
        "money",
        "play",
    ),
)

"""Numbers that only a play has."""

PLAY_METRICS: dict[str, Metric] = {**METRICS, **{metric.key: metric for metric in MADE_FOR_PLAYS}}
"""Every number that a play may name as its KPI or guardrail."""
