"""Types of buyers: their published rule, how many there are, what they buy and bring.

The rule is `people.buyer_types`, fitted again on the buyers on which the people table's column
`customer_type` was fitted; it is the same, since nothing in it is left to chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.counts import number_where
from regulars.insight.picture import Picture, View
from regulars.kernel.money import format_money
from regulars.kernel.sentence import Sentence
from regulars.kernel.stage_names import Depth
from regulars.people.buyer_types import LEAST, BuyerType, TypeRule, fit_types, sample_step
from regulars.people.type_column import NEEDED, behaviours_of
from regulars.people.type_names import bound_words, type_name

if TYPE_CHECKING:
    import ibis.expr.types as ir

_PARTS = 1_000_000
"""Shares are summed in whole parts, so that the order of rows changes nothing."""


def draw(view: View) -> Picture:
    """The types of buyers of the people table.

    Raises:
        CannotTell: too few buyers, or all alike; or the people table is of an earlier version.
    """
    people = view.relation("people")
    buyers = people.filter(people.orders > 0)
    rule = _fitted(view, buyers)
    found = view.run(_sizes(buyers)).to_pylist()
    _same_rule(rule, found)
    rows = _rows(rule, found, view.settings.shop.currency)
    choices = pa.table(
        {
            "k": pa.array(list(rule.silhouettes), pa.int64()),
            "silhouette": pa.array(list(rule.silhouettes.values()), pa.float64()),
            "chosen": pa.array([k == rule.k for k in rule.silhouettes], pa.bool_()),
        }
    )
    facts = {"agreement": rule.agreement, "k": rule.k, "fitted_on": rule.buyers}
    tables = {"types": pa.Table.from_pylist(rows, schema=_SCHEMA), "choices": choices}
    told = tuple(_says(rows, rule, view.settings.shop.currency))
    return Picture("types", view.as_of, tables, told, facts)


def _fitted(view: View, buyers: ir.Table) -> TypeRule:
    number = int(view.run(buyers.agg(n=buyers.count()))["n"][0].as_py())
    if number < LEAST:
        raise CannotTell(
            f"types of buyers need {LEAST} buyers, and {number} are known",
            todo="import more orders",
        )
    step = sample_step(number)
    some = buyers.filter(buyers.customer_id * 2_654_435_761 % 4_294_967_296 % step == 0)
    sample = view.run(some.select("customer_id", *NEEDED)).sort_by("customer_id")
    columns = {name: sample[name].combine_chunks() for name in NEEDED}
    return fit_types(behaviours_of(columns))


def _same_rule(rule: TypeRule, found: list[dict[str, Any]]) -> None:
    """Types of an earlier version have other names: none of them is dropped unsaid."""
    known = {one.key for one in rule.types}
    other = sorted({row["customer_type"] for row in found if row["customer_type"]} - known)
    if other:
        raise CannotTell(
            f"the people table holds types that the rule does not name: {', '.join(other)}",
            todo="run understand, which writes them anew",
        )


def _sizes(buyers: ir.Table) -> ir.Table:
    def parts(column: Any) -> Any:
        return (column.fill_null(0.0) * _PARTS).round().cast("int64").sum()

    return buyers.group_by("customer_type").agg(
        customers=buyers.count(),
        core=number_where(buyers.depth == str(Depth.CORE)),
        orders=buyers.orders.cast("int64").sum(),
        monetary=buyers.monetary.sum().cast("decimal(38, 4)"),
        profit=buyers.profit.sum().cast("decimal(38, 4)"),
        categories=buyers.categories.cast("int64").sum(),
        discounted=parts(buyers.discounted_share),
        promotion=buyers.promotion_orders.cast("int64").sum(),
        refunded=parts(buyers.refund_share),
        recency=buyers.recency_days.cast("int64").sum(),
    )


def _rows(rule: TypeRule, found: list[dict[str, Any]], currency: str) -> list[dict[str, Any]]:
    # Sums of whole numbers come as decimals from one engine and as numbers from another.
    whole = ("orders", "categories", "discounted", "promotion", "refunded", "recency")
    found = [row | {name: int(row[name]) for name in whole} for row in found]
    by_key = {row["customer_type"]: row for row in found}
    everyone = sum(row["customers"] for row in found)
    profit = float(sum(row["profit"] for row in found))
    sales = float(sum(row["monetary"] for row in found))
    rows = []
    for one in rule.types:
        row = by_key.get(one.key)
        if row is None:
            continue
        n, orders = row["customers"], row["orders"]
        rows.append(
            {
                "type": one.key,
                "name": type_name(one.key, "en"),
                "name_zh": type_name(one.key, "zh"),
                "rule": _rule_words(one, currency, "en"),
                "rule_zh": _rule_words(one, currency, "zh"),
                "customers": n,
                "share": n / everyone,
                "sales_share": float(row["monetary"]) / sales if sales > 0 else None,
                "profit_share": float(row["profit"]) / profit if profit > 0 else None,
                "core_share": row["core"] / n,
                "orders": orders / n,
                "average_order_value": float(row["monetary"]) / orders,
                "categories": row["categories"] / n,
                "discounted_share": row["discounted"] / n / _PARTS,
                "promotion_share": row["promotion"] / orders,
                "refund_share": row["refunded"] / n / _PARTS,
                "recency_days": row["recency"] / n,
            }
        )
    return sorted(rows, key=lambda row: (-row["customers"], row["type"]))


_SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("type", "name", "name_zh", "rule", "rule_zh")]
    + [("customers", pa.int64())]
    + [
        (name, pa.float64())
        for name in (
            "share", "sales_share", "profit_share", "core_share", "orders", "average_order_value",
            "categories", "discounted_share", "promotion_share", "refund_share", "recency_days",
        )
    ]
)  # fmt: skip


def _rule_words(one: BuyerType, currency: str, language: str) -> str:
    """The leaves joined by or; what all have in common is not taken out, so each stands alone."""
    joins = ("；或 ", "，") if language == "zh" else ("; or ", ", ")
    leaves = [
        joins[1].join(
            bound_words(bound.behaviour, bound.above, bound.upto, currency, language)
            for bound in leaf
        )
        for leaf in one.leaves
    ]
    everyone = "全部" if language == "zh" else "everyone"
    return joins[0].join(leaf or everyone for leaf in leaves)


def _part(share: float) -> str:
    """A share in words; what is not all is not called all.

    >>> _part(0.997), _part(1.0), _part(0.94)
    ('>99%', '100%', '94%')
    """
    return ">99%" if 0.99 < share < 1 else f"{share:.0%}"


def _says(rows: list[dict[str, Any]], rule: TypeRule, currency: str) -> Iterator[Sentence]:
    english = "; ".join(f"{row['name']} {row['share']:.0%}" for row in rows)
    chinese = "；".join(f"{row['name_zh']} {row['share']:.0%}" for row in rows)
    yield Sentence(
        f"Buyers fall into {len(rows)} types: {english}.",
        f"购买用户分为 {len(rows)} 类：{chinese}。",
    )
    earning = [row for row in rows if row["profit_share"] is not None]
    if earning:
        best = max(earning, key=lambda row: (row["profit_share"], row["type"]))
        money = format_money(np.round(best["average_order_value"], 2), currency)
        yield Sentence(
            f"{best['name']}: {best['share']:.0%} of buyers, {best['profit_share']:.0%} of profit;"
            f" {best['orders']:.1f} purchases of {money} in {best['categories']:.1f} categories.",
            f"{best['name_zh']}：占购买用户 {best['share']:.0%}，贡献毛利"
            f" {best['profit_share']:.0%}；人均 {best['orders']:.1f} 次，笔单价 {money}，"
            f"{best['categories']:.1f} 个类目。",
        )
    dear = max(rows, key=lambda row: (row["discounted_share"], row["type"]))
    part = _part(dear["discounted_share"])
    if dear["discounted_share"] >= 0.5:
        yield Sentence(
            f"{dear['name']}: {part} of their purchases used a discount.",
            f"{dear['name_zh']}：人均 {part} 的购买使用了优惠。",
        )
    yield Sentence(
        f"The rule agrees with the clusters it stands for in {rule.agreement:.0%} of buyers;"
        f" {rule.k} clusters have the largest mean silhouette"
        f" ({rule.silhouettes[rule.k]:.2f} of 1)"
        + (": types shade into one another." if rule.silhouettes[rule.k] < 0.5 else "."),
        f"规则与聚类结果的一致率为 {rule.agreement:.0%}；{rule.k} 类的平均轮廓系数最大"
        f"（{rule.silhouettes[rule.k]:.2f}，满分 1）"
        + ("，类与类之间有过渡地带。" if rule.silhouettes[rule.k] < 0.5 else "。"),
    )
    yield Sentence(
        "A type tells how people have bought so far, and may change as they go on.",
        "类型描述的是到目前为止的购买方式，会随之后的行为变化。",
    )
