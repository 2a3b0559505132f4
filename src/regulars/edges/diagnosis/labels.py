"""The fixed words of the page: (Chinese, English)."""

from __future__ import annotations

LABELS: dict[str, tuple[str, str]] = {
    "html_lang": ("zh-CN", "en"),
    "title": ("店铺诊断", "Shop diagnosis"),
    "as_of": ("数据截至", "as of"),
    "span": ("数据区间", "Data"),
    "orders": ("订单", "orders"),
    "buyers": ("购买用户", "Buyers"),
    "repeat": ("复购率", "Bought again"),
    "second": ("{days} 天二单率", "Second order by day {days}"),
    "point": ("二单率每升 1 点，年毛利", "A point of it, profit a year"),
    "stake": ("面临失去的年毛利", "Profit at stake"),
    "leak": ("二单在哪里漏掉", "Where second orders leak"),
    "curve": ("首购后再次购买的占比", "Share with a second order"),
    "days": ("天", "days"),
    "late": ("谁正在流失，值多少", "Who is slipping, and what they are worth"),
    "customer": ("用户", "Customer"),
    "stage": ("阶段", "Stage"),
    "last": ("末单", "Last order"),
    "yearly": ("此前一年毛利", "Yearly profit"),
    "chance": ("回购概率", "Chance of return"),
    "at_stake": ("面临失去", "At stake"),
    "makers": ("什么带来回头客", "What makes regulars"),
    "by.product": ("首购商品", "First product"),
    "by.category": ("首购类目", "First category"),
    "by.source": ("来源", "Source"),
    "came": ("回头率", "Came back"),
    "first_buyers": ("首购人数", "Buyers"),
    "makers_lead": (
        "首购后再次购买的占比；竖线为同月、同等篮子金额的首购用户的预期。",
        "Share of first-time buyers who came back; the line is what those of the same month and"
        " size of basket would lead one to expect.",
    ),
    "verdict.makes_regulars": ("高于预期", "above"),
    "verdict.loses": ("低于预期", "below"),
    "verdict.cannot_tell": ("不能断定", "cannot be told"),
    "makers_none": (
        "订单没有商品、类目或来源信息，或样本太少，无法比较。",
        "The orders name no products, categories or sources, or too few buyers: nothing can be"
        " compared.",
    ),
    "first": ("先证明这一件", "Prove this first"),
    "no_first": (
        "按打法假设的效果，没有一种对策在本店划得来，或对象太少。",
        "At the effects that the plays assume, no remedy pays in this shop, or too few are"
        " concerned.",
    ),
    "assumptions": ("口径与假设", "On what it rests"),
    "footer": (
        "由 Regulars（熟客）生成，离线可读，不连接网络。含用户数据，请妥善转发。",
        "Made by Regulars (熟客). It contacts nothing. It holds customer data: mind whom you send"
        " it to.",
    ),
}
