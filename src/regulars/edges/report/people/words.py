"""What the section says, in both languages: (Chinese, English) by key."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav.people": ("人群", "People"),
    "people.title": ("核心与人群", "Core and types"),
    # core
    "people.core": ("核心用户", "Core customers"),
    "people.of_buyers": ("占购买用户 {share}", "{share} of buyers"),
    "people.spend_share": ("贡献实付", "Their share of spend"),
    "people.in_window": ("近 {days} 天", "last {days} days"),
    "people.entered": ("新进", "Entered"),
    "people.left": ("退出", "Left"),
    "people.at": ("{day} 评定", "on {day}"),
    "people.left_share": ("退出率 {share}", "{share} of the core"),
    "people.typical": ("典型核心用户", "A typical one"),
    "people.typical_orders": ("{count} 次", "{count} ×"),
    "people.typical_below": (
        "{days} 天内，实付 {money}，活跃 {months} 个月",
        "bought in {days} days, for {money}, in {months} months",
    ),
    "people.months": ("逐月：在册、新进与退出", "By month: core, entered and left"),
    "people.series_core": ("核心用户", "Core"),
    "people.routes": ("从哪里来：核心用户对比全部购买用户", "How they came, against all buyers"),
    "people.route": ("来源 / 首购类目", "Source / first category"),
    "people.source": ("来源", "Source"),
    "people.first_category": ("首购类目", "First category"),
    "people.in_core": ("核心中", "In the core"),
    "people.in_buyers": ("购买用户中", "Of buyers"),
    "people.rule": ("规则与当前数值", "The rule with its numbers"),
    "people.rule_part": ("项", "Part"),
    "people.rule_value": ("数值", "Value"),
    "people.near": ("离核心最近的 {shown} 人", "The {shown} nearest to the core"),
    "people.near_lead": (
        "{count} 人参与评定但未入选。以下最接近入选线；箭头后为仅靠该项即可入选的数值。",
        "{count} customers were judged and are not core. These are nearest to the last seat; "
        "behind the arrow stands what alone would have been enough.",
    ),
    "people.customer": ("用户", "Customer"),
    "people.score": ("得分 / 入选线", "Score / needed"),
    "people.near_csv": ("前 {rows} 名未入选者（CSV）", "The next {rows} in line (CSV)"),
    # types
    "people.types": ("用户类型", "Types of buyers"),
    "people.type": ("类型与规则", "Type and its rule"),
    "people.share": ("人数占比", "Buyers"),
    "people.profit": ("毛利占比", "Profit"),
    "people.orders": ("人均次数", "Purchases"),
    "people.value": ("笔单价", "Order value"),
    "people.breadth_short": ("类目", "Categories"),
    "people.discounted": ("用优惠", "Discounted"),
    "people.promotion": ("大促", "At promotions"),
    # habits
    "people.habits": ("购买习惯", "Habits"),
    "people.hours": ("一天中的时段（均匀 = 100）", "Hours of the day (even = 100)"),
    "people.weekdays": ("一周中的日子（均匀 = 100）", "Days of the week (even = 100)"),
    "people.everyone": ("全部", "All"),
    "people.the_core": ("核心", "Core"),
    "people.index": ("指数 {index}", "index {index}"),
    "people.interval": ("区间 {low}–{high}", "{low}–{high}"),
    "people.when_csv": ("时间（CSV）", "Times (CSV)"),
    "people.how_csv": ("优惠、退款、类目（CSV）", "Discounts, refunds, categories (CSV)"),
    "people.dependence": (
        "优惠依赖（购买两次以上者）",
        "Leaning on discounts (bought twice or more)",
    ),
    "people.breadth": ("买过几个类目", "Categories bought"),
    "people.all_buyers": ("购买用户", "Buyers"),
    "people.never": ("从不用", "never"),
    "people.under_half": ("少于一半", "under half"),
    "people.half_or_more": ("一半以上", "half or more"),
    "people.always": ("每次都用", "always"),
    "people.customers": ("人", "customers"),
    # sources
    "people.sources": ("各来源的画像", "A portrait of each source"),
    "people.sources_lead": (
        "每格为 TGI：来源内占比 ÷ 全部购买用户占比 × 100。着色的格子确有差异（误判率不超过 5%），"
        "其余可能只是偶然。",
        "Each cell is the TGI: share within the source / share among all buyers × 100. Coloured "
        "cells differ beyond chance (at most 5 % of them falsely); the others may be chance.",
    ),
    "people.sources_none": (
        "各来源的用户没有可辨的差异，或没有来源数据。",
        "No source differs from the others as far as can be told, or none is known.",
    ),
    "people.trait": ("特征", "Trait"),
    "people.base": ("全部", "All"),
    "people.sources_csv": ("全部特征（{rows} 行 CSV）", "All traits ({rows} rows, CSV)"),
    # end users
    "people.end_users": ("为谁而买", "For whom they buy"),
    "people.category": ("类目", "Category"),
    "people.to_others": ("寄给他人", "For others"),
    "people.band": ("月龄", "Months of age"),
    "people.purchasers": ("用户数", "Purchasers"),
    "people.too_few": ("不足 30", "under 30"),
}
