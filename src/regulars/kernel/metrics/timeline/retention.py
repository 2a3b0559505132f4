"""Who comes back after beginning."""

from __future__ import annotations

from regulars.kernel.metrics.entry import entry

_GOLDEN = "tests/insight/test_retention.py::test_a_curve_worked_by_hand"
_COHORTS = "tests/insight/test_retention.py::test_a_cohort_nobody_could_have_seen_is_empty"

DEFINITIONS: tuple[dict[str, str], ...] = (
    entry(
        "retention_customers",
        "Began",
        "起始用户数",
        "customers whose start (the first ever, or the first of these days) lies in the period",
        "起始行为（历史首次或本时段首次）落在该期的用户",
        "customers",
        "cohort",
        "who began before the data begin is taken for new when first seen",
        "数据开始之前已来过的用户会被当作新用户",
        golden=_GOLDEN,
    ),
    entry(
        "retention_seen",
        "Seen long enough",
        "已满观察期人数",
        "of those who began: for whom all of the interval has passed by the end of the data",
        "截至数据末，该区间已全部过去的起始用户",
        "customers",
        "cohort x offset",
        "of an interval without an end, its first day",
        "无上限区间以其首日为准",
        golden=_COHORTS,
    ),
    entry(
        "retention_back",
        "Came back",
        "回访人数",
        "of those seen long enough: with a return in the interval",
        "已满观察期用户中，在该区间有回访者",
        "customers",
        "cohort x offset",
        "days of the shop's calendar, or of 24 hours from the own first instant, as asked",
        "按店铺自然日，或自用户首次时刻起每 24 小时，以所选为准",
        golden=_GOLDEN,
    ),
    entry(
        "retention_share",
        "Retention",
        "留存率",
        "came back / seen long enough",
        "回访人数 ÷ 已满观察期人数",
        "share",
        "cohort x offset",
        "Wilson interval of 95 %; empty where nobody could be seen; each offset rests on the "
        "customers seen for it",
        "区间为 95% 威尔逊区间；无人满观察期则为空；各时点的分母不同",
        golden=_GOLDEN,
    ),
)
