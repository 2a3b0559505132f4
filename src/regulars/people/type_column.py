"""Which type of buyer each customer is: a column of the people table (`buyer_types`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.errors import CannotTell
from regulars.people.buyer_types import fit_types, sample_step, sampled

NEEDED = (
    "orders", "average_order_value", "categories", "discounted_share", "promotion_orders",
    "refund_share", "recency_days",
)  # fmt: skip
"""Columns of the people table from which behaviours are made."""


def behaviours_of(columns: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """The behaviours of `type_names.BEHAVIOURS` by name, of buyers only.

    Args:
        columns: those in `NEEDED`, of customers with a purchase.
    """

    def real(name: str) -> NDArray[np.float64]:
        values = pc.fill_null(columns[name].cast(pa.float64()), 0.0)
        return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)

    plain = {name: real(name) for name in NEEDED if name != "promotion_orders"}
    orders = np.maximum(plain["orders"], 1)
    return plain | {"promotion_share": real("promotion_orders") / orders}


def customer_types(columns: Mapping[str, Any]) -> pa.Array:
    """The key of each customer's type; NULL without a purchase or where types cannot be told.

    Args:
        columns: `customer_id` and `NEEDED`, one value per customer.
    """
    bought = pc.greater(pc.fill_null(columns["orders"], 0), 0)
    chosen = pa.table({name: columns[name] for name in ("customer_id", *NEEDED)})
    buyers = chosen.filter(bought)
    numbers = buyers["customer_id"].to_numpy().astype(np.int64)
    behaviours = behaviours_of({name: buyers[name].combine_chunks() for name in NEEDED})
    some = sampled(numbers, sample_step(len(numbers)))
    try:
        rule = fit_types({name: values[some] for name, values in behaviours.items()})
    except CannotTell:
        return pa.nulls(len(chosen), pa.string())
    keys = pa.array([one.key for one in rule.types], pa.string())
    code = np.zeros(len(chosen), np.int64)
    is_buyer = np.asarray(bought.to_numpy(zero_copy_only=False), dtype=np.bool_)
    code[is_buyer] = rule.apply(behaviours)
    return keys.take(pa.array(code, mask=~is_buyer))
