"""Pictures of people: core customers, portraits, types, habits, end users."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf

_TGI = {"tgi": "tgi", "low": "tgi_interval", "high": "tgi_interval"}

_CORE = Declared(
    "core",
    "Core customers",
    "核心用户",
    "Who are the core customers by the published rule, why or why not, and how did they come?",
    "按公开规则谁是核心用户、为什么是或不是、怎么来的？",
    (
        TableOf("rule", "The rule with its numbers", "规则与当前数值", {"value": "core_rule"}),
        TableOf(
            "months",
            "By month end",
            "按月末",
            {
                "core": "core_customers",
                "buyers": "buyers_so_far",
                "share": "core_share",
                "entered": "core_entered",
                "left": "core_left",
                "left_share": "core_left_share",
            },
            latest=True,
        ),
        TableOf(
            "routes",
            "How they came",
            "从哪里来",
            {
                "core": "core_customers",
                "core_share": "group_share",
                "buyers": "base_customers",
                "buyers_share": "base_share",
                **_TGI,
            },
        ),
        TableOf(
            "common",
            "What they have in common",
            "共同特征",
            {
                "group_customers": "group_customers",
                "group_share": "group_share",
                "base_customers": "base_customers",
                "base_share": "base_share",
                **_TGI,
            },
            (
                "attribute",
                "value",
                "group_customers",
                "group_share",
                "base_share",
                "tgi",
                "low",
                "high",
                "verdict",
            ),
        ),
        TableOf(
            "customers",
            "Everyone judged, and why",
            "参与评定者及原因",
            {
                "spend": "core_spend",
                "orders": "core_orders",
                "months": "core_months",
                "spend_rank": "core_rank",
                "orders_rank": "core_rank",
                "months_rank": "core_rank",
                "score": "core_score",
                "bound": "core_bound",
                "enough_spend": "core_enough",
                "enough_orders": "core_enough",
                "enough_months": "core_enough",
            },
            ("customer_id", "is_core", "spend", "orders", "months", "score", "bound"),
        ),
    ),
    "regulars.insight.core_customers.draw:draw",
)

_MAKE_UP = {
    "group_customers": "group_customers",
    "group_known": "group_known",
    "group_share": "group_share",
    "base_customers": "base_customers",
    "base_known": "base_known",
    "base_share": "base_share",
    **_TGI,
}
_MAKE_UP_SHOWN = (
    "group", "attribute", "value", "group_customers", "group_share", "base_share", "tgi", "low",
    "high", "verdict",
)  # fmt: skip

_PORTRAIT = Declared(
    "portrait",
    "Portrait",
    "人群画像",
    "What is a group of customers made of, against a base?",
    "某群用户与基准人群相比有什么特征？",
    (
        TableOf(
            "rows",
            "Attributes and behaviours",
            "属性与行为",
            _MAKE_UP,
            _MAKE_UP_SHOWN,
        ),
        TableOf(
            "sources",
            "Each source against the same base",
            "各来源对比同一基准",
            _MAKE_UP,
            _MAKE_UP_SHOWN,
        ),
    ),
    "regulars.insight.portraits.draw:draw",
    (
        Option(
            "group",
            list,
            (),
            "A condition that the group meets, as 'depth = core' or 'source in a|b'; may be given"
            " several times, all hold. By default the core.",
        ),
        Option(
            "base",
            list,
            (),
            "A condition that the base meets; likewise. By default all buyers.",
        ),
        Option("by", str, None, "An attribute, as source: each of its values is a group."),
        Option("attribute", list, (), "Only these attributes; by default all."),
        Option("minimum", int, 30, "Smaller groups are not told.", least=10),
    ),
)

_TYPES = Declared(
    "types",
    "Types of buyers",
    "用户类型",
    "Which types of buyers are there, by which rule, and what do they bring?",
    "购买用户有哪些类型、按什么规则划分、各带来多少？",
    (
        TableOf(
            "types",
            "Types",
            "类型",
            {
                "customers": "type_customers",
                "share": "type_share",
                "sales_share": "type_sales_share",
                "profit_share": "type_profit_share",
                "core_share": "type_core_share",
                "orders": "type_orders",
                "average_order_value": "type_order_value",
                "categories": "type_categories",
                "discounted_share": "type_discounted_share",
                "promotion_share": "type_promotion_share",
                "refund_share": "type_refund_share",
                "recency_days": "type_recency",
            },
            (
                "name",
                "customers",
                "share",
                "profit_share",
                "orders",
                "average_order_value",
                "categories",
                "discounted_share",
                "promotion_share",
            ),
        ),
        TableOf("choices", "How many types", "类型数的选择", {"silhouette": "silhouette"}),
    ),
    "regulars.insight.buyer_types:draw",
)

_TIME = {"low": "time_index_interval", "high": "time_index_interval"}
_HABITS = Declared(
    "habits",
    "Habits",
    "购买习惯",
    "When and how do people buy, and how do the core differ?",
    "用户什么时候买、怎么买，核心用户有何不同？",
    (
        TableOf(
            "when",
            "Hours, weekdays, paydays, promotions",
            "时段、星期、发薪日、大促",
            {
                "purchases": "time_purchases",
                "share": "time_share",
                "even_share": "time_even_share",
                "index": "time_index",
                **_TIME,
                "core_index": "core_time_index",
                "core_low": "core_time_index_interval",
                "core_high": "core_time_index_interval",
            },
            ("kind", "value", "purchases", "share", "index", "low", "high", "core_index"),
        ),
        TableOf(
            "how",
            "Discounts, refunds, categories",
            "优惠、退款、类目",
            {
                "customers": "habit_customers",
                "share": "habit_share",
                "low": "habit_share_interval",
                "high": "habit_share_interval",
                "orders": "habit_orders",
                "profit_per_customer": "habit_profit",
                "core": "habit_core",
                "core_share": "habit_core_share",
                "core_low": "habit_core_share_interval",
                "core_high": "habit_core_share_interval",
            },
            ("kind", "value", "customers", "share", "orders", "profit_per_customer", "core_share"),
        ),
        TableOf(
            "discounts",
            "Sales by depth of discount, in % of list value",
            "按优惠深度（占原价 %）的销售",
            {
                "purchases": "discount_purchases",
                "share": "discount_purchases_share",
                "sales": "discount_sales",
                "sales_share": "discount_sales_share",
                "profit": "discount_profit",
                "profit_rate": "discount_profit_rate",
            },
        ),
    ),
    "regulars.insight.habits.draw:draw",
)

_END_USERS = Declared(
    "end-users",
    "End users",
    "使用者",
    "For whom do customers buy: for several people, as gifts, for a child of which age?",
    "用户在为谁购买：多位收货人、送礼，还是哪个年龄的孩子？",
    (
        TableOf(
            "recipients",
            "Recipients of a customer",
            "每位用户的收货人数",
            {
                "customers": "recipient_customers",
                "share": "recipient_share",
                "low": "recipient_share_interval",
                "high": "recipient_share_interval",
            },
        ),
        TableOf(
            "gifts",
            "Purchases for others, by category",
            "寄给他人的购买，按类目",
            {
                "purchases": "named_purchases",
                "to_others": "gift_purchases",
                "share": "gift_share",
                "low": "gift_share_interval",
                "high": "gift_share_interval",
            },
        ),
        TableOf(
            "ages",
            "Age in months that purchases point to",
            "购买所指的月龄段",
            {"customers": "age_customers", "share": "age_share"},
        ),
        TableOf(
            "next_ages",
            "When the next age begins",
            "何时进入下一月龄段",
            {"customers": "next_age_customers"},
        ),
    ),
    "regulars.insight.end_users.draw:draw",
)

PEOPLE: tuple[Declared, ...] = (_CORE, _PORTRAIT, _TYPES, _HABITS, _END_USERS)
