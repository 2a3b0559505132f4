"""Why an action: sentences that a shopkeeper understands, from the customer's own row only.

"usually returns every 34 days; 41 have passed; bought nappies 6 times". Where the cycle is not the
customer's own, the sentence says whose it is. A part whose facts are missing is left out, so that
no sentence ever shows an empty value. Whole columns are joined at once: a million reasons take
seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.campaign.customers import Customers
from regulars.campaign.money_text import texts
from regulars.campaign.sentence import join_present
from regulars.kernel.stage_names import LABELS, Stage

_SLIPPING = (Stage.AT_RISK, Stage.DORMANT, Stage.LOST)


@dataclass(frozen=True, slots=True)
class Reasons:
    """A sentence in each language for each row."""

    zh: pa.Array
    en: pa.Array


def reasons(customers: Customers, day: int, *, currency: str, horizon_days: int) -> Reasons:
    """The reasons for the rows, as of a day (a number of days since 1970)."""
    parts = [
        _cycle(customers, day),
        _purchases(customers),
        _order_value(customers, currency),
        _stage_before(customers),
        _chance(customers, horizon_days),
        _no_purchase(customers),
    ]
    return Reasons(
        join_present([part.zh for part in parts], "；"),
        join_present([part.en for part in parts], "; "),
    )


def _cycle(customers: Customers, day: int) -> Reasons:
    """The cycle, whose it is, and the days that have passed."""
    last, bought = customers.days("last_order_on")
    passed = day - last
    cycle = customers.reals("cycle_p50")
    has_cycle = bought & np.isfinite(cycle)
    days = np.rint(np.where(has_cycle, cycle, 0)).astype(np.int64)
    assumed = customers.is_one_of("cycle_source", ("fallback",)) | _p50_is_fallback(customers)
    kinds: dict[str, tuple[str, str, str, str]] = {
        "own": ("通常每", "天回购一次", "usually returns every", ""),
        "shrunk": (
            "参考本人与同类顾客，约每",
            "天回购一次",
            "by this and similar customers' purchases, returns about every",
            "",
        ),
        "category": (
            "买同类商品的顾客约",
            "天后回购",
            "customers of this category return after about",
            "",
        ),
        "shop": ("同类顾客约", "天后回购", "customers like this return after about", ""),
        "fallback": ("数据不足，暂按", "天周期估算", "too little data for a cycle,", " assumed"),
    }
    count, count_en = _text(days), _plural(days, "day")
    zh = en = pa.nulls(customers.rows, pa.string())
    for source, (before_zh, after_zh, before_en, after_en) in kinds.items():
        is_source = customers.is_one_of("cycle_source", (source,)) & ~assumed
        here = pa.array(has_cycle & (assumed if source == "fallback" else is_source))
        zh = pc.if_else(here, _join(before_zh + " ", count, " " + after_zh), zh)
        en = pc.if_else(here, _join(before_en + " ", count_en, after_en), en)
    told = zh.is_valid()
    since = _text(passed)
    verb = pc.if_else(pa.array(passed == 1), " has passed", " have passed")
    ago = pc.if_else(pa.array(passed == 1), " day ago", " days ago")
    only_zh = pc.if_else(pa.array(bought), _join("距上次购买已 ", since, " 天"), None)
    only_en = pc.if_else(pa.array(bought), _join("last purchase ", since, ago), None)
    return Reasons(
        pc.if_else(told, _join(zh, "，距上次购买已 ", since, " 天"), only_zh),
        pc.if_else(told, _join(en, "; ", since, verb), only_en),
    )


def _p50_is_fallback(customers: Customers) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Rows whose P50 the data do not reach, whatever the source of the other percentiles."""
    column = customers.column("fallback_percentiles")
    hit = pc.match_substring(pc.list_flatten(column), "50")
    flags = np.zeros(customers.rows, np.bool_)
    flags[pc.list_parent_indices(column).filter(hit).to_numpy(zero_copy_only=False)] = True
    return flags


def _purchases(customers: Customers) -> Reasons:
    """How often the category bought most was bought; else how many purchases there are."""
    orders = np.nan_to_num(customers.reals("orders")).astype(np.int64)
    category = customers.column("top_category")
    count = np.nan_to_num(customers.reals("top_category_orders")).astype(np.int64)
    named = pc.and_(category.is_valid(), pa.array(count > 0))
    some = pa.array(orders > 0)
    times = pc.if_else(
        pa.array(count == 1), "once", pc.if_else(pa.array(count == 2), "twice", _times(count))
    )
    return Reasons(
        pc.if_else(
            named,
            _join("买过 ", _text(count), " 次", category),
            pc.if_else(some, _join("共购买 ", _text(orders), " 次"), None),
        ),
        pc.if_else(
            named,
            _join("bought ", category, " ", times),
            pc.if_else(some, _join(_plural(orders, "purchase"), " so far"), None),
        ),
    )


def _order_value(customers: Customers, currency: str) -> Reasons:
    """What the customer spends an order."""
    value, known = customers.grains("average_order_value")
    shown, written = pa.array(known & (value > 0)), texts(value, currency)
    return Reasons(
        pc.if_else(shown, _join("平均每单 ", written), None),
        pc.if_else(shown, _join("spends ", written, " an order"), None),
    )


def _stage_before(customers: Customers) -> Reasons:
    """What the customer was before slipping, or before coming back."""
    told = customers.is_one_of("stage", (*_SLIPPING, Stage.WON_BACK))
    zh = en = pa.nulls(customers.rows, pa.string())
    for stage in Stage:
        here = pa.array(told & customers.is_one_of("previous_stage", (stage,)))
        zh = pc.if_else(here, f"此前阶段：{LABELS[stage].zh}", zh)
        en = pc.if_else(here, f"stage before: {LABELS[stage].en}", en)
    return Reasons(zh, en)


def _chance(customers: Customers, horizon_days: int) -> Reasons:
    """The chance that a slipping customer comes back at all."""
    chance = customers.reals("chance_of_return")
    told = np.isfinite(chance) & customers.is_one_of("stage", _SLIPPING)
    percent = _text(np.rint(np.where(told, chance, 0) * 100).astype(np.int64))
    here = pa.array(told)
    return Reasons(
        pc.if_else(here, _join(f"{horizon_days} 天内再次购买的概率约 ", percent, "%"), None),
        pc.if_else(
            here,
            _join("chance of a purchase within ", f"{horizon_days} days about ", percent, " %"),
            None,
        ),
    )


def _no_purchase(customers: Customers) -> Reasons:
    """Customers who have not bought, with their day of registration where it is known."""
    _, bought = customers.days("last_order_on")
    registered = customers.column("registered_on").cast(pa.string())
    zh = pc.if_else(registered.is_valid(), _join(registered, " 注册，尚未下单"), "尚未下单")
    en = pc.if_else(
        registered.is_valid(),
        _join("registered on ", registered, ", no purchase yet"),
        "no purchase yet",
    )
    return Reasons(
        pc.if_else(pa.array(bought), None, zh),
        pc.if_else(pa.array(bought), None, en),
    )


def _join(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _text(numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    return pa.array(numbers).cast(pa.string())


def _times(numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    return _join(_text(numbers), " times")


def _plural(numbers: np.ndarray[tuple[int], np.dtype[np.int64]], noun: str) -> pa.Array:
    return _join(_text(numbers), pc.if_else(pa.array(numbers == 1), f" {noun}", f" {noun}s"))
