"""What a plan decides."""

from __future__ import annotations

from regulars.kernel.metrics.entry import entry

PLAN: tuple[dict[str, str], ...] = (
    entry(
        "plan_actions",
        "People to reach",
        "触达人数",
        "customers for whom the plan decides to act today",
        "今日计划决定触达的用户数",
        "customers",
        "play",
    ),
    entry(
        "plan_held_out",
        "Held out",
        "对照人数",
        "customers deliberately left alone, so that the effect can be measured",
        "为衡量效果而有意不触达的用户数",
        "customers",
        "play",
    ),
    entry(
        "plan_not_funded",
        "Not funded",
        "预算外人数",
        "customers whom the play would reach if the budget went further",
        "预算充足时本可触达的用户数",
        "customers",
        "play",
    ),
    entry(
        "plan_expected_cost",
        "Expected cost",
        "预计成本",
        "sum over actions of cost if used × assumed chance of use, plus sending",
        "各动作“使用成本 × 假设使用概率”之和，加发送成本",
        "money",
        "play",
    ),
    entry(
        "plan_worst_case",
        "Worst case",
        "最坏成本",
        "cost if every offer is used in full; this is what the budget reserves",
        "所有利益点全部用满时的成本；预算按此预留",
        "money",
        "play",
    ),
    entry(
        "plan_expected_worth",
        "Expected worth",
        "预计价值",
        "sum over actions of assumed extra chance of a purchase × its basket × margin, less cost",
        "各动作“假设的增量购买概率 × 客单 × 毛利率”减预计成本之和",
        "money",
        "play",
        "from an assumed prior, not yet measured here; hold-outs will replace it",
        "来自假设的先验，尚未在本店测得；之后以对照组实测替换",
    ),
    entry(
        "plan_reserved",
        "Reserved",
        "已预留",
        "sum of the worst cases of all actions, never above the budget",
        "全部动作最坏成本之和，不超过预算",
        "money",
        "shop",
    ),
)
