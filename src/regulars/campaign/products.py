"""The product that a play's message names, person by person.

A message that says `{new_product}` names the good that fits best among those new to the customer;
one that says `{product}` the customer's own good that is to be bought again. The reason for the
product stands in the plan beside the reason for the play.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.campaign.customers import Customers
from regulars.campaign.placeholders import placeholders
from regulars.campaign.playbook import Play

_text = pa.string()
PRODUCTS = pa.schema(
    [
        ("customer_id", pa.int64()),
        ("product_id", _text),
        ("product", _text),
        ("why_zh", _text),
        ("why_en", _text),
        ("new_product_id", _text),
        ("new_product", _text),
        ("new_why_zh", _text),
        ("new_why_en", _text),
    ]
)
"""What `make_plan` may be told of products: one row per customer, missing where there is none."""

_SHOWN = 24
"""Characters of a title that a message shows: titles made for search engines would fill an SMS."""


@dataclass(frozen=True, slots=True)
class Named:
    """For each row of the plan the product that its message names, missing where it names none."""

    product_id: pa.Array
    product: pa.Array
    why_zh: pa.Array
    why_en: pa.Array


class Products:
    """The products of the plan's customers, in the order of its rows."""

    def __init__(self, few: Customers, products: pa.Table | None) -> None:
        table = PRODUCTS.empty_table() if products is None else products
        at = pc.index_in(few.column("customer_id"), value_set=table["customer_id"].combine_chunks())
        self._rows = {
            name: table[name].combine_chunks().take(at)
            for name in PRODUCTS.names
            if name != "customer_id"
        }
        self._category = few.column("top_category")

    def placeholders(self) -> dict[str, pa.Array]:
        """The values of `{product}` and `{new_product}`.

        Where no good is known to be bought again, the category bought most stands for it.
        """
        return {
            "product": pc.coalesce(_short(self._rows["product"]), self._category),
            "new_product": _short(self._rows["new_product"]),
        }

    def named(self, plays: tuple[Play, ...], chosen: NDArray[Any]) -> Named:
        """What the message of each row names; `chosen` is the place of its play in `plays`."""
        new = np.array([_names(play, "new_product") for play in plays] or [False])[chosen]
        own = np.array([_names(play, "product") for play in plays] or [False])[chosen]
        columns = {}
        for name in ("product_id", "product", "why_zh", "why_en"):
            other = pc.if_else(pa.array(own), self._rows[name], None)
            columns[name] = pc.if_else(pa.array(new), self._rows[f"new_{name}"], other)
        return Named(**columns)


def names_products(plays: Iterable[Play]) -> bool:
    """Whether a message of any of the plays names a product of the customer's."""
    return any(_names(play, name) for play in plays for name in ("product", "new_product"))


def _names(play: Play, placeholder: str) -> bool:
    return any(placeholder in placeholders(text) for text in (play.message.zh, play.message.en))


def _short(titles: pa.Array) -> pa.Array:
    cut = pc.binary_join_element_wise(
        pc.utf8_rtrim_whitespace(pc.utf8_slice_codeunits(titles, 0, _SHOWN - 1)), "…", ""
    )
    return pc.if_else(pc.greater(pc.utf8_length(titles), _SHOWN), cut, titles)
