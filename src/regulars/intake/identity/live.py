"""Links as they come in: `merges` and `shared_keys` kept up to date for what they touch.

`take` gives the same tables as `merges.remake` does from all links at once, since `resolve` looks
at connected parts only. A key that too many share joins nothing however many more come, so what
lies behind it is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.intake.identity.graph import resolve_part
from regulars.intake.identity.ids import ORDER_STRENGTH, node_sql, strength_sql
from regulars.intake.identity.link import (
    IS_WORD,
    TEXTS,
    as_nodes,
    gathered,
    is_earlier,
    prepare,
    same_meaning,
)
from regulars.intake.identity.merges import mark, remake

if TYPE_CHECKING:
    import pyarrow as pa

    from regulars.engines.duckdb import Warehouse
    from regulars.settings import IdentitySettings

PART_NODES, PART_LINKS = "_part_nodes", "_part_links"
"""The part of the graph that is looked at (`reach`)."""

_SCRATCH = (
    "_told_links", "_same_links", "_new_links", "_ids", "_known_ids", "_numbered", "_frontier",
    "_reached", "_touched", "_now", "_was", "_gone", PART_LINKS, PART_NODES,
)  # fmt: skip


def take(warehouse: Warehouse, links: pa.Table, settings: IdentitySettings) -> None:
    """Add links and bring `merges` up to date, for the part of the customers that they touch.

    To be called inside a transaction, when the numbers of new ids stand in `identities`; also
    without any links, since a number may have been given to a key of which older links know.

    Args:
        warehouse: of the home.
        links: as `link.SCHEMA`, in any order, repeats allowed.
        settings: when ids are taken for one person.
    """
    prepare(warehouse)
    warehouse.register("_given_links", links)
    _add_links(warehouse)
    _add_nodes(warehouse)
    if _count(warehouse, f"_new_links WHERE {IS_WORD}"):
        remake(warehouse, settings)  # a word may give a key back that was cut off
    elif _count(warehouse, "_touched"):
        reach(warehouse, "_touched")
        _update(warehouse, settings)
    warehouse.unregister("_given_links")
    let_go(warehouse)


def let_go(warehouse: Warehouse) -> None:
    """Drop the tables that the work needed."""
    for name in _SCRATCH:
        warehouse.execute(f"DROP TABLE IF EXISTS {name}")


def _scratch(warehouse: Warehouse, name: str, query: str) -> None:
    warehouse.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")


def _count(warehouse: Warehouse, rows: str) -> int:
    return int(warehouse.sql(f"SELECT count(*) AS n FROM {rows}")["n"][0].as_py())


def _add_links(warehouse: Warehouse) -> None:
    """Put what is new of the links into `identity_links` and `_new_links`."""
    _scratch(warehouse, "_told_links", f"FROM {gathered(as_nodes('_given_links'), *TEXTS)}")
    # What was told is little, what is known is much: the small side is built, the large scanned.
    _scratch(
        warehouse, "_same_links", "FROM identity_links SEMI JOIN _told_links USING (one, other)"
    )
    _scratch(
        warehouse,
        "_new_links",
        f"""
        FROM _told_links told WHERE NOT EXISTS (
            FROM _same_links known
            WHERE {same_meaning("known", "told")} AND NOT {is_earlier("told", "known")})
        """,
    )
    again = same_meaning("known", "told")
    if _count(warehouse, f"_same_links known JOIN _new_links told ON {again}"):
        same = same_meaning("identity_links", "_new_links")
        warehouse.execute(f"DELETE FROM identity_links USING _new_links WHERE {same}")
    warehouse.execute(
        'INSERT INTO identity_links SELECT one, other, how, verified, "at", connection'
        " FROM _new_links"
    )


def _add_nodes(warehouse: Warehouse) -> None:
    """Put new ids into `identity_nodes`, and what the links and new numbers touch aside."""
    node = node_sql("namespace", "identity")
    _scratch(
        warehouse,
        "_numbered",
        f"SELECT {node} AS node, namespace, identity, customer_id FROM identities WHERE customer_id"
        " > (SELECT coalesce(max(last_number), 0) FROM identity_mark)",
    )
    _scratch(
        warehouse,
        "_ids",
        """
        SELECT node, any_value(namespace) AS namespace, any_value(identity) AS identity FROM (
            SELECT one AS node, one_namespace AS namespace, one_identity AS identity
            FROM _new_links
            UNION ALL
            SELECT other, other_namespace, other_identity FROM _new_links
        ) GROUP BY node
        """,
    )
    _scratch(
        warehouse,
        "_known_ids",
        "FROM identity_nodes"
        " SEMI JOIN (SELECT node FROM _ids UNION SELECT node FROM _numbered) USING (node)",
    )
    # Ids that are new to links: most have just been given their number.
    _scratch(
        warehouse,
        "_ids",
        """
        SELECT _ids.*, _numbered.customer_id FROM (FROM _ids ANTI JOIN _known_ids USING (node)) _ids
        LEFT JOIN _numbered USING (node)
        """,
    )
    if _count(warehouse, "_ids WHERE customer_id IS NULL"):
        warehouse.execute(
            """
            UPDATE _ids SET customer_id = told.customer_id FROM (
                SELECT node, identities.customer_id FROM identities
                JOIN (FROM _ids WHERE customer_id IS NULL) USING (namespace, identity)
            ) told WHERE _ids.node = told.node
            """
        )
    warehouse.execute(
        "INSERT INTO identity_nodes SELECT node, namespace, identity, customer_id FROM _ids"
    )
    # Keys that were known beside an account only, and have a number of their own now.
    _scratch(
        warehouse,
        "_numbered",
        "SELECT node, _numbered.customer_id FROM _numbered JOIN _known_ids USING (node)"
        " WHERE _known_ids.customer_id IS NULL",
    )
    if _count(warehouse, "_numbered"):
        warehouse.execute(
            "UPDATE identity_nodes SET customer_id = _numbered.customer_id FROM _numbered"
            " WHERE identity_nodes.node = _numbered.node"
        )
    mark(warehouse)
    _scratch(
        warehouse,
        "_touched",
        "SELECT one AS node FROM _new_links UNION SELECT other FROM _new_links"
        " UNION SELECT node FROM _numbered",
    )


def reach(warehouse: Warehouse, touched: str) -> None:
    """Make PART_NODES and PART_LINKS: all that the nodes of a table are connected with."""
    warehouse.execute("CREATE OR REPLACE TEMP TABLE _reached (node UHUGEINT, is_runaway BOOLEAN)")
    _scratch(warehouse, "_part_links", "FROM identity_links LIMIT 0")
    came = touched
    while True:
        _scratch(
            warehouse,
            "_frontier",
            f"""
            SELECT node, EXISTS (FROM shared_keys shared
                                 WHERE shared.node = came.node AND why = 'runaway'
                                   AND {strength_sql("namespace")} < {ORDER_STRENGTH}) AS is_runaway
            FROM {came} came ANTI JOIN _reached USING (node)
            """,
        )
        if not _count(warehouse, "_frontier"):
            break
        warehouse.execute("INSERT INTO _reached FROM _frontier")
        # Behind a key that joins nothing there is nobody to be joined.
        _scratch(
            warehouse,
            "_frontier",
            """
            FROM identity_links
            WHERE one IN (SELECT node FROM _frontier WHERE NOT is_runaway)
               OR other IN (SELECT node FROM _frontier WHERE NOT is_runaway)
            """,
        )
        warehouse.execute("INSERT INTO _part_links FROM _frontier")
        came = "(SELECT one AS node FROM _frontier UNION SELECT other FROM _frontier)"
    _scratch(
        warehouse,
        PART_NODES,
        "SELECT row_number() OVER () - 1 AS place, identity_nodes.*, is_runaway"
        " FROM identity_nodes JOIN _reached USING (node)",
    )
    _scratch(warehouse, PART_LINKS, f"SELECT DISTINCT * FROM {PART_LINKS}")


def _update(warehouse: Warehouse, settings: IdentitySettings) -> None:
    """Resolve the part, and write what has changed of it."""
    merges, shared = resolve_part(warehouse, PART_NODES, PART_LINKS, settings)
    for table, now, key in (("merges", merges, "customer_id"), ("shared_keys", shared, "node")):
        warehouse.register("_found", now)
        found = "_found"
        if table == "shared_keys":
            found = f"""(SELECT node, part.namespace, part.customer_id, why
                         FROM _found JOIN {PART_NODES} part USING (place) WHERE NOT is_runaway)"""
        looked_at = f"(FROM {PART_NODES} WHERE NOT is_runaway)"
        _scratch(warehouse, "_now", f"FROM {found}")
        _scratch(warehouse, "_was", f"FROM {table} SEMI JOIN {looked_at} USING ({key})")
        _scratch(warehouse, "_gone", "FROM _was EXCEPT FROM _now")
        if _count(warehouse, "_gone"):
            warehouse.execute(f"DELETE FROM {table} USING _gone WHERE {table}.{key} = _gone.{key}")
        warehouse.execute(f"INSERT INTO {table} BY NAME (FROM _now EXCEPT FROM _was)")
        warehouse.unregister("_found")
