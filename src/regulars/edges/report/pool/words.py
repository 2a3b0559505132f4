"""What the section says, in both languages: (Chinese, English) by key."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav.pool": ("会员池", "Pool"),
    "pool.title": ("会员池与目标", "Pool and goals"),
    "pool.none": ("会员池暂无法判断：{reason}", "The pool cannot be told: {reason}"),
    # months and forecast
    "pool.held": ("会员池", "Pool"),
    "pool.of_three": ("较三个月前 {by}", "{by} in three months"),
    "pool.today": ("当前人均价值计", "at today's value a customer"),
    "pool.in_months": ("{months} 个月后", "In {months} months"),
    "pool.interval": ("80% 区间 {low}–{high}", "80%: {low} to {high}"),
    "pool.needed": ("保住储水量所需新客", "New customers to hold it"),
    "pool.a_month": ("每月；预计 {expected}", "a month; {expected} expected"),
    "pool.cannot": ("数据不足", "cannot tell yet"),
    "pool.months": ("各月末储水量与预测", "The pool at month ends, and ahead"),
    "pool.months_lead": (
        "柱：各阶段月末人数，浅色为预测；线与阴影：全池预测及 80%、95% 区间。",
        "Bars: customers of each stage at month ends, paler where forecast; line and shade: the "
        "whole pool ahead with its 80% and 95% intervals.",
    ),
    "pool.no_forecast": (
        "柱：各阶段月末人数。完整月份不足，尚不能预测。",
        "Bars: customers of each stage at month ends. Too few months have ended to look ahead.",
    ),
    "pool.total": ("全池", "Whole pool"),
    "pool.expected": ("预计", "expected"),
    "pool.band_80": ("80% 区间", "80% interval"),
    "pool.band_95": ("95% 区间", "95% interval"),
    "pool.entered": ("流入 {count}", "{count} came in"),
    "pool.left": ("流出 {count}", "{count} went out"),
    "pool.forecast_csv": ("下载各阶段预测（CSV）", "Download the forecast by stage (CSV)"),
    "pool.months_csv": ("下载各月末（CSV）", "Download month ends (CSV)"),
    # layers
    "pool.layers": ("分层：谁撑起了这个池子", "Layers: who carries the pool"),
    "pool.tier": ("价值层", "Tier"),
    "pool.tier.A": ("A 层", "A"),
    "pool.tier.B": ("B 层", "B"),
    "pool.tier.C": ("C 层", "C"),
    "pool.tier.none": ("近一年未购", "Nothing paid"),
    "pool.customers": ("用户", "Customers"),
    "pool.from": ("{money} 起", "from {money}"),
    "pool.paid": ("近 365 天实付", "Paid in 365 days"),
    "pool.profit": ("预计利润", "Expected profit"),
    "pool.slipping": ("风险/沉睡/流失", "Slipping or gone"),
    "pool.rule": (
        "按近 365 天实付从高到低：A 累计至一半，B 至八成，C 其余。"
        "核心用户中已有风险、沉睡或流失的，归入相应阶段，不再计为核心阶段。",
        "By what was paid in 365 days, in falling order: A the first half of the sum, B the next "
        "three tenths, C the rest. Core customers who are at risk, dormant or lost stand "
        "under that stage.",
    ),
    # phase
    "pool.phase": ("店铺所处阶段", "The shop's phase"),
    "pool.measure": ("依据", "Evidence"),
    "pool.value": ("数值", "Value"),
    "pool.span": ("95% 区间", "95% interval"),
    "pool.a_year": ("{value}/年", "{value} a year"),
    # tried
    "pool.tried": ("预测准不准", "How far to believe the forecast"),
    "pool.ahead": ("提前月数", "Months ahead"),
    # goals
    "pool.goals": ("经营目标", "Goals"),
    "pool.goal": ("目标", "Goal"),
    "pool.target": ("目标 {value}", "target {value}"),
    "pool.actual": ("已有 {value}", "{value} so far"),
    "pool.done": ("实际 {value}", "{value} reached"),
    "pool.goes_to": ("预计 {value}", "{value} expected"),
    "pool.between": ("80% 区间 {low}–{high}", "80%: {low} to {high}"),
    "pool.chance": ("达成概率 {value}", "{value} to reach it"),
    "pool.reached": ("已达成", "reached"),
    "pool.missed": ("未达成", "missed"),
    "pool.no_goals": (
        "还没有设定目标。在 regulars.toml 中写入，例如：",
        "No goals are set. Write them into regulars.toml, for example:",
    ),
    "pool.no_goals_told": ("目标暂无法判断：{reason}", "Goals cannot be told: {reason}"),
    "pool.legend": (
        "深色：已完成；浅色：预计区间（80%）；竖线：目标。",
        "Dark: so far; pale: where it will end (80%); line: the target.",
    ),
    "pool.causes": ("差距在哪里", "Where the difference lies"),
    "pool.driver": ("驱动", "Driver"),
    "pool.planned": ("计划", "Planned"),
    "pool.expected_at_end": ("预计", "Expected"),
    "pool.effect": ("贡献", "Its part"),
    "pool.goals_csv": ("下载目标（CSV）", "Download goals (CSV)"),
    "pool.causes_csv": ("下载差距分解（CSV）", "Download the parts (CSV)"),
}
