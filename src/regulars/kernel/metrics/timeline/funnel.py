"""What a funnel counts."""

from __future__ import annotations

from regulars.kernel.metrics.entry import entry

_GOLDEN = "tests/insight/test_funnel.py::test_a_funnel_worked_by_hand"
_OPEN = "tests/insight/test_funnel.py::test_who_may_still_go_on_is_told"

DEFINITIONS: tuple[dict[str, str], ...] = (
    entry(
        "funnel_reached",
        "Reached",
        "到达数",
        "customers (or sessions) whose furthest chain of steps within the window has come so far",
        "在窗口期内按步骤最远到达该步的用户（或访问）数",
        "count",
        "step",
        "each is counted once, by the chain that comes furthest; no entry is two steps; at one "
        "instant earlier steps come first",
        "每位用户只计一次，取走得最远的一条链；同一行为不重复充当两步；同一时刻靠前的步骤优先",
        golden=_GOLDEN,
    ),
    entry(
        "funnel_share",
        "Share of the first step",
        "总转化率",
        "reached / reached of the first step",
        "到达数 ÷ 首步到达数",
        "share",
        "step",
        "Wilson interval of 95 %; of fewer than 30 who entered none is told in groups and weeks",
        "区间为 95% 威尔逊区间；分组或按周进入不足 30 的不给比率",
        golden=_GOLDEN,
    ),
    entry(
        "funnel_step_share",
        "Share of the step before",
        "单步转化率",
        "reached / reached of the step before",
        "到达数 ÷ 上一步到达数",
        "share",
        "step",
        golden=_GOLDEN,
    ),
    entry(
        "funnel_lost",
        "Lost before it",
        "流失数",
        "reached of the step before - reached",
        "上一步到达数 − 本步到达数",
        "count",
        "step",
        golden=_GOLDEN,
    ),
    entry(
        "funnel_open",
        "May still go on",
        "仍可能继续",
        "of those who came to this step and no further: with a chain whose window had not ended",
        "止步于此且窗口期尚未结束者",
        "count",
        "step",
        golden=_OPEN,
    ),
    entry(
        "funnel_median_time",
        "Median time from the first step",
        "首步起中位用时",
        "the median of the seconds from the first step to this one, of the furthest chain",
        "最远链条自首步至本步秒数的中位数",
        "count",
        "step",
        "in seconds; off by less than 0.4 % above 256 s",
        "单位秒；256 秒以上误差小于 0.4%",
        golden=_GOLDEN,
    ),
    entry(
        "funnel_p90_time",
        "P90 time from the first step",
        "首步起 P90 用时",
        "nine in ten need no more seconds from the first step to this one",
        "九成用户自首步至本步用时不超过的秒数",
        "count",
        "step",
        "as for the median",
        "同中位用时",
        golden=_GOLDEN,
    ),
    entry(
        "funnel_step_time",
        "Median time from the step before",
        "上一步起中位用时",
        "the median of the seconds from the step before to this one",
        "上一步至本步秒数的中位数",
        "count",
        "step",
        "as for the median; not told where the order is any",
        "同中位用时；顺序不限时不给",
        golden=_GOLDEN,
    ),
)
