"""Who the buyers of each source are, in short: gender, province and category against all buyers.

TGI = share in the group / share in the base x 100, over those whose value is known, with the Wilson
interval of the group's share, as of the picture `portrait`. A value is told as more (or less)
frequent only where, over all rows at once, at most 5 % of such verdicts are expected to be false.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from regulars.insight.sources.worth import ATTRIBUTES
from regulars.insight.statistics.wilson import binomial_p, discoveries, wilson

LEAST = 30
_VALUES = 5
"""Values of an attribute that are listed of each source, the most frequent first."""
OVER, UNDER = "over", "under"

SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("attribute", pa.string()),
        ("value", pa.string()),
        ("customers", pa.int64()),
        ("known", pa.int64()),
        *((name, pa.float64()) for name in ("share", "base_share", "tgi", "low", "high")),
        ("verdict", pa.string()),
    ]
)


def portraits(bought: pa.Table, names: dict[int, str]) -> list[dict[str, Any]]:
    """The rows of the portraits, source by source.

    Args:
        bought: of `worth.buyers`.
        names: of the sources to portray, by number.
    """
    rows: list[dict[str, Any]] = []
    counts = [_by(bought, attribute) for attribute in ATTRIBUTES]
    for number, name in names.items():
        for attribute, by in zip(ATTRIBUTES, counts, strict=True):
            rows += _rows(name, attribute, by.get(number, {}), _all(by))
    return _judged(rows)


def _by(bought: pa.Table, attribute: str) -> dict[int | None, dict[str, int]]:
    """How many buyers there are by source and value, of whom the value is known."""
    found: dict[int | None, dict[str, int]] = {}
    summed = bought.group_by(["number", attribute]).aggregate([("customers", "sum")])
    for row in summed.to_pylist():
        if row[attribute] is not None:
            number = None if row["number"] is None else int(row["number"])
            own = found.setdefault(number, {})
            own[str(row[attribute])] = own.get(str(row[attribute]), 0) + row["customers_sum"]
    return found


def _all(by: dict[int | None, dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for own in by.values():
        for value, customers in own.items():
            total[value] = total.get(value, 0) + customers
    return total


def _rows(
    source: str, attribute: str, own: dict[str, int], base: dict[str, int]
) -> list[dict[str, Any]]:
    known, of = sum(own.values()), sum(base.values())
    if known < LEAST or len(base) < 2:
        return []
    listed = sorted(own, key=lambda value: (-own[value], value))[:_VALUES]
    return [
        {
            "source": source,
            "attribute": attribute,
            "value": value,
            "customers": own[value],
            "known": known,
            "share": own[value] / known,
            "base_share": base[value] / of,
        }
        for value in listed
    ]


def _judged(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    if not rows:
        return []
    hits, of, base = (
        np.array([row[name] for row in rows], dtype=np.float64)
        for name in ("customers", "known", "base_share")
    )
    low, high = wilson(hits, of)
    found = discoveries(binomial_p(hits, of, base))
    judged = []
    for place, row in enumerate(rows):
        over = OVER if row["share"] > row["base_share"] else UNDER
        judged.append(
            row
            | {
                "tgi": row["share"] / row["base_share"] * 100,
                "low": float(low[place]) / row["base_share"] * 100,
                "high": float(high[place]) / row["base_share"] * 100,
                "verdict": over if found[place] else "",
            }
        )
    return judged
