"""Pictures of the pool of customers: its layers and forecast, the shop's phase, goals."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf

_LAYER = {
    "customers": "layer_customers",
    "share": "layer_share",
    "paid_365": "paid_365",
    "paid_share": "paid_365_share",
    "expected_profit": "layer_profit",
    "profit_share": "layer_profit_share",
}
_AHEAD = {
    "low_80": "pool_forecast",
    "high_80": "pool_forecast",
    "low_95": "pool_forecast",
    "high_95": "pool_forecast",
}

POOL: tuple[Declared, ...] = (
    Declared(
        "pool",
        "The pool of customers",
        "会员池",
        "How many customers does the shop hold, by value and stage, and how many N months ahead?",
        "会员池里有多少人、分几层，几个月后会有多少？",
        (
            TableOf(
                "layers",
                "Tier by stage",
                "价值层 × 阶段",
                _LAYER,
            ),
            TableOf(
                "tiers",
                "Tiers of value",
                "价值分层",
                {"paid_from": "tier_paid_from", **_LAYER},
            ),
            TableOf(
                "months",
                "Month ends",
                "各月末",
                {
                    "customers": "stage_stock",
                    "entered": "stage_entered",
                    "left": "stage_left",
                    "expected_profit": "stock_profit",
                },
                latest=True,
            ),
            TableOf(
                "forecast",
                "Months ahead",
                "未来几个月",
                {
                    "customers": "pool_forecast",
                    **_AHEAD,
                    "expected_profit": "stock_profit",
                },
            ),
            TableOf(
                "phase",
                "The shop's phase",
                "店铺所处阶段",
                {
                    "month_buyers": "buyers_of_late",
                    "buyers_growth": "buyers_growth",
                    "buyers_growth_low": "buyers_growth",
                    "buyers_growth_high": "buyers_growth",
                    "year_on_year": "buyers_year_on_year",
                    "quick_ratio": "quick_ratio_quarter",
                    "newcomers_growth": "newcomers_growth",
                    "newcomers_growth_low": "newcomers_growth",
                    "newcomers_growth_high": "newcomers_growth",
                },
                shown=(
                    "phase",
                    "months",
                    "month_buyers",
                    "buyers_growth",
                    "buyers_growth_low",
                    "buyers_growth_high",
                    "year_on_year",
                    "quick_ratio",
                ),
            ),
            TableOf(
                "coverage",
                "Earlier forecasts",
                "历史预测检验",
                {
                    "forecasts": "pool_forecasts_tried",
                    "within_80": "pool_coverage",
                    "within_95": "pool_coverage",
                    "pool_error": "pool_error",
                },
            ),
        ),
        "regulars.insight.pool.draw:draw",
        (
            Option(
                "months",
                int,
                6,
                "How many months ahead.",
                least=1,
                most=12,
            ),
        ),
    ),
    Declared(
        "goals",
        "Goals",
        "经营目标",
        "Will the shop reach its goals, and where does the difference lie?",
        "目标能不能达成，差距在哪里？",
        (
            TableOf(
                "goals",
                "Goals",
                "目标",
                {
                    "target": "goal_target",
                    "actual": "goal_actual",
                    "forecast": "goal_forecast",
                    "low_80": "goal_forecast",
                    "high_80": "goal_forecast",
                    "low_95": "goal_forecast",
                    "high_95": "goal_forecast",
                    "chance": "goal_chance",
                    "gap": "goal_gap",
                    "last_period": "goal_last_period",
                },
                shown=(
                    "goal",
                    "metric",
                    "first_day",
                    "last_day",
                    "state",
                    "target",
                    "actual",
                    "forecast",
                    "low_80",
                    "high_80",
                    "chance",
                    "gap",
                ),
            ),
            TableOf(
                "causes",
                "Where the difference lies",
                "差距在哪里",
                {"planned": "driver_value", "expected": "driver_value", "effect": "driver_effect"},
            ),
        ),
        "regulars.insight.goals.draw:draw",
        whole=False,
        of_customers=False,
    ),
)
