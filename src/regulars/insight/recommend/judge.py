"""How well lists of ten would have foretold baskets, beside the simple ways of making such lists.

For one person with a list and the goods G of the basket that came: a hit is one good of the list in
G; recall is the hits over |G|; NDCG is the sum of 1 / log2(place + 1) over hits at their places,
over the same sum for a list whose first min(10, |G|) places all hit (Järvelin and Kekäläinen, 2002,
ACM TOIS 20(4)). Persons are averaged; intervals are bootstrapped over persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.insight.recommend.candidates import BEST
from regulars.insight.recommend.fixed import first, number, real, whole

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from regulars.insight.recommend.history import History

AT = 10
"""Length of a list."""
_RESAMPLES = 1000
_SEED = 20_240_607
MEASURED = ("hit_rate", "ndcg", "recall")

BEST_SELLERS, OWN, OWN_LATELY, BLEND = "best_sellers", "own_times", "own_lately", "recommend"
NEW_BEST_SELLERS, NEW_BLEND = "new_best_sellers", "new_recommend"


@dataclass(frozen=True, slots=True)
class Method:
    """What one way of making lists reached.

    Attributes:
        name: of the method.
        persons: judged.
        hit_rate, ndcg, recall: means over persons.
        intervals: by measure, the 95 % interval of the mean.
        ahead: by measure, how far `recommend` is ahead of it, with the 95 % interval of the
            difference (of the same persons); none for itself.
    """

    name: str
    persons: int
    hit_rate: float
    ndcg: float
    recall: float
    intervals: dict[str, tuple[float, float]]
    ahead: dict[str, tuple[float, float, float]]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "method": self.name,
            "persons": self.persons,
            **{name: round(getattr(self, name), 4) for name in MEASURED},
            "intervals": {name: [round(x, 4) for x in self.intervals[name]] for name in MEASURED},
            "ahead": {name: [round(x, 4) for x in three] for name, three in self.ahead.items()},
        }


def simple_lists(history: History, goods: ir.Table, persons: ir.Table) -> ir.Table:
    """The lists of the simple methods: `customer_id, method, place` (from 1), `item`.

    Best-sellers are those of late. A person's own goods come by how often they were bought, or by
    the same with time decay; the rest of the list is filled with best-sellers, so that a person
    with two goods is not judged by two.
    """
    everybody = goods.mutate(one=ibis.literal(1))
    best = first(everybody, "one", 2 * BEST, ibis.desc(everybody.recent), everybody.item)
    sellers = persons.select("customer_id").cross_join(best.select("item", "recent"))
    own = history.goods.join(goods.select("item", "recent"), "item")
    beside = sellers.left_join(history.goods.select("customer_id", "item", "times"), [
        "customer_id", "item",
    ])  # fmt: skip
    unbought = beside.filter(beside.times.isnull()).select("customer_id", "item", "recent")
    lists = {
        BEST_SELLERS: sellers.select("customer_id", "item", "recent", weight=number(0)),
        NEW_BEST_SELLERS: unbought.mutate(weight=number(0)),
        OWN: _after_own(own.times.cast("float64"), own, unbought),
        OWN_LATELY: _after_own(real(own.lately), own, unbought),
    }
    return ibis.union(
        *(
            _placed(rows).select(
                "customer_id", "item", method=ibis.literal(name), place=ibis._.place
            )
            for name, rows in lists.items()
        )
    )


def _after_own(weight: ir.Value, own: ir.Table, unbought: ir.Table) -> ir.Table:
    mine = own.select("customer_id", "item", "recent", weight=weight)
    return mine.union(unbought.mutate(weight=number(0)).select(*mine.columns))


def _placed(rows: ir.Table) -> ir.Table:
    own = ibis.window(
        group_by=rows.customer_id,
        order_by=[ibis.desc(rows.weight), ibis.desc(rows.recent), ibis.asc(rows.item)],
    )
    placed = rows.mutate(place=whole(ibis.row_number().over(own)) + 1)
    return placed.filter(placed.place <= AT)


def blend_lists(best: ir.Table) -> ir.Table:
    """The lists of `ranking.ranked` with at least `AT` kept: all goods, and new ones alone."""
    everything = best.filter(best["rank"] <= AT).select(
        "customer_id", "item", method=ibis.literal(BLEND), place=best["rank"].cast("int64")
    )
    return everything.union(
        best.filter(best.new_rank <= AT).select(
            "customer_id",
            "item",
            method=ibis.literal(NEW_BLEND),
            place=best.new_rank.cast("int64"),
        )
    )


def outcomes(lists: ir.Table, baskets: ir.Table, history: History) -> ir.Table:
    """What each list met, one row per good on it.

    Args:
        lists: of any methods.
        baskets: `customer_id, item` of the baskets to be foretold.
        history: of the same persons, until the day before.

    Returns:
        `customer_id, method, place` (of a hit; 0 for a miss), `goods` (in the basket; for lists of
        new goods, those that were new to the person, and nobody who had none)
    """
    own = history.goods.select("customer_id", "item", "times")
    known = baskets.left_join(own, ["customer_id", "item"])
    per = known.group_by("customer_id").agg(
        goods=known.count(), new_goods=ibis.cases((known.times.isnull(), 1)).count()
    )
    marked = lists.left_join(baskets.mutate(is_hit=ibis.literal(True)), ["customer_id", "item"])
    marked = marked.select("customer_id", "method", "place", "is_hit").join(per, "customer_id")
    is_new = marked.method.isin([NEW_BEST_SELLERS, NEW_BLEND])
    rows = marked.select(
        "customer_id",
        "method",
        place=ibis.cases((marked.is_hit, marked.place), else_=0).cast("int64"),
        goods=ibis.cases((is_new, marked.new_goods), else_=marked.goods).cast("int64"),
    )
    return rows.filter(rows.goods > 0)


def measure(rows: pa.Table) -> tuple[Method, ...]:
    """What each method reached, from the `outcomes` of all persons judged."""
    found = {}
    for name in (BLEND, OWN_LATELY, OWN, BEST_SELLERS, NEW_BLEND, NEW_BEST_SELLERS):
        own = rows.filter(pc.equal(rows["method"], name))
        found[name] = per_person(own)
    methods = []
    for name, values in found.items():
        reference = found[NEW_BLEND if name in (NEW_BLEND, NEW_BEST_SELLERS) else BLEND]
        methods.append(_method(name, values, reference))
    return tuple(methods)


def per_person(rows: pa.Table) -> NDArray[np.float64]:
    """Hit, NDCG and recall of each person, by customer_id; shape (persons, 3).

    >>> rows = pa.table({"customer_id": [7, 7, 7, 8], "place": [0, 1, 3, 0], "goods": [3, 3, 3, 1]})
    >>> per_person(rows).round(4).tolist()
    [[1.0, 0.7039, 0.6667], [0.0, 0.0, 0.0]]
    """
    customers, person = np.unique(rows["customer_id"].to_numpy(), return_inverse=True)
    place, goods = rows["place"].to_numpy(), rows["goods"].to_numpy()
    gains = np.where(place > 0, 1 / np.log2(np.maximum(place, 1) + 1), 0.0)
    size = np.zeros(len(customers), np.int64)
    size[person] = goods
    ideal = np.cumsum(1 / np.log2(np.arange(1, AT + 1) + 1))
    hits = np.bincount(person, place > 0, len(customers))
    if not len(customers):
        return np.zeros((0, 3))
    gained = np.bincount(person, gains, len(customers))
    return np.column_stack([hits > 0, gained / ideal[np.minimum(size, AT) - 1], hits / size])


def _method(name: str, values: NDArray[np.float64], reference: NDArray[np.float64]) -> Method:
    mean = values.mean(axis=0) if len(values) else np.zeros(3)
    low, high = _interval(values)
    ahead = {}
    if values is not reference and len(values) == len(reference) and len(values):
        by = reference - values
        under, over = _interval(by)
        ahead = {
            one: (float(by[:, at].mean()), float(under[at]), float(over[at]))
            for at, one in enumerate(MEASURED)
        }
    return Method(
        name=name,
        persons=len(values),
        hit_rate=float(mean[0]),
        ndcg=float(mean[1]),
        recall=float(mean[2]),
        intervals={one: (float(low[at]), float(high[at])) for at, one in enumerate(MEASURED)},
        ahead=ahead,
    )


def _interval(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The 95 % percentile interval of the mean, from resampled persons."""
    if not len(values):
        return np.zeros(3), np.zeros(3)
    random = np.random.default_rng(_SEED)
    means = np.empty((_RESAMPLES, values.shape[1]))
    for at in range(_RESAMPLES):
        means[at] = values[random.integers(0, len(values), len(values))].mean(axis=0)
    low, high = np.percentile(means, [2.5, 97.5], axis=0)
    return low, high
