"""What the price ladder says in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from regulars.insight.ladder.shares import percent
from regulars.kernel.money import spoken
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.settings import Settings


def says(
    tables: Mapping[str, pa.Table], facts: Mapping[str, Any], settings: Settings
) -> Iterator[Sentence]:
    """The sentences, the most important first."""
    currency = settings.shop.currency
    bands = tables["bands"].to_pylist()
    yield _dearest(bands, facts, currency)
    yield from _steps(tables["moves"].to_pylist(), bands)
    yield from _lead_ins(tables["lead_ins"].to_pylist())
    yield from _between(tables["same_cost"].to_pylist(), facts, currency)
    yield _found(facts)
    yield from _mind(facts, settings.shop.margin)


def _dearest(bands: list[dict[str, Any]], facts: Mapping[str, Any], currency: str) -> Sentence:
    """What the dearest band of the category with most sales sells and earns."""
    own = [row for row in bands if row["category"] == bands[0]["category"]]
    name, days = own[0]["category"], facts["days"]
    sales = spoken(sum((row["sales"] for row in own), Decimal(0)), currency)
    who, who_zh = f"{name} sold {sales} in {days} days", f"“{name}”（{days} 天 {sales}）"
    if facts["category"] is None:
        who, who_zh = f"{name} sells most ({sales} in {days} days)", f"销售额最高的类目{who_zh}"
    if len(own) == 1:
        return Sentence(
            f"{who}, in one price band: its prices do not fall into bands.",
            f"{who_zh}只有一个价格带：价格没有分层。",
        )
    top = own[-1]
    pieces = sum((row["pieces"] for row in own), Decimal(0))
    share = float(top["pieces"] / pieces) if pieces > 0 else 0.0
    low, high = (spoken(top[end], currency) for end in ("low", "high"))
    range_en, range_zh = (low, low) if low == high else (f"{low} to {high}", f"{low}–{high}")
    earns, earns_zh = "", ""
    if top["profit_share"] is not None:
        earns = f" and {top['profit_share']:.0%} of its profit"
        earns_zh = f"、毛利的 {top['profit_share']:.0%}"
    return Sentence(
        f"{who}, in {len(own)} price bands: the highest"
        f" ({range_en}) is {share:.0%} of its pieces, {top['sales_share'] or 0:.0%} of its"
        f" sales{earns}.",
        f"{who_zh}分 {len(own)} 个价格带：最高一档"
        f"（{range_zh}）占件数的 {share:.0%}、销售额的 {top['sales_share'] or 0:.0%}{earns_zh}。",
    )


def _steps(moves: list[dict[str, Any]], bands: list[dict[str, Any]]) -> Iterator[Sentence]:
    """How often the next purchase steps up or down, over all ladders, and what chance would give.

    Were the next band independent of the last, a step would lead to each band of the category with
    that band's share of all steps there.
    """
    top = {row["category"]: row["bands"] for row in bands}
    to, of = dict[tuple[str, int], int](), dict[str, int]()
    for row in moves:
        key = (row["category"], row["to_band"])
        to[key] = to.get(key, 0) + row["steps"]
        of[row["category"]] = of.get(row["category"], 0) + row["steps"]
    climbing = [row for row in moves if row["from_band"] < top.get(row["category"], 0)]
    falling = [row for row in moves if row["from_band"] > 1]
    told = list[tuple[int, int, float]]()
    for rows, way in ((climbing, "up"), (falling, "down")):
        taken = dict[tuple[str, int], int]()
        for row in rows:
            key = (row["category"], row["from_band"])
            taken[key] = taken.get(key, 0) + row["steps"]
        usual = sum(
            taken[row["category"], row["from_band"]]
            * to[row["category"], row["to_band"]]
            / max(of[row["category"]], 1)
            for row in rows
            if row["direction"] == way
        )
        went = sum(row["steps"] for row in rows if row["direction"] == way)
        told.append((went, sum(taken.values()), usual))
    (up, of_up, by_up), (down, of_down, by_down) = told
    if not of_up or not of_down:
        return
    yield Sentence(
        f"Where a higher band exists, {up / of_up:.0%} of next purchases in the category step up"
        f" ({up:,} of {of_up:,}; {by_up / of_up:.0%} if the next band did not depend on the last);"
        f" where a lower one exists, {down / of_down:.0%} step down ({down:,} of {of_down:,};"
        f" {by_down / of_down:.0%}).",
        f"在还有更高价格带时，同类目的下一次购买有 {up / of_up:.0%} 上移（{up:,}/{of_up:,}；"
        f"若与上次的价格带无关，应为 {by_up / of_up:.0%}）；在还有更低价格带时，有"
        f" {down / of_down:.0%} 下移（{down:,}/{of_down:,}；应为 {by_down / of_down:.0%}）。",
    )


def _lead_ins(rows: list[dict[str, Any]]) -> Iterator[Sentence]:
    """The item that leads up most surely, or that none does."""
    if not rows:
        return
    named = [row for row in rows if row["verdict"] == "leads_up"]
    if not named:
        yield Sentence(
            f"Of {len(rows):,} items with which customers come in, none leads to a higher band"
            " more often than usual: differences may be chance.",
            f"{len(rows):,} 个入门商品中，没有哪个比同档平均更能带动升档：差异可能只是偶然。",
        )
        return
    best = named[0]
    yield Sentence(
        f"{best['product']} ({best['category']}) leads up: {best['share']:.0%} of"
        f" {best['customers']:,} who came in with it have since bought a higher band, usual is"
        f" {best['usual_share']:.0%} ({best['ratio']:.2f} times, 95 %: {best['low']:.2f} to"
        f" {best['high']:.2f}). {len(named):,} such items; an association, not a proven effect.",
        f"入门商品“{best['product']}”（{best['category']}）最能带动升档：以它入门的"
        f" {best['customers']:,} 人中 {best['share']:.0%} 后来买了更高价格带，平均水平为"
        f" {best['usual_share']:.0%}（{best['ratio']:.2f} 倍，95% 区间 {best['low']:.2f}–"
        f"{best['high']:.2f}）。这样的商品共 {len(named):,} 个；这是相关，不等于因果。",
    )


def _between(
    rows: list[dict[str, Any]], facts: Mapping[str, Any], currency: str
) -> Iterator[Sentence]:
    """What lies between the prices of goods of the same cost."""
    if not rows:
        return
    money = spoken(sum((row["profit_between"] for row in rows), Decimal(0)), currency)
    one = len(rows) == 1
    yield Sentence(
        f"{len(rows):,} group{'' if one else 's'} of goods with the same cost "
        f"{'sells' if one else 'sell'} at prices 15 % or more apart: {money} of profit in"
        f" {facts['days']} days lie between them and the dearest of"
        f" {'the' if one else 'each'} group. That is arithmetic at unchanged pieces, no promise.",
        f"有 {len(rows):,} 组商品成本相同而售价相差 15% 以上：若都按组内最高价、件数不变，"
        f"{facts['days']} 天可多 {money} 毛利。这只是算术，不是承诺：提价后未必还卖得动这么多。",
    )


def _found(facts: Mapping[str, Any]) -> Sentence:
    """How the bands came about, and how many goods tell a size."""
    parting, all_of = facts["parting"], facts["categories"]
    if all_of == 1:
        return _of_one(facts)
    en = [f"Prices fall into clear bands in {parting['steps']:,} of {all_of:,} categories."]
    zh = [f"{all_of:,} 个类目中 {parting['steps']:,} 个价格自然分层。"]
    if parting["cut"]:
        en.append(
            f"In {parting['cut']:,} they are continuous and were cut in three at the natural"
            " breaks."
        )
        zh.append(f"{parting['cut']:,} 个价格连续，按自然间断切为三档。")
    if parting["one"]:
        en.append(f"{parting['one']:,} have one band.")
        zh.append(f"{parting['one']:,} 个只有一档。")
    en_sizes, zh_sizes = _sizes(facts)
    return Sentence(" ".join([*en, en_sizes]), "".join([*zh, zh_sizes]))


def _of_one(facts: Mapping[str, Any]) -> Sentence:
    """How the bands of the only category came about."""
    kind = next(kind for kind, number in facts["parting"].items() if number)
    en, zh = {
        "steps": ("Its prices fall into clear bands.", "价格自然分层。"),
        "cut": (
            "Its prices are continuous and were cut in three at the natural breaks.",
            "价格连续，按自然间断切为三档。",
        ),
        "one": ("It has one band.", "只有一档。"),
    }[kind]
    en_sizes, zh_sizes = _sizes(facts)
    return Sentence(f"{en} {en_sizes}", zh + zh_sizes)


def _sizes(facts: Mapping[str, Any]) -> tuple[str, str]:
    """How many goods tell a pack size, and whether larger packs cost more."""
    en, zh = list[str](), list[str]()
    read, goods = facts["goods_with_size"], facts["goods"]
    if read:
        en.append(f"{read:,} of {goods:,} goods state a pack size.")
        zh.append(f"{goods:,} 个商品中 {read:,} 个能读出规格。")
    else:
        en.append("No product states a pack size in its variant or title.")
        zh.append("没有商品在规格或标题中写明含量。")
    several, dearer = facts["products_of_several_sizes"], facts["larger_pack_dearer"]
    if dearer:
        en.append(
            f"Of {several:,} products in several sizes, {dearer:,} cost more per unit in a larger"
            " pack."
        )
        zh.append(f"有多种规格的 {several:,} 个商品中，{dearer:,} 个大包装的单位价格反而更高。")
    return " ".join(en), "".join(zh)


def _mind(facts: Mapping[str, Any], margin: float) -> Iterator[Sentence]:
    """What the numbers do not know."""
    known, without = facts["cost_known"], facts["unclassed_sales"]
    en, zh = [], []
    if known is not None and known < 0.9995:
        en.append(
            f"Costs are known for {percent(known)} of these sales; the rest takes the margin of the"
            f" settings, {margin:.0%}. Margins shown are of known costs only."
        )
        zh.append(
            f"这些销售额中成本已知的占 {percent(known)}，其余按设置的毛利率 {margin:.0%} 估算；"
            "所列毛利率只计成本已知的部分。"
        )
    if without is not None and without > 0.0005:
        en.append(f"{without:.1%} of sales have no category or no price and stand on no ladder.")
        zh.append(f"{without:.1%} 的销售额没有类目或价格，不在任何价格带内。")
    if en:
        yield Sentence(" ".join(en), "".join(zh))
