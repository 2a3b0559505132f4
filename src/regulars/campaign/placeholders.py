"""The placeholders that offers and messages may use, and how they are filled.

Filling works on whole columns: a template is cut at its placeholders and joined again with the
customers' values, so that a million messages take seconds. Where a customer lacks a value, the
published stand-in takes its place, and never "None".

>>> placeholders("还差 {min_spend}，{nmae}")
['min_spend', 'nmae']
>>> values = {"orders": pa.array(["3"]), "shop": "Tea & Co"}
>>> fill("{orders} orders at {shop}", values, 1).to_pylist()
['3 orders at Tea & Co']
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A placeholder, what stands in for a missing value, and what it means."""

    name: str
    zh: str
    en: str
    missing_zh: str = ""
    missing_en: str = ""


OFFER_PLACEHOLDERS: tuple[Placeholder, ...] = (
    Placeholder("value", "优惠面值，带货币符号", "face value, with the currency's sign"),
    Placeholder("percent", "折扣百分比的数字", "the number of per cent"),
    Placeholder(
        "min_spend", "最低消费，带货币符号", "least value of the order, with the currency's sign"
    ),
    Placeholder("valid_days", "有效天数", "days for which it is valid"),
)
"""What the words of an offer may use; messages may use them too."""

MESSAGE_PLACEHOLDERS: tuple[Placeholder, ...] = (
    *OFFER_PLACEHOLDERS,
    Placeholder("shop", "店铺名称", "the shop's name"),
    Placeholder("offer", "优惠文案", "the words of the offer"),
    Placeholder(
        "top_category",
        "首选类目",
        "the category bought most",
        "商品",
        "your last order",
    ),
    Placeholder(
        "product",
        "该复购的自购商品，没有时用首选类目",
        "the customer's own good to be bought again; else the category bought most",
        "商品",
        "your last order",
    ),
    Placeholder(
        "new_product",
        "最适合且没买过的商品",
        "the good that fits best among those new to the customer",
        "新品",
        "something new",
    ),
    Placeholder("orders", "购买次数", "number of purchases", "0", "0"),
    Placeholder("days_since", "距末单天数", "days since the latest purchase", "一些", "some"),
    Placeholder("cycle_days", "回购周期天数", "days of the usual cycle", "一段时间", "some"),
    Placeholder("last_order_on", "末单日期", "day of the latest purchase", "上次", "last time"),
    Placeholder("due_on", "应复购日", "day on which the next purchase is expected", "近期", "soon"),
)
"""What messages may use."""


def placeholders(template: str) -> list[str]:
    """The names between braces, in order."""
    return _PLACEHOLDER.findall(template)


def fill(template: str, values: Mapping[str, pa.Array | str], rows: int) -> pa.Array:
    """The template filled for each of so many rows; a plain text is the same for all rows."""
    parts: list[pa.Array | pa.Scalar] = []
    for index, piece in enumerate(_PLACEHOLDER.split(template)):
        part = values[piece] if index % 2 else piece
        parts.append(pa.scalar(part) if isinstance(part, str) else part)
    if all(isinstance(part, pa.Scalar) for part in parts):
        return pa.repeat("".join(part.as_py() for part in parts), rows)
    return pc.binary_join_element_wise(*parts, "")
