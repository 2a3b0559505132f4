"""Stickiness, declared."""

from __future__ import annotations

from regulars.insight.picture import Declared, Option, TableOf
from regulars.insight.span import OPTIONS

DECLARED = Declared(
    "stickiness",
    "Stickiness",
    "粘性",
    "How many are active a day, a week and a month, on how many days, and for how long?",
    "日活、周活、月活各有多少人？每人活跃几天、停留多久？",
    (
        TableOf(
            "days",
            "Active by day",
            "日活、周活、月活",
            {
                "active": "active_day",
                "active_7": "active_week",
                "active_30": "active_month",
                "share_of_7": "active_share_of_week",
                "share_of_30": "active_share_of_month",
            },
            latest=True,
        ),
        TableOf(
            "active_days",
            "Active days of the last 28",
            "近 28 天活跃天数分布",
            {
                "customers": "active_days_customers",
                "share": "active_days_share",
                "share_or_more": "active_days_or_more",
            },
        ),
        TableOf(
            "weekdays",
            "By day of the week",
            "按星期",
            {
                "mean_active": "active_mean",
                "sessions": "sessions",
                "single": "sessions_of_one_entry",
                "single_share": "single_entry_share",
                "median_minutes": "session_length_median",
                "p90_minutes": "session_length_p90",
            },
        ),
        TableOf(
            "gaps",
            "From one session to the next",
            "访问间隔",
            {
                "number": "session_gaps",
                "p25_days": "session_gap_quantile",
                "median_days": "session_gap_quantile",
                "p75_days": "session_gap_quantile",
                "p90_days": "session_gap_quantile",
            },
        ),
    ),
    "regulars.insight.stickiness.draw:draw",
    options=(
        Option(
            "active",
            str,
            "any",
            "What makes a customer active: an event name, page:NAME, order, any; with conditions.",
        ),
        Option("gap", int, 30, "Minutes of quiet that end a session.", least=1, most=1440),
        *OPTIONS,
    ),
    whole=False,
    of_timeline=True,
)
