"""Paths of touches to orders, summed up: the fold behind attribution.

Of every stretch only sums leave: what rules credit each source with, how often one source follows
another, and how often each set of sources led to an order. They are kept by group of customers, so
that the error of what is made of them can be told by leaving out one group at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from regulars.timeline.kernels.touches import credited, threaded, touched
from regulars.timeline.stretch import Stretch

Ints = npt.NDArray[np.int64]

RULES = ("last", "last_non_direct", "first", "linear", "time_decay", "position")
"""In the order in which `credited` has them."""
ONE = 1_000_000
"""An order in units of credit."""
GROUPS = 40
"""Of customers, by a hash of their number."""
_LENGTHS = 10
"""Paths of as many touches or more are counted together."""

_TOUCHES, _CREDIT, _MOVES, _PATHS, _WON, _ORDERS, _LENGTH, _WITHOUT = range(8)
_KEYS = ("what", "part", "a", "b")
_SUMS = ("n", "sales", "profit")


@dataclass(frozen=True, slots=True)
class Touches:
    """The fold: from rows of steps and orders to sums of paths.

    The rows' columns are `is_order` (0 or 1), `source` and `referrer` (numbers of sources, -1 where
    none is), `sales` and `profit` (whole units of money; 0 where the row is no order).

    Attributes:
        sources: how many there are; the last one is the direct one.
        gap, lookback, half_life: microseconds.
        first, last: shares of the first and the last touch by position.
        begins: orders from this instant on are attributed, UTC microseconds.
    """

    sources: int
    gap: int
    lookback: int
    half_life: int
    first: float
    last: float
    begins: int

    def __call__(self, stretch: Stretch) -> pa.Table:
        """Sums of the stretch: `what, part, a, b` name them, `n, sales, profit` are they."""
        told = stretch.columns
        order = told["is_order"].astype(np.int8)
        touch, visit = touched(
            stretch.starts, stretch.at, order, told["source"], told["referrer"], self.gap,
            self.sources - 1,
        )  # fmt: skip
        path, paths = threaded(
            stretch.starts, stretch.at, order, touch, visit, self.lookback, self.begins
        )
        part = parts_of(stretch.customer)
        bought = (order == 1) & (stretch.at >= self.begins)
        won = bought & (path >= 0)
        steps = np.flatnonzero((path >= 0) & (touch >= 0))
        # A customer's paths follow each other, so the touches of a path stand together.
        own, source = path[steps], touch[steps]
        ends = np.searchsorted(own, np.arange(paths), side="right").astype(np.int64)
        amounts = np.stack(
            [np.full(int(won.sum()), ONE), told["sales"][won], told["profit"][won]], axis=1
        ).astype(np.int64)
        found = _Sums()
        found.add(_TOUCHES, a=source)
        credit = credited(
            stretch.at[steps], source, ends, path[won], amounts, float(self.half_life), self.first,
            self.last, self.sources - 1, self.sources,
        )  # fmt: skip
        rule, to = np.indices(credit.shape[:2])
        found.add(
            _CREDIT, a=rule.ravel(), b=to.ravel(), n=credit[..., 0].ravel(),
            sales=credit[..., 1].ravel(), profit=credit[..., 2].ravel(),
        )  # fmt: skip
        self._paths(found, own, source, ends, path[won], part[steps], part[won], amounts)
        without = bought & (path < 0)
        found.add(_WITHOUT, sales=told["sales"][without], profit=told["profit"][without])
        return found.table()

    def _paths(
        self,
        found: _Sums,
        own: Ints,
        source: Ints,
        ends: Ints,
        won: Ints,
        part: Ints,
        part_won: Ints,
        amounts: Ints,
    ) -> None:
        """Add how paths went, and what sets of sources they are."""
        if not len(ends):
            return
        begins = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        converted = np.zeros(len(ends), np.int64)
        converted[won] = 1
        first, last = source[begins], source[ends - 1]
        follows = own[1:] == own[:-1]
        found.add(_MOVES, part[begins], np.full(len(ends), self.sources), first)
        found.add(_MOVES, part[1:][follows], source[:-1][follows], source[1:][follows])
        found.add(_MOVES, part[begins], last, self.sources + 1 - converted)
        sets = np.bitwise_or.reduceat(np.int64(1) << source, begins)
        found.add(_PATHS, part[begins], sets)
        led = converted == 1
        found.add(_WON, part[begins][led], sets[led])
        found.add(
            _ORDERS, part_won, sets[won], sales=amounts[:, 1], profit=amounts[:, 2]
        )  # fmt: skip
        found.add(_LENGTH, a=np.minimum(ends - begins, _LENGTHS)[won])


def parts_of(customer: Ints) -> Ints:
    """The group that each customer belongs to, by a hash of the number.

    >>> int(np.bincount(parts_of(np.arange(100_000))).min())
    2411
    """
    mixed = customer.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(GROUPS)).astype(np.int64)


class _Sums:
    """Rows that are added up before they leave."""

    def __init__(self) -> None:
        self._found: list[pa.Table] = []

    def add(self, what: int, part: Any = 0, a: Any = 0, b: Any = 0, **sums: Any) -> None:
        """Add rows; single values stand for all of them, and `n` is 1 unless told."""
        given = {"part": part, "a": a, "b": b, "n": 1, "sales": 0, "profit": 0} | sums
        rows = max((len(one) for one in given.values() if isinstance(one, np.ndarray)), default=0)
        columns = {"what": np.full(rows, what, np.int64)} | {
            name: np.broadcast_to(np.asarray(one, np.int64), rows) for name, one in given.items()
        }
        self._found.append(
            pa.table({name: np.ascontiguousarray(columns[name]) for name in columns})
        )

    def table(self) -> pa.Table:
        """One row per key."""
        return summed(pa.concat_tables(self._found))


def summed(rows: pa.Table) -> pa.Table:
    """The rows with the same key added up."""
    found = rows.group_by(list(_KEYS), use_threads=False).aggregate(
        [(name, "sum") for name in _SUMS]
    )
    return pa.table({name: found[name] for name in _KEYS} | {n: found[f"{n}_sum"] for n in _SUMS})


@dataclass(frozen=True, slots=True)
class Paths:
    """All that is known of the paths, added up over customers.

    Attributes:
        touches: by source, those in paths.
        credit: by rule, source, and orders (in units of `ONE`), sales, profit.
        moves: by group; from a source (or the start, last) to a source (or an order, or nothing,
            last).
        sets: the sets of sources seen, bit by bit.
        of_sets: by group and set: paths, those that led to orders, orders, sales, profit.
        lengths: orders' paths by number of touches, the last one as many or more.
        without: orders without a path, their sales, and their profit.
    """

    touches: Ints
    credit: Ints
    moves: Ints
    sets: Ints
    of_sets: Ints
    lengths: Ints
    without: tuple[int, int, int]

    @property
    def totals(self) -> tuple[int, int, int]:
        """Orders with a path, their sales, and their profit."""
        orders, sales, profit = self.of_sets.sum(axis=(0, 1))[2:].tolist()
        return orders, sales, profit

    @property
    def converted(self) -> int:
        """Paths that led to an order."""
        return int(self.of_sets[:, :, 1].sum())

    @property
    def lost(self) -> int:
        """Paths that led to none."""
        return int(self.of_sets[:, :, 0].sum()) - self.converted


def paths_of(rows: pa.Table, sources: int) -> Paths:
    """The sums of all stretches as arrays.

    Args:
        rows: what the fold gave.
        sources: how many there are.
    """
    whole = summed(rows)

    def of(what: int) -> dict[str, Ints]:
        own = whole.filter(pc.equal(whole["what"], what))
        return {name: own[name].to_numpy() for name in own.column_names}

    touches = np.zeros(sources, np.int64)
    touches[of(_TOUCHES)["a"]] = of(_TOUCHES)["n"]
    credit = np.zeros((len(RULES), sources, 3), np.int64)
    given = of(_CREDIT)
    credit[given["a"], given["b"]] = np.stack([given[name] for name in _SUMS], axis=1)
    moves = np.zeros((GROUPS, sources + 1, sources + 2), np.int64)
    went = of(_MOVES)
    moves[went["part"], went["a"], went["b"]] = went["n"]
    sets, of_sets = _of_sets(of(_PATHS), of(_WON), of(_ORDERS))
    lengths = np.zeros(_LENGTHS, np.int64)
    lengths[of(_LENGTH)["a"] - 1] = of(_LENGTH)["n"]
    orders, sales, profit = (int(of(_WITHOUT)[name].sum()) for name in _SUMS)
    return Paths(touches, credit, moves, sets, of_sets, lengths, (orders, sales, profit))


def _of_sets(paths: dict[str, Ints], won: dict[str, Ints], orders: dict[str, Ints]) -> Any:
    sets = np.unique(paths["a"])
    of_sets = np.zeros((GROUPS, len(sets), 5), np.int64)
    told = ((paths, ("n",), 0), (won, ("n",), 1), (orders, _SUMS, 2))
    for rows, names, place in told:
        where = np.searchsorted(sets, rows["a"])
        for column, name in enumerate(names, start=place):
            of_sets[rows["part"], where, column] = rows[name]
    return sets, of_sets
