"""The sentences of the report's section on what comes next, in both languages."""

from __future__ import annotations

AHEAD_WORDS: dict[str, tuple[str, str]] = {
    "nav.next": ("接下来", "Next"),
    "next.title": ("接下来", "What comes next"),
    "next.lead": (
        "根据本店历史，对 {as_of} 之后的预期。预期是平均：对一群人成立，对单个人不作保证。",
        "What the shop's own history lets expect after {as_of}. Expectations are means: true of "
        "many together, never promised of one.",
    ),
    "next.nobody": (
        "还没有可识别的购买用户，无法判断接下来会发生什么。",
        "No customer with a purchase is known, so nothing can be told of what comes next.",
    ),
    # tiles
    "next.due_in": ("{days} 天内到期", "Due within {days} days"),
    "next.due_buyers": ("预计约 {count} 人会买", "about {count} will buy"),
    "next.year": ("365 天 {count} 次", "365 days {count}"),
    "next.profit_over": ("{years} 年，已折现", "{years} years, discounted"),
    "next.profit_days": ("{days} 天，已折现", "{days} days, discounted"),
    "next.profit_settings": (
        "毛利率 {margin}，年折现率 {rate}，计 {days} 天（见 regulars.toml）。",
        "Margin {margin}, {rate} discount a year, {days} days (regulars.toml).",
    ),
    "next.not_lost": ("其中未流失 {count}", "{count} not lost"),
    "next.of_repeat": ("占复购用户 {share}", "{share} of repeat buyers"),
    "next.no_pull": ("无大促显出拉动", "no promotion pulls"),
    # who is due
    "next.due": ("未来 30 天谁会到期", "Who is due in the next 30 days"),
    "next.due_lead": (
        "未来 30 天有 {customers} 人到应复购日，预计其中约 {buyers} 人会在这 30 天内购买。",
        "{customers} customers reach their due date in the next 30 days; about {buyers} of them "
        "are expected to buy within these 30 days.",
    ),
    "next.due_unknown": (
        "未来 30 天有 {customers} 人到应复购日。数据不足，无法判断其中多少人会购买。",
        "{customers} customers reach their due date in the next 30 days. How many of them will buy "
        "cannot be told from so little data.",
    ),
    "next.due_nobody": (
        "未来 30 天没有用户到应复购日。",
        "No customer reaches the due date in the next 30 days.",
    ),
    "next.due_series": ("到期", "Due"),
    "next.buyers_series": ("其中预计购买", "Of them expected to buy"),
    "next.likeliest": ("最可能购买的 {shown} 人", "The {shown} likeliest to buy"),
    "next.due_on": ("应复购日", "Due on"),
    "next.chance_30": ("30 天购买概率", "Chance in 30 days"),
    "next.bought_on": ("购买天数", "Purchase days"),
    "next.last_on": ("末单日", "Last bought"),
    "next.value": ("预计利润", "Expected profit"),
    "next.due_csv": (
        "下载到期名单（最可能购买的 {rows} 人，共 {all} 人，CSV）",
        "Download who is due (the {rows} likeliest to buy, of {all}, CSV)",
    ),
    # value
    "next.value_title": ("预计利润在谁手里", "Who holds the expected profit"),
    "next.value_lead": (
        "价值最高的 10% 用户占预计利润的 {top}，前 20% 占 {second}。",
        "The top 10% of customers by value hold {top} of the expected profit, the top 20% hold "
        "{second}.",
    ),
    "next.value_axis": (
        "用户按价值从高到低，每十分之一",
        "tenths of customers, the highest value first",
    ),
    "next.value_tip": (
        "第 {tenth} 个十分之一，{customers} 人",
        "tenth {tenth}, {customers} customers",
    ),
    "next.value_few": (
        "已知价值的用户只有 {customers} 人，太少，不分档。",
        "The value of only {customers} customers is known: too few to part into tenths.",
    ),
    "next.value_unknown": (
        "无法估计用户价值：{reason}。",
        "The value of customers cannot be told: {reason}.",
    ),
    "next.value_zero": (
        "预计利润为 0，无可分配；请检查 regulars.toml 的 [shop] margin。",
        "The expected profit is 0, so nobody holds any: look at [shop] margin in regulars.toml.",
    ),
    "next.mean_value": ("人均", "Mean"),
    # season
    "next.season": ("季节与大促", "Season and promotions"),
    "next.season_lead": (
        "本店最旺 {best}（{best_by}），最淡 {worst}（{worst_by}）；接下来的 {coming}为 "
        "{coming_by}。",
        "The strongest month is {best} ({best_by}), the weakest {worst} ({worst_by}); {coming}, "
        "which is next, is at {coming_by}.",
    ),
    "next.season_none": (
        "本店历史未显出月份之间的差异；至少需要 {months} 个完整月份，且差异须超出偶然。",
        "The shop's history shows no difference between months. It takes {months} whole months at "
        "least, and a difference beyond chance.",
    ),
    "next.promotions_none": (
        "日历中的大促（{names}）均未显出拉动。",
        "None of the promotions of the calendar ({names}) is shown to pull.",
    ),
    "next.neither": (
        "本店历史未显出季节，也没有大促显出拉动：每一天同等看待。至少需要 {months} 个完整月份，"
        "且差异须超出偶然。",
        "The shop's history shows no season, and no promotion that pulls: every day counts alike. "
        "It takes {months} whole months at least, and a difference beyond chance.",
    ),
    "next.promotion": ("大促", "Promotion"),
    "next.pull": ("拉动", "Pull"),
    "next.times": ("{factor} 倍", "{factor}×"),
    "next.not_shown": ("未显出", "not shown"),
    # categories
    "next.categories": ("按类目", "By category"),
    "next.categories_lead": (
        "30 天内到期用户最多的 {shown} 个类目（共 {all} 个）。",
        "The {shown} categories with most customers due within 30 days, of {all}.",
    ),
    "next.categories_all": (
        "全部 {all} 个类目，30 天内到期用户多者在前。",
        "All {all} categories, those with most customers due within 30 days first.",
    ),
    "next.categories_none": (
        "订单中没有类目，无法按类目判断周期。",
        "The orders carry no categories, so no cycle can be told by category.",
    ),
    "next.category": ("类目", "Category"),
    "next.category_due": ("30 天内到期", "Due in 30 days"),
    "next.category_overdue": ("超期", "Overdue"),
    "next.category_buyers": ("预计购买人数", "Expected buyers"),
    "next.category_cycle": ("周期中位数", "Median cycle"),
    "next.days": ("{days} 天", "{days} days"),
    # how far to believe it
    "next.model": ("这些预期有多准", "How far to believe it"),
    "next.model_none": (
        "购买模型无法判断，因此没有期望次数与利润：{reason}。",
        "No model of purchases can be told, so there are no expected purchases or profit: "
        "{reason}.",
    ),
    "next.model_best": (
        "采用 {model}。{from_day} 至 {until} 的数据未给模型看过，它对这段时间说得最准（共比较 "
        "{models} 个模型）。",
        "{model} is used. The days from {from_day} to {until} were kept from the models, and of "
        "{models} it told best what then came.",
    ),
    "next.model_equal": (
        "采用 {model}。{from_day} 至 {until} 的数据未给模型看过，它与 {best} 说得同样准，概率校准"
        "更好。",
        "{model} is used. The days from {from_day} to {until} were kept from the models: it told "
        "what then came as well as {best}, and its chances are better calibrated.",
    ),
    "next.model_only": (
        "采用 {model}：其余模型无法由本店数据确定。{from_day} 至 {until} 的数据未给它看过，用以"
        "检验。",
        "{model} is used, since this shop's data cannot settle the others. The days from "
        "{from_day} to {until} were kept from it, to judge it by.",
    ),
    "next.model_not_judged": (
        "采用 {model}。历史太短，无法留出一段来检验，请谨慎看待这些预期。",
        "{model} is used. The history is too short to keep a part of it aside, so nothing here has "
        "been judged: mind that.",
    ),
    "next.came": (
        "预计 {expected} 次购买，实际 {actual} 次（{by}）。",
        " {expected} purchases were expected and {actual} came ({by}).",
    ),
    "next.came_zero": (
        "预计 {expected} 次购买，实际一次也没有。",
        " {expected} purchases were expected and none came.",
    ),
    "next.above": ("预计高出 {by}", "{by} too many"),
    "next.below": ("预计低了 {by}", "{by} too few"),
    "next.nbd": (
        "NBD 假设没有人会离开，因此对很久未来的用户，期望次数与利润偏高。",
        "The NBD lets nobody ever leave: for customers who have long been away, expected purchases "
        "and profit are too high.",
    ),
    "next.by_repeats": (
        "预计与实际，按此前复购次数",
        "Expected and came, by repeat purchases before",
    ),
    "next.repeats_axis": ("此前复购天数", "repeat purchase days before"),
    "next.came_series": ("实际", "Came"),
    "next.expected_series": ("预计", "Expected"),
    "next.per_customer": ("人均购买次数", "purchases per customer"),
    "next.calibration": ("概率校准：预测与实际", "Calibration: told and true"),
    "next.told": ("预测概率", "chance told"),
    "next.true": ("实际购买占比", "share who bought"),
    "next.customers": ("人数", "customers"),
    "next.model_name": ("模型", "Model"),
    "next.used": ("采用", "used"),
    "next.likelihood": ("对数似然之差", "Likelihood"),
    "next.cannot": ("无法判断：{reason}", "cannot tell: {reason}"),
    "next.parameters": ("模型参数与误差", "Parameters, with their errors"),
    "next.parameter": ("参数", "Parameter"),
    "next.estimate": ("估计", "Estimate"),
    "next.error": ("标准误", "Standard error"),
    "next.interval": ("95% 区间", "95% interval"),
    "next.fitted_to": (
        "{first} 至 {until}：{customers} 名用户、{purchases} 个购买日，其中复购用户 {repeat} 名；"
        "时间单位 {unit} 天。",
        "{first} to {until}: {customers} customers, {purchases} days with a purchase, {repeat} "
        "customers who bought again; the unit of time is {unit} days.",
    ),
    "next.spend_model": ("客单价模型", "model of spend"),
    # who buys next, judged
    "next.backtest": ("单个用户的购买概率有多准", "How far to believe the chances of a customer"),
    "next.backtest_none": (
        "用户的购买概率尚未回测：运行 regulars backtest --until 日期 --horizon 30d，再生成报告。",
        "The chances of single customers have not been held against what followed: run regulars "
        "backtest --until DATE --horizon 30d, then make the report again.",
    ),
    "next.backtest_lead": (
        "截至 {as_of}，预测其后 {days} 天谁会购买：{customers} 人中有 {bought} 人购买。入选的是"
        "“{chosen}”，只依据更早的时点选定。",
        "As of {as_of}, who buys in the {days} days after: {bought} of {customers} did. The "
        "ranking chosen is {chosen}, chosen on earlier days only.",
    ),
    "next.winner": ("入选", "chosen"),
    "next.ranking": ("排序依据", "Ranking"),
    "next.group_all": ("全部", "all"),
    "next.group_once": ("一次购买者", "bought once"),
    "next.group_again": ("多次购买者", "bought again"),
    "next.group_error": ("{group}：校准误差 {error}", "{group}: calibration error {error}"),
    "recipe.blend": ("混合", "blend"),
    "recipe.stack": ("逻辑回归", "logistic stack"),
    "recipe.trees": ("决策树", "trees"),
    "recipe.models": ("生命周期模型平均", "mean of lifetime models"),
    "recipe.recency": ("仅看最近购买", "recency alone"),
    "recipe.rfm": ("RFM 得分", "RFM score"),
    "recipe.cycle": ("复购周期", "cycle"),
    "recipe.boosting": ("梯度提升", "gradient boosting"),
    "recipe.boosting+models": ("梯度提升加生命周期模型", "gradient boosting with models"),
}

MONTHS: tuple[tuple[str, str], ...] = (
    ("1 月", "Jan"),
    ("2 月", "Feb"),
    ("3 月", "Mar"),
    ("4 月", "Apr"),
    ("5 月", "May"),
    ("6 月", "Jun"),
    ("7 月", "Jul"),
    ("8 月", "Aug"),
    ("9 月", "Sep"),
    ("10 月", "Oct"),
    ("11 月", "Nov"),
    ("12 月", "Dec"),
)
"""Names of the months, January first."""

REASONS: tuple[tuple[str, str], ...] = (
    ("customers who bought again", "复购用户太少"),
    ("is not identified by", "本店的购买记录定不出它的参数"),
    ("too short to be judged", "数据太短，无法检验"),
    ("amounts were not given", "没有金额"),
    ("has no mean", "金额的分布没有均值"),
)
"""Why a model cannot tell, in Chinese, by words of its own sentence."""
