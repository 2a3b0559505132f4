"""Sorting the tails of `events` and merging its runs, beside reading and appending.

One unit of work makes one part of several: a few waiting tails, or runs. Its rows are
copied in slices by node, each a transaction of its own, into a table that nobody sees; one short
transaction then names it in their place. Killed at any moment, nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import accumulate, pairwise

from regulars.engines.duckdb import Warehouse
from regulars.intake.events.table import LISTED, PARTS, SORTED, make_part, make_view, parts
from regulars.kernel.failpoint import reach

_TAILS = 8
"""So many waiting tails are sorted into one run at most."""
_SHARE = 2
"""A run is merged with the smaller ones once they are one in so many of it together: planning a
question costs by the part. 50 million rows stand in four runs at most, and each was sorted seven
times on its way there; merging by pairs of like size costs the same and leaves seven runs."""
_SLICE = 1 << 18
"""Rows that are sorted at once."""
_SAMPLE = 20_000

Part = tuple[str, str, int]


def due(held: Sequence[Part], *, all_of_it: bool = False) -> list[Part]:
    """The parts that are to become one now; none if there is nothing to do.

    >>> due([("a", "sorted", 9), ("b", "waiting", 5), ("c", "tail", 1)])
    [('b', 'waiting', 5)]
    >>> due([("a", "sorted", 9), ("b", "sorted", 3), ("c", "sorted", 1)])
    []
    >>> due([("a", "sorted", 9), ("b", "sorted", 4), ("c", "sorted", 1)])
    [('c', 'sorted', 1), ('b', 'sorted', 4), ('a', 'sorted', 9)]
    """
    if waiting := [one for one in held if one[1] == "waiting"]:
        return waiting[:_TAILS]
    runs = [one for one in held if one[1] == "sorted"]
    if all_of_it:
        return runs if len(runs) > 1 else []
    runs.sort(key=lambda run: run[2])
    smaller = accumulate(rows for *_, rows in runs)
    last = 0
    for place, (together, (*_, rows)) in enumerate(zip(smaller, runs[1:], strict=False), 1):
        if together * _SHARE >= rows:
            last = place
    return runs[: last + 1] if last else []


def compact(
    warehouse: Warehouse,
    changing: Callable[[], AbstractContextManager[object]],
    *,
    all_of_it: bool = False,
) -> bool:
    """Do one unit of work; whether there was one.

    Args:
        warehouse: a cursor of its own.
        changing: held while the catalogue changes, so that nobody else changes it.
        all_of_it: merge all runs into one, however unlike they are.
    """
    with changing():
        group = due(parts(warehouse), all_of_it=all_of_it)
        if not group:
            return False
        made = make_part(warehouse)
    names = [name for name, *_ in group]
    try:
        for slice_ in _slices(warehouse, names):
            told = " UNION ALL ".join(
                f"SELECT {LISTED} FROM {name} WHERE {slice_}" for name in names
            )
            warehouse.execute(f"INSERT INTO {made} FROM ({told}) ORDER BY {SORTED}")
        reach("compact.sorted")
        with changing(), warehouse.transaction():
            rows = sum(rows for *_, rows in group)
            listed = ", ".join(f"'{name}'" for name in names)
            warehouse.execute(f"DELETE FROM {PARTS} WHERE name IN ({listed})")
            warehouse.execute(f"INSERT INTO {PARTS} VALUES ('{made}', 'sorted', {rows})")
            make_view(warehouse)
            for name in names:
                warehouse.execute(f"DROP TABLE {name}")
            reach("compact.swapping")
        reach("compact.swapped")
    except BaseException:
        if made not in {name for name, *_ in parts(warehouse)}:
            warehouse.execute(f"DROP TABLE IF EXISTS {made}")
        raise
    return True


def _slices(warehouse: Warehouse, names: Sequence[str]) -> list[str]:
    """Conditions on `node` that part the rows into slices of about equal size, in order."""
    rows = 0
    sample: list[int] = []
    for name in names:
        found = warehouse.sql(
            f"SELECT node FROM {name} USING SAMPLE reservoir({_SAMPLE} ROWS) REPEATABLE (1)"
        )["node"]
        count = int(warehouse.sql(f"SELECT count(*) AS n FROM {name}")["n"][0].as_py())
        rows += count
        nodes = sorted(found.drop_null().to_pylist())
        # As many of each part as stand for its share.
        step = max(1, len(nodes) * _SLICE // max(1, 8 * count))
        sample += nodes[::step]
    sample.sort()
    wanted = max(1, -(-rows // _SLICE))
    bounds = sorted({sample[len(sample) * place // wanted] for place in range(1, wanted)}
                    if sample else set())  # fmt: skip
    if not bounds:
        return ["true"]
    between = [f"node >= {one} AND node < {other}" for one, other in pairwise(bounds)]
    return [f"(node IS NULL OR node < {bounds[0]})", *between, f"node >= {bounds[-1]}"]
