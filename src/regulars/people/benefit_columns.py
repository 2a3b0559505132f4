"""What the shop owes each customer by now: columns of the people table.

>>> held = pa.table({"customer_id": [9, 3], **{field.name: pa.array([None, None], field.type)
...     for field in HELD if field.name not in ("customer_id", "points")}, "points": [50, 7]})
>>> found = benefit_columns(np.array([3, 5]), held.select(HELD.names), "bronze")
>>> found["points"].to_pylist(), found["tier"].to_pylist()
([7, 0], ['bronze', 'bronze'])
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.people.columns import SCHEMA

COLUMNS = (
    "points", "points_expire_on", "points_owed", "growth", "tier", "balance", "coupons",
    "coupons_expire_on", "badges", "benefit_orders",
)  # fmt: skip
HELD = pa.schema(
    [("customer_id", pa.int64()), *((name, SCHEMA.field(name).type) for name in COLUMNS)]
)
"""What customers have, a row for each that has, or has used, anything."""

_COUNTED = ("points", "points_owed", "growth", "balance", "coupons", "benefit_orders")


def benefit_columns(
    customer_ids: NDArray[np.int64], held: pa.Table | None, lowest_tier: str | None = None
) -> dict[str, pa.Array | pa.ChunkedArray]:
    """`COLUMNS`, by place of the people table.

    Args:
        customer_ids: of the people table.
        held: as `HELD`, each customer once; None where the shop has no benefits, or its book of
            record does not answer: then all is null. Who is not in it has 0 of what is counted.
        lowest_tier: of who has no other.
    """
    if held is None:
        return {name: pa.nulls(len(customer_ids), SCHEMA.field(name).type) for name in COLUMNS}
    place = pc.index_in(pa.array(customer_ids), value_set=held["customer_id"].combine_chunks())
    columns = {name: held[name].combine_chunks().take(place) for name in COLUMNS}
    for name in _COUNTED:
        zero = Decimal(0) if name == "balance" else 0
        columns[name] = pc.fill_null(columns[name], pa.scalar(zero, columns[name].type))
    if lowest_tier is not None:
        columns["tier"] = pc.fill_null(columns["tier"], lowest_tier)
    return columns
