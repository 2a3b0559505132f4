"""Pictures of prices: the ladder of each category, and what a category focus would look like."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf

_DAYS = Option(
    "days",
    int,
    365,
    "Sales, margins and buyers of so many days up to the date.",
    least=1,
    most=3650,
)
_MINIMUM = Option(
    "minimum", int, 30, "Of fewer customers no share is told.", least=1, most=1_000_000
)

PRICES: tuple[Declared, ...] = (
    Declared(
        "ladder",
        "Price ladder",
        "价格带",
        "Which price bands does each category have, what do they earn, and who climbs?",
        "每个类目有哪些价格带、各赚多少、谁在升档？",
        (
            TableOf(
                "bands",
                "Price bands",
                "价格带",
                {
                    "low": "ladder_low",
                    "high": "ladder_high",
                    "mean_price": "ladder_mean_price",
                    "goods": "ladder_goods",
                    "pieces": "ladder_pieces",
                    "buyers": "ladder_buyers",
                    "sales": "ladder_sales",
                    "sales_share": "ladder_sales_share",
                    "profit": "ladder_profit",
                    "profit_share": "ladder_profit_share",
                    "margin": "ladder_margin",
                    "cost_known": "ladder_cost_known",
                },
                shown=(
                    "category", "band", "low", "high", "goods", "pieces", "buyers", "sales",
                    "sales_share", "profit", "margin",
                ),
            ),
            TableOf(
                "moves",
                "Moves between bands",
                "价格带移动",
                {
                    "steps": "move_steps",
                    "customers": "move_customers",
                    "share": "move_share",
                    "low": "move_interval",
                    "high": "move_interval",
                },
            ),
            TableOf(
                "lead_ins",
                "Lead-in items",
                "入门商品",
                {
                    "price": "list_price",
                    "customers": "lead_in_customers",
                    "moved_up": "lead_in_moved_up",
                    "share": "lead_in_share",
                    "usual_share": "lead_in_usual",
                    "ratio": "lead_in_ratio",
                    "low": "lead_in_interval",
                    "high": "lead_in_interval",
                },
                shown=(
                    "category", "band", "product", "customers", "moved_up", "share",
                    "usual_share", "ratio", "low", "high", "verdict",
                ),
            ),
            TableOf(
                "same_cost",
                "The same cost at several prices",
                "同成本不同价",
                {
                    "goods": "same_cost_goods",
                    "cost_low": "unit_cost",
                    "cost_high": "unit_cost",
                    "price_low": "list_price",
                    "price_high": "list_price",
                    "margin_low": "ladder_margin",
                    "margin_high": "ladder_margin",
                    "sales": "ladder_sales",
                    "profit": "ladder_profit",
                    "profit_between": "profit_between",
                },
            ),
            TableOf(
                "variants",
                "Goods of the same cost",
                "同成本商品",
                {
                    "cost": "unit_cost",
                    "price": "list_price",
                    "paid": "paid_price",
                    "margin": "ladder_margin",
                    "pieces": "ladder_pieces",
                    "sales": "ladder_sales",
                    "profit": "ladder_profit",
                },
                shown=(
                    "group", "category", "product", "variant", "cost", "price", "paid", "margin",
                    "pieces", "profit",
                ),
            ),
            TableOf(
                "specs",
                "Pack sizes",
                "规格",
                {
                    "amount": "pack_amount",
                    "goods": "ladder_goods",
                    "pieces": "ladder_pieces",
                    "sales": "ladder_sales",
                    "sales_share": "ladder_sales_share",
                    "unit_price": "unit_price",
                    "to_usual": "unit_price_to_usual",
                },
                shown=(
                    "category", "size", "goods", "pieces", "sales", "sales_share", "unit",
                    "unit_price", "to_usual",
                ),
            ),
            TableOf(
                "customers",
                "Customers' bands",
                "用户价格带",
                {"days_since": "category_days_since"},
            ),
        ),
        "regulars.insight.ladder.draw:draw",
        (
            Option("category", str, None, "Only this category."),
            _DAYS,
            _MINIMUM,
            Option(
                "customers",
                int,
                1000,
                "Rows of the list of customers, the latest buyers first; 0 for all.",
                least=0,
                most=1_000_000_000,
            ),
        ),
        whole=False,
        of_customers=False,
    ),
    Declared(
        "focus",
        "Category focus",
        "品类聚焦",
        "Which categories earn, bring people back and grow, and what would a focus keep?",
        "哪些类目赚钱、带来复购、在增长，聚焦之后还剩多少？",
        (
            TableOf(
                "categories",
                "Categories",
                "类目",
                {
                    "sales": "focus_sales",
                    "sales_share": "focus_sales_share",
                    "profit": "focus_profit",
                    "profit_share": "focus_profit_share",
                    "margin": "focus_margin",
                    "buyers": "focus_buyers",
                    "only_buyers": "only_buyers",
                    "only_share": "only_share",
                    "attach": "attach",
                    "growth_90": "focus_growth_90",
                    "growth_year": "focus_growth_year",
                    "first_buyers": "first_buyers",
                    "returned": "first_returned",
                    "return_share": "first_return_share",
                    "usual_share": "first_return_usual",
                    "return_ratio": "first_return_ratio",
                    "low": "first_return_interval",
                    "high": "first_return_interval",
                    "median_cycle": "focus_cycle",
                },
                shown=(
                    "category", "verdict", "sales", "profit", "profit_share", "margin", "buyers",
                    "only_share", "attach", "trend", "growth_year", "return_share", "usual_share",
                ),
            ),
            TableOf(
                "kept",
                "If only the best were kept",
                "若只保留前几类",
                {
                    "sales": "kept_sales",
                    "sales_share": "kept_sales_share",
                    "profit": "kept_profit",
                    "profit_share": "kept_profit_share",
                    "customers": "kept_customers",
                    "customers_share": "kept_customers_share",
                },
            ),
        ),
        "regulars.insight.focus.draw:draw",
        (_DAYS, _MINIMUM),
    ),
)  # fmt: skip
