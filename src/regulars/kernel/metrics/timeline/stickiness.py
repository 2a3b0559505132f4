"""Who is active a day, a week and a month, and how often people come."""

from __future__ import annotations

from regulars.kernel.metrics.entry import entry

_HAND = "tests/insight/test_stickiness.py::"
_DAYS = _HAND + "test_days_weeks_and_months_worked_by_hand"
_ON_DAYS = _HAND + "test_the_distribution_of_active_days_worked_by_hand"
_WEEKDAYS = _HAND + "test_weekdays_and_lengths_worked_by_hand"
_GAPS = _HAND + "test_gaps_between_sessions_worked_by_hand"
_WINDOW = "empty where the window begins before the data do"
_WINDOW_ZH = "窗口早于数据起点时为空"

DEFINITIONS: tuple[dict[str, str], ...] = (
    entry(
        "active_day",
        "Active that day (DAU)",
        "日活 DAU",
        "customers with an entry of the kind asked for (any) on the day",
        "当天有所选行为（默认任意行为）的用户",
        "customers",
        "day",
        "days of the shop's calendar; what the shop or a sender does is no activity",
        "按店铺自然日；店铺或发送方的动作不算活跃",
        golden=_DAYS,
    ),
    entry(
        "active_week",
        "Active within 7 days (WAU)",
        "周活 WAU",
        "customers active on any of the 7 days that end with the day",
        "截至当日的 7 天内活跃过的用户",
        "customers",
        "day",
        _WINDOW,
        _WINDOW_ZH,
        golden=_DAYS,
    ),
    entry(
        "active_month",
        "Active within 30 days (MAU)",
        "月活 MAU",
        "customers active on any of the 30 days that end with the day",
        "截至当日的 30 天内活跃过的用户",
        "customers",
        "day",
        _WINDOW,
        _WINDOW_ZH,
        golden=_DAYS,
    ),
    entry(
        "active_share_of_week",
        "DAU/WAU",
        "DAU/WAU",
        "active that day / active within 7 days",
        "日活 ÷ 周活",
        "share",
        "day",
        _WINDOW,
        _WINDOW_ZH,
        golden=_DAYS,
    ),
    entry(
        "active_share_of_month",
        "DAU/MAU",
        "DAU/MAU 粘性",
        "active that day / active within 30 days",
        "日活 ÷ 月活",
        "share",
        "day",
        _WINDOW,
        _WINDOW_ZH,
        golden=_DAYS,
    ),
    entry(
        "active_days_customers",
        "Customers with so many active days",
        "活跃该天数的用户",
        "of those active in the last 28 days: active on exactly so many of them",
        "近 28 天活跃过的用户中，恰好活跃该天数者",
        "customers",
        "number of days",
        "not told where not all 28 days are known",
        "28 天未全部覆盖时不给",
        golden=_ON_DAYS,
    ),
    entry(
        "active_days_share",
        "Share with so many active days",
        "活跃该天数的占比",
        "customers with so many active days / customers active in the last 28 days",
        "活跃该天数的用户 ÷ 近 28 天活跃用户",
        "share",
        "number of days",
        golden=_ON_DAYS,
    ),
    entry(
        "active_days_or_more",
        "Share with so many active days or more",
        "活跃至少该天数的占比",
        "customers with so many active days or more / customers active in the last 28 days",
        "活跃至少该天数的用户 ÷ 近 28 天活跃用户",
        "share",
        "number of days",
        golden=_ON_DAYS,
    ),
    entry(
        "active_mean",
        "Active on an average day",
        "日均活跃",
        "mean of the customers active that day, over the days of this weekday",
        "该星期各日日活的平均",
        "customers",
        "weekday",
        golden=_WEEKDAYS,
    ),
    entry(
        "sessions_of_one_entry",
        "Sessions of one entry",
        "单步访问次数",
        "sessions with a single entry: they have no length",
        "只有一步的访问，没有时长",
        "count",
        "weekday",
        golden=_WEEKDAYS,
    ),
    entry(
        "session_gaps",
        "Gaps between sessions",
        "访问间隔数",
        "times from the end of a session to the beginning of the customer's next; for customers: "
        "those who have one, each with the own median",
        "同一用户一次访问结束到下一次开始的间隔数；customers 行为有间隔的用户，各取自己的中位数",
        "count",
        "all gaps, customers",
        "both sessions lie in these days; what has not ended is not counted, so long gaps are told "
        "too rarely where the days are few",
        "两次访问均在时段内；尚未结束的不计，时段越短，长间隔越容易漏掉",
        golden=_GAPS,
    ),
    entry(
        "session_gap_quantile",
        "Quantile of the gaps",
        "访问间隔分位数",
        "the smallest time that so large a share of the gaps does not pass",
        "不超过该时长的间隔达到相应占比的最小值",
        "days",
        "all gaps, customers",
        "off by less than 0.4 %",
        "误差小于 0.4%",
        golden=_GAPS,
    ),
)
