"""Every sentence of the report, in both languages.

Names and definitions of numbers are not here but in `kernel.metric`, names of stages in
`kernel.stage_names`, names of segments in `people.rfm`.

>>> say("growth.new", "zh"), say("growth.new", "en")
('新购', 'New')
"""

from __future__ import annotations

from regulars.edges.report.benefits.words import WORDS as BENEFITS_WORDS
from regulars.edges.report.growing.words import WORDS as GROWING_WORDS
from regulars.edges.report.people.words import WORDS as PEOPLE_WORDS
from regulars.edges.report.pool.words import WORDS as POOL_WORDS
from regulars.edges.report.prices.words import WORDS as PRICES_WORDS
from regulars.edges.report.selling.words import WORDS as SELLING_WORDS
from regulars.edges.report.timeline.words import WORDS as TIMELINE_WORDS
from regulars.edges.report.words_ahead import AHEAD_WORDS

WORDS: dict[str, tuple[str, str]] = {
    **AHEAD_WORDS,
    **GROWING_WORDS,
    **PEOPLE_WORDS,
    **PRICES_WORDS,
    **SELLING_WORDS,
    **TIMELINE_WORDS,
    **POOL_WORDS,
    **BENEFITS_WORDS,
    "html_lang": ("zh-CN", "en"),
    "title": ("用户运营报告", "Customer report"),
    "as_of": ("截至", "as of"),
    "imported": ("数据来自", "What this is based on"),
    "caveats": ("请注意", "Mind"),
    "contents": ("目录", "Contents"),
    "definition": ("口径", "Definition"),
    "csv": ("下载 CSV", "CSV"),
    "exactly": ("精确值", "Exactly"),
    "no_script": (
        "图形需要浏览器启用 JavaScript；所有表格无需。",
        "The charts need JavaScript; all tables do without.",
    ),
    "cannot_tell": ("数据不足，不作判断。", "Not enough data to tell."),
    "scroll": ("可左右滑动", "scrolls sideways"),
    "total": ("合计", "Total"),
    # sections
    "nav.shop": ("概览", "Shop"),
    "nav.plan": ("计划", "Plan"),
    "nav.stages": ("阶段", "Stages"),
    "nav.flow": ("流转", "Flow"),
    "nav.growth": ("增长", "Growth"),
    "nav.cohort": ("留存", "Cohorts"),
    "nav.cycle": ("周期", "Cycle"),
    "nav.rfm": ("RFM", "RFM"),
    "nav.portrait": ("画像", "Portrait"),
    "shop.title": ("店铺概览", "The shop in numbers"),
    "shop.all_time": ("全部历史", "All time"),
    "shop.year": ("365 天 {value}", "365 days {value}"),
    "shop.below": ("下方小字为近 365 天", "the small figures are the last 365 days"),
    "shop.since": ("{first} 至 {last}", "{first} to {last}"),
    "shop.of_guests": ("其中游客订单 {orders} 笔", "{orders} orders are guests'"),
    "growth.title": ("逐月增长", "Growth by month"),
    "growth.lead": (
        "上方是当月购买的人：新购、留存、回流；下方是上月买过、当月未买的人。",
        "Above the line, the month's buyers: new, retained, resurrected. Below it, those of the "
        "month before who did not buy.",
    ),
    "growth.partial": (
        "* 该月尚未结束：人数还会增加，下方留空。",
        "* The month has not ended: its numbers will still grow, and nothing is drawn below.",
    ),
    "growth.month": ("月份", "Month"),
    "growth.new": ("新购", "New"),
    "growth.retained": ("留存", "Retained"),
    "growth.resurrected": ("回流", "Resurrected"),
    "growth.lost": ("本月未购", "Not back this month"),
    "stages.title": ("生命周期阶段", "Stages"),
    "stages.lead": (
        "上一条是人，下一条是他们至今付过的钱；两条颜色一致。",
        "The upper bar is people, the lower what they have paid so far, in the same colours.",
    ),
    "stages.people": ("人数", "People"),
    "stages.paid": ("贡献", "Paid"),
    "stages.stage": ("阶段", "Stage"),
    "stages.customers": ("人数", "Customers"),
    "stages.share": ("占比", "Share"),
    "stages.monetary": ("累计实付", "Paid so far"),
    "stages.monetary_share": ("贡献占比", "Share of paid"),
    "stages.chance": ("平均回购概率", "Mean chance of return"),
    "stages.unobserved": (
        "未导入浏览、关注等事件：访客、关注者、已激活不可观测，并非 0。",
        "No events were imported: visitor, follower and activated cannot be observed; they are "
        "not 0.",
    ),
    "flow.title": ("阶段流转", "How customers moved"),
    "flow.lead": (
        "{stayed} 人停留在原阶段，{moved} 人发生变化，{arrived} 人为新到店。图中只画变化者。",
        "{stayed} stayed in their stage, {moved} moved, {arrived} were new to the shop. Only those "
        "who moved are drawn.",
    ),
    "flow.judged": (
        "另有 {judged} 人没有购买，只因月末重新判定周期而变暖，不计在内。",
        " {judged} more bought nothing and only look warmer because the cycle was judged anew at a "
        "month end.",
    ),
    "flow.days": ("近 {days} 天", "Last {days} days"),
    "flow.arrived": ("新到店", "New to the shop"),
    "flow.nobody": ("此期间无人变化。", "Nobody moved in this time."),
    "rfm.title": ("RFM 分布", "RFM map"),
    "rfm.lead": (
        "颜色与上行数字是人数，下行是人均累计实付。右上角最好。",
        "Colour and upper figure are customers, the lower figure their mean spend. The upper right "
        "corner is the best.",
    ),
    "rfm.customers": ("人数", "customers"),
    "rfm.mean": ("人均累计实付", "mean spend"),
    "rfm.r_axis": ("R 最近购买（5 最近）", "R recency (5 latest)"),
    "rfm.f_axis": ("F 购买次数（5 最多）", "F frequency (5 most)"),
    "rfm.western": ("十一类", "Eleven segments"),
    "rfm.eight": ("八类价值用户", "Eight value segments"),
    "rfm.segment": ("分群", "Segment"),
    "rfm.rule": ("切分规则", "The rule"),
    "rfm.cuts": (
        "当前切分值：R {recency} 天，F {orders} 次，M {monetary}。",
        "The cuts today: R {recency} days, F {orders} orders, M {monetary}.",
    ),
    "cohort.title": ("同期群留存", "Cohorts"),
    "cohort.lead": (
        "按首购月份分组，第 k 个月内再次购买的占比。空格尚无数据，不是 0。",
        "By month of first purchase: the share that buys again in the k-th month after. An empty "
        "cell has no data yet; it is not 0.",
    ),
    "cohort.cohort": ("首购月份", "Cohort"),
    "cycle.title": ("多久会再来", "When they come back"),
    "cycle.lead": (
        "首购用户中约 {chance} 在 {days} 天内再次购买；会回来的人里，一半在 {p50} 天内回来，"
        "八成在 {p80} 天内。",
        "About {chance} of first-time buyers buy again within {days} days; of those who do, half "
        "are back within {p50} days, 80% within {p80}.",
    ),
    "cycle.after_1": ("首购之后", "After the first purchase"),
    "cycle.after_2": ("第二次购买之后", "After the second"),
    "cycle.after_3": ("第三次及以后", "After the third and later"),
    "cycle.days_axis": ("距上次购买的天数", "days since the purchase"),
    "cycle.after": ("时点", "Purchase"),
    "cycle.watched": ("观察的购买", "Purchases watched"),
    "cycle.within": ("{days} 天内", "within {days} days"),
    "cycle.rising": (
        "曲线末端仍在上升：对等得更久的人，回购概率只是下限。",
        "The curve still rises at its end: for anybody who waits longer the chance is a lower "
        "bound.",
    ),
    "cycle.band": (
        "浅色带为首购曲线的 95% 区间；虚线为其 P50、P80、P95。",
        "The pale band is the 95% interval of the first curve; the dashed lines are its P50, P80 "
        "and P95.",
    ),
    "portrait.title": ("群体画像", "Portrait"),
    "portrait.lead": (
        "{group}（{customers} 人）对比全部购买用户（{base} 人）。点是 TGI，横条是 95% 区间；100 为"
        "与全体相同。绿色确有偏高，橙色确有偏低，灰色不能断定。",
        "{group} ({customers}) against all buyers ({base}). The dot is TGI, the bar its 95% "
        "interval; 100 is like everybody. Green is surely above, orange surely below, grey cannot "
        "be told.",
    ),
    "portrait.core": ("核心用户", "Core customers"),
    "portrait.champions": ("RFM 冠军用户", "RFM champions"),
    "portrait.in_group": ("组内占比", "in the group"),
    "portrait.in_base": ("全体占比", "in the base"),
    "portrait.none": (
        "没有足够大的群体（至少 30 人）可作画像。",
        "No group is large enough (30 at least) for a portrait.",
    ),
    "portrait.known": ("已知 {known} 人", "known of {known}"),
    "portrait.gender": ("性别", "Gender"),
    "portrait.top_category": ("首选类目", "Top category"),
    "portrait.source": ("首单来源", "Source"),
    "portrait.province": ("省份", "Province"),
    "portrait.education": ("学历", "Education"),
    "portrait.reputation": ("信誉级别", "Reputation"),
    "portrait.interests": ("兴趣", "Interests"),
    "portrait.tags": ("标签", "Tags"),
    "plan.title": ("今日计划", "Today's plan"),
    "plan.lead": (
        "{date}：触达 {actions} 人，留作对照 {held_out} 人；最坏成本 {reserved}，预算 {budget}。",
        "{date}: {actions} to reach, {held_out} held out; worst case {reserved} of a budget of "
        "{budget}.",
    ),
    "plan.none": ("尚未生成计划。", "No plan has been made yet."),
    "plan.empty": ("今日没有需要触达的人。", "Nobody is to be reached today."),
    "plan.by_play": ("按打法", "By play"),
    "plan.idle": ("今日无人适用：", "Nobody today for: "),
    "plan.play": ("打法", "Play"),
    "plan.lever": ("作用", "Lever"),
    "plan.kpi": ("KPI", "KPI"),
    "plan.actions": ("触达", "Reach"),
    "plan.held_out": ("对照", "Held out"),
    "plan.not_funded": ("预算外", "Not funded"),
    "plan.cost": ("预计成本", "Expected cost"),
    "plan.worst_case": ("最坏成本", "Worst case"),
    "plan.expected_worth": ("预计价值", "Expected worth"),
    "plan.prior": ("假设先验", "assumed prior"),
    "plan.first": (
        "前 {shown} 个动作（共 {all} 个），按优先顺序",
        "The first {shown} actions of {all}, by rank",
    ),
    "plan.customer": ("用户", "Customer"),
    "plan.stage": ("阶段", "Stage"),
    "plan.offer": ("利益点", "Offer"),
    "plan.message": ("话术", "Message"),
    "plan.channel": ("渠道", "Channel"),
    "plan.send_on": ("日期", "On"),
    "plan.reason": ("理由", "Why"),
    "plan.first_rows": (
        "前 {shown} 行（共 {rows} 行，含对照与预算外）；全部：regulars plan --out plan.csv",
        "The first {shown} rows of {rows} (held out and not funded included); all with"
        " regulars plan --out plan.csv",
    ),
    "plan.download": (
        "下载完整计划（含对照与预算外，{rows} 行 CSV）",
        "Download the whole plan (held out and not funded included, {rows} rows, CSV)",
    ),
    "plan.people": (
        "每位用户一行的完整名单：{name}",
        "The list of all customers, one row each: {name}",
    ),
    "lever.acquire": ("开源", "acquire"),
    "lever.let_go": ("节流", "let go"),
    "lever.maintain": ("维持", "maintain"),
    "lever.stimulate": ("刺激", "stimulate"),
    "channel.sms": ("短信", "SMS"),
    "channel.email": ("邮件", "e-mail"),
    "channel.wecom": ("企业微信", "WeCom"),
    "channel.wechat": ("微信", "WeChat"),
    "channel.push": ("推送", "push"),
    "channel.phone": ("电话", "phone"),
    "channel.csv": ("名单", "list"),
    "definitions": ("全部指标口径", "All definitions"),
    "footer": (
        "由 Regulars（熟客）生成。本文件自成一体，离线可读，不连接任何网络。"
        "含用户数据，请妥善保管。",
        "Made by Regulars (熟客). The file is whole in itself, opens offline and contacts nothing. "
        "It holds customer data: keep it safe.",
    ),
}


def say(key: str, language: str, **values: object) -> str:
    """The sentence in `zh` or `en`, with its places filled."""
    text = WORDS[key][0 if language == "zh" else 1]
    return text.format(**values) if values else text
