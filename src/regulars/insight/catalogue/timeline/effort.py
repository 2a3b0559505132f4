"""The picture `effort`."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

_LOW, _HIGH = "interval_low", "interval_high"

DECLARED = Declared(
    "effort",
    "Effort asked of people",
    "用户费力度",
    "What does the shop ask of people before they have what they came for, and where do they"
    " leave?",
    "用户为了买到东西要费多大力气，又在哪里离开？",
    (
        TableOf(
            "way",
            "The way to an order",
            "下单路径",
            {
                "orders": "effort_orders",
                "unseen": "effort_orders_unseen",
                "timed": "effort_orders_timed",
                "median_steps": "steps_to_order",
                "p75_steps": "steps_to_order",
                "median_minutes": "minutes_to_order",
                "p75_minutes": "minutes_to_order",
                "visits_known": "first_buyers_watched",
                "median_visits": "visits_before_first_order",
                "p75_visits": "visits_before_first_order",
            },
            shown=(
                "orders_of",
                "orders",
                "timed",
                "median_steps",
                "median_minutes",
                "visits_known",
                "median_visits",
                "p75_visits",
            ),
        ),
        TableOf(
            "searches",
            "Searches without result",
            "无结果搜索",
            {
                "searches": "searches",
                "told": "searches_told",
                "without": "searches_without_result",
                "share": "share_without_result",
                "share_low": _LOW,
                "share_high": _HIGH,
            },
        ),
        TableOf(
            "pages",
            "Load time by page",
            "各页面加载时长",
            {
                "loads": "page_loads",
                "median_ms": "load_time",
                "p75_ms": "load_time",
                "p95_ms": "load_time",
                "slow_share": "slow_share",
            },
        ),
        TableOf(
            "waits",
            "Waiting for parcel and money",
            "等待发货、签收与退款",
            {
                "begun": "waits_begun",
                "over": "waits_over",
                "still": "waits_open",
                "median_days": "wait_days",
                "p75_days": "wait_days",
                "p95_days": "wait_days",
            },
        ),
        TableOf(
            "carts",
            "Carts left, by stage",
            "各阶段购物车放弃",
            {
                "carts": "carts",
                "left": "carts_left",
                "left_share": "carts_left_share",
                "left_low": _LOW,
                "left_high": _HIGH,
                "valued": "carts_valued",
                "value_left": "carts_left_value",
            },
        ),
        TableOf(
            "checkout",
            "Checkouts left, by step",
            "各步结算放弃",
            {
                "reached": "checkouts_reached",
                "left": "checkouts_left",
                "left_share": "checkouts_left_share",
                "left_low": _LOW,
                "left_high": _HIGH,
            },
        ),
        TableOf(
            "leaves",
            "Where people of a stage leave",
            "各阶段离开处",
            {
                "sessions": "sessions_of_stage",
                "without_order": "sessions_without_order",
                "left": "sessions_left_at",
                "left_share": "sessions_left_at_share",
                "left_low": _LOW,
                "left_high": _HIGH,
            },
        ),
    ),
    "regulars.insight.effort.draw:draw",
    options=(
        *OPTIONS,
        Option("window", int, 7, "Days after which a cart is left.", least=1, most=90),
        Option(
            "lookback",
            int,
            30,
            "Days before a first order within which visits count.",
            least=1,
            most=365,
        ),
        Option("top", int, 10, "At most so many rows of each list.", least=1, most=60),
    ),
    of_timeline=True,
)
