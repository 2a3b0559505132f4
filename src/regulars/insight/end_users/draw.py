"""Purchaser and end user are not the same: recipients, gifts, and the ages children's goods tell.

End users are not customers and have agreed to nothing, so nothing is told unless the settings say
so (`[end_users]`), nobody is listed, and groups of fewer than 30 are suppressed. Children's ages
are told only where the guardians have consented (PIPL Art. 28 and 31: data of those under fourteen
are sensitive and need the guardian's consent).

A good for ages a to b bought on day d speaks of a child born between d - b and d - a. What a
purchaser bought on several days speaks of the intersection; where that is empty there are several
children, or gifts, and no age is told. The age is that of the middle of what remains.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa

from regulars.errors import CannotTell
from regulars.insight.counts import number_where
from regulars.insight.end_users.ages import Months, age_in
from regulars.insight.picture import Picture, View
from regulars.insight.statistics.wilson import wilson
from regulars.kernel.clock import day_number
from regulars.kernel.sentence import Sentence

if TYPE_CHECKING:
    import ibis.expr.types as ir

_LEAST = 30
_CATEGORIES = 20
_MONTH = 365.25 / 12
BANDS: tuple[Months, ...] = ((0, 6), (6, 12), (12, 24), (24, 36), (36, 72), (72, 168))
"""Months of age between which what a child needs changes."""
_SOON = ((0, 30), (31, 90), (91, 180))


def draw(view: View) -> Picture:
    """End users, as far as the settings allow.

    Raises:
        CannotTell: it is switched off, or the data name no end users.
    """
    settings = view.settings.end_users
    if not settings.enabled:
        raise CannotTell(
            "end users are not looked at: they are not your customers and agreed to nothing",
            todo="if you may, set enabled = true under [end_users] in regulars.toml",
        )
    people, purchases = view.relation("people"), view.relation("purchases")
    recipients = _recipients(view, people)
    gifts = _gifts(view, people, purchases) if recipients else []
    bands: list[dict[str, Any]] = []
    due: list[dict[str, Any]] = []
    told = {"purchasers": 0, "several": 0}
    if settings.guardian_consent:
        bands, due, told = _children(view)
    if not recipients and not bands:
        raise CannotTell(
            "no end users can be told: too few orders name a recipient, and no goods tell an age",
            todo="import orders with their recipients",
        )
    tables = {
        "recipients": pa.Table.from_pylist(recipients, schema=_RECIPIENTS),
        "gifts": pa.Table.from_pylist(gifts, schema=_GIFTS),
        "ages": pa.Table.from_pylist(bands, schema=_AGES),
        "next_ages": pa.Table.from_pylist(due, schema=_NEXT),
    }
    facts = {"guardian_consent": settings.guardian_consent, **told}
    return Picture("end-users", view.as_of, tables, tuple(_says(tables, facts)), facts)


_SHARE = [(name, pa.float64()) for name in ("share", "low", "high")]
_RECIPIENTS = pa.schema([("recipients", pa.string()), ("customers", pa.int64()), *_SHARE])
_GIFTS = pa.schema(
    [("category", pa.string()), ("purchases", pa.int64()), ("to_others", pa.int64()), *_SHARE]
)
_AGES = pa.schema([("months", pa.string()), ("customers", pa.int64()), ("share", pa.float64())])
_NEXT = pa.schema([("months", pa.string()), ("in_days", pa.string()), ("customers", pa.int64())])


def _recipients(view: View, people: ir.Table) -> list[dict[str, Any]]:
    """Customers of two purchases or more by the number of their recipients."""
    known = people.filter((people.end_users > 0) & (people.orders > 1))
    several = ibis.cases((known.end_users == 1, "1"), (known.end_users == 2, "2"), else_="3+")
    found = {
        row["recipients"]: row["customers"]
        for row in view.run(
            known.mutate(recipients=several).group_by("recipients").agg(customers=ibis._.count())
        ).to_pylist()
    }
    total = sum(found.values())
    if total < _LEAST:
        return []
    names = ("1", "2", "3+")
    low, high = wilson([found.get(name, 0) for name in names], total)
    return [
        {
            "recipients": name,
            "customers": found.get(name, 0),
            "share": found.get(name, 0) / total,
            "low": float(low[at]),
            "high": float(high[at]),
        }
        for at, name in enumerate(names)
    ]


def _gifts(view: View, people: ir.Table, purchases: ir.Table) -> list[dict[str, Any]]:
    """Purchases that went to another than the customer's usual recipient, by main category."""
    told = purchases.filter(purchases.recipient.notnull() & purchases.customer_id.notnull()).select(
        "customer_id", "recipient", "main_category"
    )
    again = people.filter(people.orders > 1).select(who=people.customer_id, kinds=people.end_users)
    known = told.join(again, told.customer_id == again.who)
    total = known.group_by("main_category").agg(purchases=known.count())
    several = known.filter(known.kinds > 1)
    pairs = several.group_by(["customer_id", "recipient"]).agg(n=several.count())
    own = ibis.window(group_by=pairs.customer_id, order_by=[pairs.n.desc(), pairs.recipient.asc()])
    usual = pairs.mutate(place=ibis.row_number().over(own)).filter(ibis._.place == 0)
    usual = usual.select(buyer=usual.customer_id, usual=usual.recipient)
    sent = several.join(usual, several.customer_id == usual.buyer)
    others = sent.group_by("main_category").agg(
        to_others=number_where(sent.recipient != sent.usual)
    )
    both = total.left_join(others, "main_category").drop("main_category_right")
    rows = [
        {**row, "to_others": row["to_others"] or 0}
        for row in view.run(both).to_pylist()
        if row["main_category"] is not None and row["purchases"] >= _LEAST
    ]
    rows.sort(key=lambda row: (-row["to_others"] / row["purchases"], row["main_category"]))
    low, high = wilson([row["to_others"] for row in rows], [row["purchases"] for row in rows])
    return [
        {
            "category": row["main_category"],
            "purchases": row["purchases"],
            "to_others": row["to_others"],
            "share": row["to_others"] / row["purchases"],
            "low": float(low[at]),
            "high": float(high[at]),
        }
        for at, row in enumerate(rows)
    ][:_CATEGORIES]


def _children(
    view: View,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, int]]:
    """Purchasers by the age band their purchases point to, and by when the next one begins."""
    nobody = {"purchasers": 0, "several": 0}
    goods = view.run(view.relation("goods").select("good_no", "title", "variant"))
    by_age: dict[Months, list[int]] = {}
    for good in goods.to_pylist():
        months = age_in(f"{good['title']} {good['variant'] or ''}")
        if months is not None:
            by_age.setdefault(months, []).append(good["good_no"])
    if not by_age:
        return [], [], nobody
    counted = view.run(_births(view, by_age)).to_pylist()
    several = sum(row["customers"] for row in counted if row["band"] is None)
    aged = [row for row in counted if row["band"] is not None]
    total = sum(row["customers"] for row in aged)
    told = {"purchasers": total + several, "several": several}
    if total < _LEAST:
        return [], [], told
    bands, due = [], []
    for band, (low, high) in enumerate(BANDS):
        here = sum(row["customers"] for row in aged if row["band"] == band)
        bands.append(_suppressed({"months": f"{low}-{high}"}, here, total))
        if band + 1 == len(BANDS):
            continue
        for place, (start, end) in enumerate(_SOON):
            soon = sum(
                row["customers"] for row in aged if row["band"] == band and row["soon"] == place
            )
            ahead = f"{high}-{BANDS[band + 1][1]}"
            row = _suppressed({"months": ahead, "in_days": f"{start}-{end}"}, soon, 0)
            due.append(row)
    return bands, due, told


def _suppressed(row: dict[str, Any], customers: int, total: int) -> dict[str, Any]:
    known = customers >= _LEAST
    share = {"share": customers / total if known else None} if total else {}
    return {**row, "customers": customers if known else None, **share}


def _births(view: View, by_age: dict[Months, list[int]]) -> ir.Table:
    """`band, soon, customers`: band NULL for purchasers whose purchases speak of several births."""
    lines = view.relation("purchase_goods")
    lines = lines.filter(lines.customer_id.notnull())
    code = ibis.cases(
        *((lines.good_no.isin(numbers), at) for at, numbers in enumerate(by_age.values()))
    )
    coded = lines.mutate(code=code)
    coded = coded.filter(coded.code.notnull())
    ago = day_number(view.as_of) - coded.day.epoch_days()

    def days(end: int, rounding: Any) -> Any:
        return ibis.cases(
            *((coded.code == at, int(rounding(age[end] * _MONTH))) for at, age in enumerate(by_age))
        )

    # Ages at the as-of day: at least the youngest, at most the oldest, that each purchase allows.
    spoken = coded.select(
        "customer_id", least=ago + days(0, math.floor), most=ago + days(1, math.ceil)
    )
    born = spoken.group_by("customer_id").agg(least=spoken.least.max(), most=spoken.most.min())
    age = ((born.least + born.most) / 2).floor().cast("int64")
    bounds = [round(high * _MONTH) for _, high in BANDS]
    band = ibis.cases(*((age < bound, at) for at, bound in enumerate(bounds)), else_=len(BANDS))
    banded = born.mutate(age=age, band=ibis.cases((born.least <= born.most, band)))
    left = ibis.cases(*((banded.band == at, bound) for at, bound in enumerate(bounds))) - banded.age
    soon = ibis.cases(*((left <= end, at) for at, (_, end) in enumerate(_SOON)))
    final = banded.mutate(soon=soon)
    return final.group_by(["band", "soon"]).agg(customers=final.count())


def _says(tables: dict[str, pa.Table], facts: dict[str, Any]) -> Iterator[Sentence]:
    recipients = tables["recipients"].to_pylist()
    if recipients:
        one = recipients[0]
        several = 1 - one["share"]
        low, high = 1 - one["high"], 1 - one["low"]
        yield Sentence(
            f"{several:.0%} of those who bought twice or more sent to several recipients"
            f" ({low:.0%}–{high:.0%}).",
            f"购买两次以上的用户中，{several:.0%} 有多位收货人（区间 {low:.0%}–{high:.0%}）。",
        )
    gifts = tables["gifts"].to_pylist()
    if gifts and gifts[0]["to_others"]:
        best = gifts[0]
        yield Sentence(
            f"{best['category']} goes to others most often: {best['share']:.0%} of its purchases"
            f" ({best['low']:.0%}–{best['high']:.0%}).",
            f"“{best['category']}”最常寄给他人：占其购买的 {best['share']:.0%}"
            f"（区间 {best['low']:.0%}–{best['high']:.0%}）。",
        )
    if recipients:
        yield Sentence(
            "Another recipient may be a gift, a second address, or the name written otherwise.",
            "收货人不同可能是送礼、另一个地址，或姓名写法不同。",
        )
    yield from _children_says(tables, facts)


def _children_says(tables: dict[str, pa.Table], facts: dict[str, Any]) -> Iterator[Sentence]:
    if not facts["guardian_consent"]:
        yield Sentence(
            "Nothing is told of children: no guardian's consent is recorded (guardian_consent).",
            "未记录监护人同意（guardian_consent），不涉及任何儿童信息。",
        )
        return
    aged = facts["purchasers"] - facts["several"]
    if not tables["ages"].num_rows:
        yield Sentence(
            "Too few purchases tell a child's age.", "能看出儿童年龄的购买太少，无法判断。"
        )
        return
    soon = [
        row
        for row in tables["next_ages"].to_pylist()
        if row["customers"] and row["in_days"] == f"{_SOON[0][0]}-{_SOON[0][1]}"
    ]
    if soon:
        best = max(soon, key=lambda row: (row["customers"], row["months"]))
        yield Sentence(
            f"The purchases of {best['customers']:,} customers point to a child who reaches the age"
            f" of {best['months']} months within 30 days.",
            f"{best['customers']:,} 位用户的购买显示，孩子将在 30 天内进入"
            f" {best['months']} 月龄段。",
        )
    share = float(np.round(facts["several"] / facts["purchasers"], 4))
    yield Sentence(
        f"{aged:,} purchasers' goods point to one age; those of {facts['several']:,}"
        f" ({share:.0%}) to several children or gifts, and no age is told of them. An age is a"
        " guess from what was bought, and no birthday.",
        f"{aged:,} 位用户的购买指向同一年龄；另有 {facts['several']:,} 位（{share:.0%}）指向多个"
        "孩子或送礼，不作判断。年龄由所购商品推测，并非生日。",
    )
