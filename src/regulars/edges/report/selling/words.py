"""What the section says, in both languages: (Chinese, English) by key."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav.selling": ("商品", "Selling"),
    "selling.title": ("商品与获客", "What sells, and what it costs to sell"),
    # first purchases
    "selling.makers": ("什么首购带来熟客", "First purchases that make regulars"),
    "selling.makers_none": (
        "首购用户太少、历史太短，或订单没有商品明细，无法判断什么首购带来熟客。",
        "Too few first-time buyers, too short a history, or orders without lines: which first "
        "purchases make regulars cannot be told.",
    ),
    "selling.ratio_axis": ("实际复购 ÷ 预期", "returns, observed / expected"),
    "selling.first": ("首购", "First purchase"),
    "selling.buyers": ("首购人数", "Buyers"),
    "selling.returned": ("复购率", "Return"),
    "selling.expected": ("预期", "Expected"),
    "selling.profit_after": ("后续人均毛利", "Profit after"),
    "selling.makes_regulars": ("带来熟客", "makes regulars"),
    "selling.loses": ("留不住人", "loses them"),
    "selling.as_expected": ("与预期相近", "as expected"),
    "selling.cannot_tell": ("无法判断", "cannot tell"),
    "selling.makers_all": (
        "图为差异最明显者；全部 {rows} 个见 CSV。",
        "The clearest are drawn; all {rows} are in the CSV.",
    ),
    # affinity
    "selling.affinity": ("关联购买", "What goes together"),
    "selling.affinity_none": (
        "含商品明细的购物篮太少，无法判断哪些东西一起买。",
        "Too few baskets tell what was bought: what goes together cannot be told.",
    ),
    "selling.pairs": ("一起买", "In one basket"),
    "selling.pair": ("组合", "Together"),
    "selling.lift": ("提升度", "Lift"),
    "selling.baskets": ("同篮", "Baskets"),
    "selling.next": ("买完之后", "One after the other"),
    "selling.sequence": ("先 → 后", "First → then"),
    "selling.follow": ("随后购买", "Follow"),
    "selling.after_days": ("间隔", "After"),
    "selling.days": ("{days} 天", "{days} days"),
    "selling.times": ("{factor} 倍", "{factor}×"),
    "selling.no_pairs": ("没有超出偶然的组合。", "No pair goes together beyond chance."),
    "selling.no_sequences": ("没有超出偶然的先后关系。", "No sequence beyond chance."),
    # concentration
    "selling.concentration": ("价值集中度", "Concentration of value"),
    "selling.concentration_none": (
        "购买用户太少，无法判断价值集中度。",
        "Too few customers have bought to tell how value is spread.",
    ),
    "selling.members_axis": ("自贡献最高者起", "the highest first"),
    "selling.value_axis": ("价值占比", "share of value"),
    "selling.equal": ("完全平均", "all equal"),
    "selling.curve_customer_paid": ("用户实付", "Customers, paid"),
    "selling.curve_customer_profit": ("用户毛利", "Customers, profit"),
    "selling.curve_product_paid": ("商品销售", "Products, paid"),
    "selling.curve_before": ("用户实付（上一年）", "Customers, year before"),
    "selling.curve_tip": (
        "前 {members} 带来 {value}",
        "the first {members} bring {value}",
    ),
    "selling.who": ("近 {days} 天", "Last {days} days"),
    "selling.of_customer_paid": ("用户，实付", "Customers, paid"),
    "selling.of_customer_profit": ("用户，毛利", "Customers, profit"),
    "selling.of_product_paid": ("商品，销售", "Products, paid"),
    "selling.of_product_profit": ("商品，毛利", "Products, profit"),
    "selling.top": ("前 {percent}%", "Top {percent}%"),
    "selling.gini": ("基尼", "Gini"),
    "selling.half": ("贡献一半", "Hold half"),
    # acquisition
    "selling.acquisition": ("获客成本与回本", "What a new customer costs and brings"),
    "selling.acquisition_none": (
        "没有可用的投放花费：用 regulars import --kind spend 导入各平台账单，即可得到获客成本、"
        "回本周期与 LTV:CAC。",
        "No advertising is known for these days: import what the platforms charged with "
        "regulars import --kind spend, and cost, payback and LTV:CAC are told here.",
    ),
    "selling.source": ("来源", "Source"),
    "selling.spend": ("投放", "Spend"),
    "selling.customers": ("新客", "New"),
    "selling.first_profit": ("首单毛利", "First order"),
    "selling.payback": ("回本", "Payback"),
    "selling.payback_chart": (
        "首购后人均累计毛利；圆点处收回获客成本",
        "Profit per new customer since the first purchase; the dot is where it has paid the CAC",
    ),
    "selling.months_axis": ("首购后月数", "months since the first purchase"),
    "selling.at_once": ("首单", "at once"),
    "selling.months": ("{months} 个月", "{months} mo"),
    "selling.not_seen": ("未见", "not seen"),
    "selling.earns": ("赚", "earns"),
    "selling.costs": ("亏", "loses"),
    "selling.free": ("免费", "free"),
    "selling.unknown": ("未注明", "not told"),
    "selling.payback_tip": (
        "{source}\n{months} 个月：{profit}（{low}–{high}）\n获客成本 {cost}\n观察 {watched} 人",
        "{source}\n{months} months: {profit} ({low}–{high})\nCAC {cost}\n{watched} watched",
    ),
}
