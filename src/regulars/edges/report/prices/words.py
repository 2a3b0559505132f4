"""What the section says, in both languages: (Chinese, English) by key."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav.prices": ("价格", "Prices"),
    "prices.title": ("价格与品类", "Prices and categories"),
    # the ladder
    "prices.ladder": ("价格带", "Price ladder"),
    "prices.ladder_chart": (
        "销售额最高的 {shown} 个类目：每一档占类目销售额多少，从便宜到贵",
        "The {shown} categories with most sales: each band's share of its category's sales, from "
        "cheap to dear",
    ),
    "prices.margin_of": ("毛利率 {margin}", "margin {margin}"),
    "prices.band": ("第 {band} 档，共 {bands} 档", "Band {band} of {bands}"),
    "prices.band_tip": (
        "{goods} 个商品，{pieces} 件，{buyers} 位用户\n销售额 {sales}（{share}）\n毛利 {profit}",
        "{goods} goods, {pieces} pieces, {buyers} buyers\nSales {sales} ({share})\nProfit {profit}",
    ),
    "prices.parting": (
        "价格按比例聚类，档数由数据决定：{categories} 个类目中 {steps} 个自然分层。",
        "Prices are clustered as ratios and the data tell how many bands: in {steps} of "
        "{categories} categories prices fall into clear bands.",
    ),
    "prices.parting_cut": (
        "{cut} 个价格连续，按自然间断切为三档。",
        "In {cut} they are continuous and were cut in three at the natural breaks.",
    ),
    "prices.parting_one": ("{one} 个只有一档。", "{one} have one band."),
    "prices.costs": (
        "成本已知的销售额占 {known}，其余毛利按设置的毛利率 {margin} 估算；毛利率只计前者。",
        "Costs are known for {known} of these sales; the profit of the rest is taken at the "
        "margin of the settings, {margin}. Margins are of known costs only.",
    ),
    "prices.unclassed": (
        "{share} 的销售额没有类目或价格，不在其中。",
        "{share} of sales have no category or no price and are not among them.",
    ),
    "prices.assumed": ("毛利按设置估算", "profit by the assumed margin"),
    # moves
    "prices.moves": ("下一次买到哪一档", "Where the next purchase goes"),
    "prices.moves_lead": (
        "{category}：从最低档出发，{up} 的下一次购买升档；从最高档出发，{down} 降档。",
        "{category}: from the lowest band {up} of next purchases step up; from the highest {down} "
        "step down.",
    ),
    "prices.moves_up": (
        "{category}：从最低档出发，{up} 的下一次购买升档。",
        "{category}: from the lowest band {up} of next purchases step up.",
    ),
    "prices.moves_down": (
        "{category}：从最高档出发，{down} 的下一次购买降档。",
        "{category}: from the highest band {down} of next purchases step down.",
    ),
    "prices.moves_between": ("{category}：中间各档的去向。", "{category}: between the bands."),
    "prices.from_band": ("这次", "this time"),
    "prices.to_band": ("下一次", "next time"),
    "prices.move_tip": (
        "{origin} → {to}\n{share}（95% 区间 {low}–{high}）\n{steps} 次，{customers} 位用户",
        "{origin} → {to}\n{share} (95%: {low} to {high})\n{steps} steps, {customers} customers",
    ),
    # lead-ins
    "prices.lead_ins": ("带动升档的入门商品", "Items that lead up"),
    "prices.lead_ins_none": (
        "{items} 个入门商品中没有一个比同档平均更能带动升档：差异可能只是偶然。",
        "Of {items} items with which customers come in, none leads up more often than usual: "
        "differences may be chance.",
    ),
    "prices.lead_ins_lead": (
        "{named} 个入门商品带来的用户，后来升档的比同档平均多。这是相关，不等于因果。",
        "Customers who came in with these {named} items have moved up more often than is usual at "
        "their band: an association, not a proven effect.",
    ),
    "prices.item": ("商品", "Item"),
    "prices.of_band": ("{category} · 第 {band} 档", "{category}, band {band}"),
    # same cost
    "prices.same_cost": ("同成本不同价", "The same cost at several prices"),
    "prices.same_cost_none": (
        "没有发现成本相近而售价相差 15% 以上的商品。",
        "No goods of nearly the same cost sell at prices 15 % or more apart.",
    ),
    "prices.no_cost": (
        "成本未知，无法比较。导入带成本的商品表后，这里会列出成本相同、售价不同的商品。",
        "No cost is known, so nothing can be compared. With a products file that tells costs, "
        "goods of the same cost at several prices are listed here.",
    ),
    "prices.same_cost_lead": (
        "{groups} 组商品成本相同，售价相差 15% 以上；按组内最高价、件数不变计算，差 {money} 毛利。"
        "这只是算术：提价后未必还卖得动这么多。",
        "{groups} groups of goods with the same cost sell at prices 15 % or more apart. At the "
        "dearest's price and unchanged pieces, {money} of profit lie between: arithmetic, for "
        "dearer goods may sell less.",
    ),
    "prices.one_group_lead": (
        "有 1 组商品成本相同，售价相差 15% 以上；按组内最高价、件数不变计算，差 {money} 毛利。"
        "这只是算术：提价后未必还卖得动这么多。",
        "One group of goods with the same cost sells at prices 15 % or more apart. At the "
        "dearest's price and unchanged pieces, {money} of profit lies between: arithmetic, for "
        "dearer goods may sell less.",
    ),
    "prices.group": ("商品", "Goods"),
    "prices.group_of": (
        "{category} · 成本 {low}–{high}",
        "{category} · cost {low} to {high}",
    ),
    "prices.group_at": ("{category} · 成本 {low}", "{category} · cost {low}"),
    "prices.more_goods": ("还有 {more} 个", "{more} more"),
    # sizes
    "prices.specs": ("规格与单位价格", "Pack sizes and unit prices"),
    "prices.specs_lead": (
        "{goods} 个商品中 {read} 个能从规格或标题读出含量。下表为销售额最高的规格。",
        "{read} of {goods} goods tell their amount in the variant or the title. These sizes sell "
        "most.",
    ),
    "prices.dearer": (
        "有多种规格的 {several} 个商品中，{dearer} 个大包装的单位价格反而更高，值得核对。",
        "Of {several} products in several sizes, {dearer} cost more per unit in a larger pack: "
        "worth a look.",
    ),
    "prices.size": ("规格", "Size"),
    "prices.per_g": ("{price}/100 克", "{price} per 100 g"),
    "prices.per_ml": ("{price}/100 毫升", "{price} per 100 ml"),
    "prices.per_piece": ("{price}/件", "{price} a piece"),
    # focus
    "prices.focus": ("品类聚焦", "Category focus"),
    "prices.category": ("类目", "Category"),
    "prices.verdict": ("判断", "Verdict"),
    "prices.trend": ("近 90 天", "Last 90 days"),
    "prices.back": ("首购后 90 天复购", "New customers back"),
    "prices.usual": ("平均 {share}", "usual {share}"),
    "prices.map": (
        "毛利率与带回新客：气泡大小为毛利",
        "Margin, and new customers who come back; the size is profit",
    ),
    "prices.map_x": ("新客复购，相对平均", "new customers back, against usual"),
    "prices.map_y": ("毛利率", "margin"),
    "prices.shop_margin": ("全店", "shop"),
    "prices.kept": (
        "若只保留毛利最高的前几类",
        "If only the most profitable categories were kept",
    ),
    "prices.kept_x": ("保留的类目数", "categories kept"),
    "prices.kept_profit": ("毛利", "profit"),
    "prices.kept_sales": ("销售额", "sales"),
    "prices.kept_customers": ("用户", "customers"),
    "prices.kept_tip": ("保留前 {kept} 类（到“{category}”）", "first {kept}, down to {category}"),
    "prices.kept_under": (
        "只是算术：假定用户照旧购买。",
        "Arithmetic: it takes for granted that customers would buy as before.",
    ),
    "prices.verdict.build": ("主推", "build on"),
    "prices.verdict.door": ("引流", "door"),
    "prices.verdict.earner": ("利润", "earner"),
    "prices.verdict.plain": ("一般", "plain"),
    "prices.verdict.mend": ("待改善", "mend"),
    "prices.verdict.few": ("样本少", "too few"),
    "prices.rule": (
        "主推：毛利率不低于全店且新客复购高于平均；引流：复购高于平均、毛利率较低或成本未知；利润："
        "毛利率不低于全店、复购不高于平均；待改善：复购低于平均且毛利率较低或成本未知；一般：其余。",
        "Build on: margin not below the shop's and more new customers come back than usual. Door: "
        "more come back, margin lower or unknown. Earner: margin not below the shop's, no more "
        "come back. Mend: fewer come back, margin lower or unknown. Plain: the rest.",
    ),
    "prices.csv_categories": ("全部类目（CSV）", "All categories (CSV)"),
    "prices.csv_kept": ("逐类累计（CSV）", "Kept, one by one (CSV)"),
}
