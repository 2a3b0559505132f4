"""Who is who, from all links at once: made with the canonical tables, from landing.

Files tell links too: a record's own id beside a phone or an e-mail address, and a platform's
numbers of one customer (`also_known_as`). Links that a server has taken in and not settled yet
stand in the warehouse only, and stay there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.engines.duckdb import parquet
from regulars.intake.identity.graph import resolve_part
from regulars.intake.identity.ids import EMAIL, PHONE, node_sql
from regulars.intake.identity.link import KIND, SCHEMA, TEXTS, as_nodes, gathered, prepare
from regulars.intake.ids_log import read_ids
from regulars.intake.landed import landed
from regulars.intake.records import Kind

if TYPE_CHECKING:
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.landing import Landing
    from regulars.settings import IdentitySettings

_SCRATCH = ("_all_links", "_all_nodes", "_id_nodes")


def build(warehouse: Warehouse, landing: Landing, settings: IdentitySettings) -> None:
    """Make the tables of identity from all that landing holds and what waits to be settled.

    To be called inside a transaction.
    """
    prepare(warehouse)
    warehouse.register("_logged_ids", read_ids(landing.folder))
    given = ["identities", "_logged_ids"]
    if segments := landing.segments("ids"):
        given.append(parquet(segments))
    union = " UNION ".join(f"SELECT customer_id, namespace, identity FROM {one}" for one in given)
    warehouse.execute(f"CREATE OR REPLACE TABLE identities AS FROM ({union}) ORDER BY customer_id")
    warehouse.unregister("_logged_ids")
    told = [_of_files(landing)]
    if segments := landing.segments(KIND):
        names = ", ".join(f'"{name}"' for name in SCHEMA.names)
        told.append(f"SELECT {names} FROM {parquet(segments)}")
    links = as_nodes(f"({' UNION ALL BY NAME '.join(told)})")
    # What a server has taken in stays until landing has it, and is the same link then.
    waiting = """
        SELECT link.*, one.namespace AS one_namespace, one.identity AS one_identity,
               other.namespace AS other_namespace, other.identity AS other_identity
        FROM identity_links link
        JOIN identity_nodes one ON one.node = link.one
        JOIN identity_nodes other ON other.node = link.other
        WHERE connection <> ''"""
    warehouse.execute(
        "CREATE OR REPLACE TEMP TABLE _all_links AS"
        f" FROM {gathered(f'(FROM {links} UNION ALL BY NAME {waiting})', *TEXTS)}"
    )
    warehouse.execute(
        "CREATE OR REPLACE TEMP TABLE _id_nodes AS"
        f" SELECT {node_sql('namespace', 'identity')} AS node, customer_id FROM identities"
    )
    warehouse.execute(
        """
        CREATE OR REPLACE TABLE identity_nodes AS
        SELECT node, any_value(namespace) AS namespace, any_value(identity) AS identity,
               any_value(customer_id) AS customer_id
        FROM (
            SELECT one AS node, one_namespace AS namespace, one_identity AS identity
            FROM _all_links
            UNION ALL SELECT other, other_namespace, other_identity FROM _all_links
        ) LEFT JOIN _id_nodes USING (node)
        GROUP BY node ORDER BY node
        """
    )
    warehouse.execute(
        "CREATE OR REPLACE TABLE identity_links AS"
        ' SELECT one, other, how, verified, "at", connection FROM _all_links'
        ' ORDER BY one, other, how, verified, "at"'
    )
    mark(warehouse)
    remake(warehouse, settings)
    for name in _SCRATCH:
        warehouse.execute(f"DROP TABLE IF EXISTS {name}")


def remake(warehouse: Warehouse, settings: IdentitySettings) -> None:
    """Make `merges` and `shared_keys` from all of `identity_links`."""
    warehouse.execute(
        "CREATE OR REPLACE TEMP TABLE _all_nodes AS"
        " SELECT row_number() OVER () - 1 AS place, *, false AS is_runaway FROM identity_nodes"
    )
    merges, shared = resolve_part(warehouse, "_all_nodes", "identity_links", settings)
    warehouse.register("_found", merges)
    warehouse.execute("CREATE OR REPLACE TABLE merges AS FROM _found ORDER BY customer_id")
    warehouse.register("_found", shared)
    warehouse.execute(
        "CREATE OR REPLACE TABLE shared_keys AS SELECT node, namespace, customer_id, why"
        " FROM (SELECT place, why FROM _found) JOIN _all_nodes USING (place) ORDER BY node"
    )
    warehouse.unregister("_found")
    warehouse.execute("DROP TABLE _all_nodes")


def mark(warehouse: Warehouse) -> None:
    """Note up to which number ids are known to the links."""
    warehouse.execute("DELETE FROM identity_mark")
    warehouse.execute(
        "INSERT INTO identity_mark SELECT coalesce(max(customer_id), 0) FROM identities"
    )


def _of_files(landing: Landing) -> str:
    """The SQL of the links that records of files tell."""
    told = []
    for kind, at in (
        (Kind.ORDER, "placed_at"),
        (Kind.LINE, "placed_at"),
        (Kind.CUSTOMER, "coalesce(registered_at, updated_at)"),
    ):
        records = landed(landing.segments(str(kind)), kind)
        told += [
            f"SELECT customer_id, '{key}' AS other_namespace, {key}_hash AS other_identity,"
            f" 'together' AS how, {at} AS \"at\" FROM {records}"
            f" WHERE customer_id IS NOT NULL AND {key}_hash IS NOT NULL"
            for key in (PHONE, EMAIL)
        ]
    # Of several customers of one order's number the last told is the one; see `also_known_as`.
    told.append(
        f"""
        SELECT arg_max(customer_id, row(known_at, import_no, line)) AS customer_id,
               platform || ':order' AS other_namespace, also_known_as AS other_identity,
               'alias' AS how, NULL::TIMESTAMPTZ AS "at"
        FROM {landed(landing.segments(str(Kind.CUSTOMER)), Kind.CUSTOMER)}
        WHERE also_known_as IS NOT NULL GROUP BY ALL"""
    )
    return f"""
        SELECT namespace AS one_namespace, identity AS one_identity,
               other_namespace, other_identity, how, false AS verified, min("at") AS "at",
               '' AS connection
        FROM ({" UNION ALL ".join(told)}) JOIN identities USING (customer_id)
        GROUP BY ALL
    """
