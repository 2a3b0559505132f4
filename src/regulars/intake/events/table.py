"""The events of the warehouse: a tail that is appended to, and runs sorted by customer.

`events` is a view over parts: the tail, former tails that wait to be sorted, and runs sorted by
(node, at, seq). Sorting goes on beside reading and appending, in slices of bounded memory, and runs
are merged, so that few are touched by a question about one customer. A part is seen
once `events_parts` names it, and that is changed in one transaction with the view.

Of whom an event is, is told by `node`, the number that its id was given; it never changes. The view
tells in `customer_id` the one who it is by today.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.intake.identity.link import prepare as prepare_identity

COLUMNS: dict[str, str] = {
    "seq": "BIGINT",
    "node": "BIGINT",
    "connection": "VARCHAR",
    "platform": "VARCHAR",
    "message_id": "VARCHAR",
    "type": "VARCHAR",
    "name": "VARCHAR",
    "at": "TIMESTAMPTZ",
    "received_at": "TIMESTAMPTZ",
    "product_id": "VARCHAR",
    "category": "VARCHAR",
    "order_id": "VARCHAR",
    "amount": "DECIMAL(18,4)",
    "quantity": "DECIMAL(18,4)",
    "search": "VARCHAR",
    "url": "VARCHAR",
    "referrer": "VARCHAR",
    "source": "VARCHAR",
    "medium": "VARCHAR",
    "campaign": "VARCHAR",
    "term": "VARCHAR",
    "content": "VARCHAR",
    "inviter": "VARCHAR",
    "session": "VARCHAR",
    "properties": "VARCHAR",
    "context": "VARCHAR",
}
"""The columns of every part, with their SQL types; the view has `customer_id` besides."""

VIEW = "events"
ALL = "events_all"
"""The view of all parts, without a look at who is who."""
PARTS = "events_parts"
PREFIX = "events_"
"""Of the tables behind the view, and of all that is kept beside them."""

ROTATE = 1 << 18
"""Rows after which a new tail is begun."""

_NEAR = 1_000
"""Numbers of one customer that are no further apart are looked for together."""
_APART = 16
"""So many numbers of one customer are looked for one by one."""

_DEFINED = ", ".join(f'"{name}" {told}' for name, told in COLUMNS.items())
LISTED = ", ".join(f'"{name}"' for name in COLUMNS)
"""The columns as SQL."""
SORTED = 'node NULLS FIRST, "at", seq'
"""The order of a sorted run."""


def prepare(warehouse: Warehouse) -> None:
    """Make what is not there yet, and remove what a killed compaction left."""
    prepare_identity(warehouse)
    if warehouse.has(PARTS):
        known = {name for name, *_ in parts(warehouse)}
        for name in warehouse.tables():
            if name.startswith("events_part_") and name not in known:
                warehouse.execute(f'DROP TABLE "{name}"')
        return
    with warehouse.transaction():
        warehouse.execute(f"CREATE TABLE {PARTS} (name VARCHAR, state VARCHAR, rows BIGINT)")
        begin_tail(warehouse)


def parts(warehouse: Warehouse) -> list[tuple[str, str, int]]:
    """Name, state (`tail`, `waiting`, `sorted`) and rows of each part, the oldest first."""
    found = warehouse.sql(f"SELECT name, state, rows FROM {PARTS} ORDER BY name")
    return [(row["name"], row["state"], int(row["rows"])) for row in found.to_pylist()]


def begin_tail(warehouse: Warehouse) -> str:
    """Begin a new tail, inside a transaction; the former one waits to be sorted."""
    warehouse.execute(f"UPDATE {PARTS} SET state = 'waiting' WHERE state = 'tail'")
    name = make_part(warehouse)
    warehouse.execute(f"INSERT INTO {PARTS} VALUES ('{name}', 'tail', 0)")
    make_view(warehouse)
    return name


def make_part(warehouse: Warehouse) -> str:
    """An empty table for a part, not seen by anybody yet."""
    taken = [int(name[-9:]) for name in warehouse.tables() if name.startswith("events_part_")]
    name = f"events_part_{max(taken, default=0) + 1:09d}"
    warehouse.execute(f"CREATE TABLE {name} ({_DEFINED})")
    return name


def make_view(warehouse: Warehouse) -> None:
    """The view over the parts of today."""
    told = " UNION ALL ".join(f"SELECT {LISTED} FROM {name}" for name, *_ in parts(warehouse))
    warehouse.execute(f"CREATE OR REPLACE VIEW {ALL} AS {told}")
    warehouse.execute(
        f"""
        CREATE OR REPLACE VIEW {VIEW} AS
        SELECT coalesce(merges.survivor, told.node) AS customer_id, told.*
        FROM {ALL} told LEFT JOIN merges ON merges.customer_id = told.node
        """
    )


def history(
    warehouse: Warehouse,
    numbers: Sequence[int],
    before: tuple[int, int] | None = None,
    limit: int = 100,
    columns: Collection[str] = tuple(COLUMNS),
) -> pa.Table:
    """The latest events of one customer, the newest first.

    Args:
        warehouse: where they are; its tables are `prepare`d.
        numbers: all numbers that are this customer by today, its own among them.
        before: (at in UTC microseconds, seq): only what came before it.
        limit: how many at most.
        columns: which are wanted, `at` and `seq` among them. Few cost less: each is planned for
            every part, and `context` is most of an event.
    """
    listed = ", ".join(f'"{name}"' for name in columns)
    if not numbers:
        empty = ", ".join(f'NULL::{COLUMNS[name]} AS "{name}"' for name in columns)
        return warehouse.sql(f"SELECT {empty} LIMIT 0")
    then = ""
    if before is not None:
        at, seq = (int(one) for one in before)
        instant = f"make_timestamptz({at})"
        then = f' AND ("at" < {instant} OR ("at" = {instant} AND seq < {seq}))'
    # The engine passes over what an equality cannot hold in, but not over what a list cannot. And
    # it is one statement, so that a compaction cannot take a part away between two; to look first
    # where the rows stand, and then for their columns only there, takes twice as long.
    order = f'ORDER BY "at" DESC, seq DESC LIMIT {int(limit)}'
    whose = _near_each_other(numbers)
    if len(whose) == 1:  # to plan one level of columns less is a third of the work
        return warehouse.sql(f"SELECT {listed} FROM {ALL} WHERE {whose[0]}{then} {order}")
    if len(whose) > _APART:
        whose = [f"({' OR '.join(f'({one})' for one in whose)})"]
    told = " UNION ALL ".join(
        f"(SELECT {listed} FROM {ALL} WHERE {one}{then} {order})" for one in whose
    )
    return warehouse.sql(f"FROM ({told}) {order}")


def _near_each_other(numbers: Sequence[int]) -> list[str]:
    """Conditions on `node`, one for numbers that lie in the same stretches of the parts.

    >>> _near_each_other([7, 5, 90_000])
    ['node BETWEEN 5 AND 7 AND (node = 5 OR node = 7)', 'node = 90000']
    """
    groups: list[list[int]] = []
    for one in sorted({int(number) for number in numbers}):
        if groups and one - groups[-1][-1] <= _NEAR:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [
        f"node = {group[0]}" if len(group) == 1
        else f"node BETWEEN {group[0]} AND {group[-1]}"
        f" AND ({' OR '.join(f'node = {one}' for one in group)})"
        for group in groups
    ]  # fmt: skip
