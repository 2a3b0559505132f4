"""The tables of affinity, made from what was counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from regulars.insight.affinity.judged import Lifts, afterwards, together
from regulars.insight.statistics.answers import ints
from regulars.lifetime.gaps import Bools, Floats, Ints

MOST_ROWS = 1_000
"""The strongest pairs; more than anybody reads."""


@dataclass(frozen=True, slots=True)
class Items:
    """What the items are called, and which of them may be paired.

    Attributes:
        names: by number.
        product_ids: by number; None for categories.
        kinds: the category by number, where two of one kind are not paired.
    """

    names: dict[int, str]
    product_ids: dict[int, str | None]
    kinds: dict[int, str | None]

    @classmethod
    def of(cls, named: pa.Table, *, siblings: bool) -> Items:
        """From `counts.names_of`."""
        rows = named.to_pylist()
        return cls(
            {row["item"]: row["name"] for row in rows},
            {row["item"]: row["product_id"] for row in rows},
            {} if siblings else {row["item"]: row["category"] for row in rows},
        )

    def apart(self, a: Ints, b: Ints) -> Bools:
        """Whether the items of each pair may be paired: not of one known category."""
        kinds = [
            (self.kinds.get(one), self.kinds.get(other))
            for one, other in zip(a.tolist(), b.tolist(), strict=True)
        ]
        return np.array([one is None or one != other for one, other in kinds], dtype=np.bool_)

    def pairs_of(self, items: list[int]) -> int:
        """How many pairs of the items there are to look at."""
        same = Counter(self.kinds.get(item) for item in items)
        within = sum(n * (n - 1) // 2 for kind, n in same.items() if kind is not None)
        return len(items) * (len(items) - 1) // 2 - within

    def columns(self, key: str, items: Ints) -> dict[str, pa.Array]:
        """Name and number of each, under the key."""
        numbers = items.tolist()
        return {
            key: pa.array([self.names[item] for item in numbers], pa.string()),
            f"{key}_id": pa.array([self.product_ids[item] for item in numbers], pa.string()),
        }


def pairs(singles: pa.Table, found: pa.Table, baskets: int, items: Items) -> tuple[pa.Table, int]:
    """The pairs of one basket that go together, and how many there are in all.

    Args:
        singles: of `counts.singles`.
        found: of `counts.pairs`.
        baskets: all of them.
        items: what they are called.
    """
    known = ints(singles, "item").tolist()
    of = dict(zip(known, ints(singles, "baskets").tolist(), strict=True))
    a, b = ints(found, "a"), ints(found, "b")
    asked = items.apart(a, b)
    a, b, both = a[asked], b[asked], ints(found, "baskets")[asked]
    squares, customers = ints(found, "squares")[asked], ints(found, "customers")[asked]
    n_a = np.array([of[item] for item in a.tolist()], dtype=np.int64)
    n_b = np.array([of[item] for item in b.tolist()], dtype=np.int64)
    lifts = together(both, squares, n_a, n_b, baskets, max(items.pairs_of(known), 1))
    shown = np.nonzero(lifts.shown)[0]
    order = shown[np.lexsort((b[shown], a[shown], -both[shown], -lifts.low[shown]))][:MOST_ROWS]
    table = pa.table(
        {
            **items.columns("a", a[order]),
            **items.columns("b", b[order]),
            "baskets": pa.array(both[order], pa.int64()),
            "customers": pa.array(customers[order], pa.int64()),
            "support": pa.array(both[order] / baskets),
            "confidence_a_b": pa.array(both[order] / n_a[order]),
            "confidence_b_a": pa.array(both[order] / n_b[order]),
            **_lifts(lifts, order),
        }
    )
    return table, len(shown)


def following(found: pa.Table, items: Items) -> tuple[pa.Table, int]:
    """What is bought next, and how many such sequences there are in all.

    Args:
        found: of `counts.sequences`.
        items: what they are called.
    """
    known = np.unique(np.concatenate([ints(found, "a"), ints(found, "b")]))
    size = len(known)
    rows, columns = (np.searchsorted(known, ints(found, key)) for key in ("a", "b"))

    def square(name: str) -> Floats:
        filled = np.zeros((size, size))
        filled[rows, columns] = ints(found, name)
        return filled

    before = square("before")
    at_risk = np.diag(before)[:, None] - before  # on the diagonal stand all who came to a
    followed, waited = square("followed"), square("days")
    first, then = np.meshgrid(known, known, indexing="ij")
    asked = items.apart(first.ravel(), then.ravel()).reshape(size, size)
    lifts = afterwards(followed, at_risk, asked)
    often = np.nonzero(lifts.shown.ravel())[0]
    flat = followed.ravel()
    order = often[np.lexsort((often, -flat[often], -lifts.low.ravel()[often]))][:MOST_ROWS]
    number, of = flat[order], at_risk.ravel()[order]
    table = pa.table(
        {
            **items.columns("first", first.ravel()[order]),
            **items.columns("then", then.ravel()[order]),
            "customers": pa.array(of.astype(np.int64)),
            "followed": pa.array(number.astype(np.int64)),
            "share": pa.array(number / np.maximum(of, 1)),
            "mean_days": pa.array(waited.ravel()[order] / np.maximum(number, 1)),
            **_lifts(lifts, order),
        }
    )
    return table, len(often)


def _lifts(lifts: Lifts, order: Ints) -> dict[str, pa.Array]:
    return {
        "lift": pa.array(lifts.lift.ravel()[order]),
        "lift_low": pa.array(lifts.low.ravel()[order]),
        "lift_high": pa.array(lifts.high.ravel()[order]),
        "adjusted_p": pa.array(lifts.adjusted.ravel()[order]),
    }
