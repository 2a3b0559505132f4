"""The canonical tables of the warehouse, derived from landing and from nothing else.

`build` makes customers, products, orders, order_lines, pending_lines and spend anew
(docs/tables.md). Of several states of one thing the better one holds: the later by its own time,
then the further status, the larger refund, the one that tells more. So far it does not matter which
file came first; where two states contradict each other in nothing but an amount, the later import
holds. `known_at` and `known_until` tell from when to when a state was the best one known.

Who is who (`intake/identity`) is made first: all that was ever told of a customer's numbers stands
under the one that survives.
"""

from __future__ import annotations

import msgspec

from regulars.engines.duckdb import Warehouse, literal
from regulars.intake.canonical_orders import (
    FOREVER,
    SCRATCH,
    orders_and_lines,
    read,
    read_merged,
)
from regulars.intake.digest import key_of, rank_of
from regulars.intake.landing import Landing
from regulars.intake.records import Kind
from regulars.settings import IdentitySettings

_META = "warehouse_meta"
_VERSION = "4"
_AS_SET = IdentitySettings()
_OF_MESSAGES = ("events", "messages")
"""Sources of the entries that settling makes: what came in, and what it told of orders."""


def is_current(
    warehouse: Warehouse, landing: Landing, identity: IdentitySettings = _AS_SET
) -> bool:
    """Whether the tables were made from all that landing holds, by this version of the code.

    Args:
        warehouse: of the home.
        landing: of the home.
        identity: when ids are taken for one person.
    """
    if made_from(warehouse) != landing.head():
        return False
    found = warehouse.sql(f"SELECT value FROM {_META} WHERE key = 'identity'")["value"].to_pylist()
    return bool(found == [_told(identity)])


def lacks_more_than_messages(
    warehouse: Warehouse, landing: Landing, identity: IdentitySettings = _AS_SET
) -> bool:
    """Whether the tables lack a file's rows, or an operator's word on who is who.

    What a server settles many times a day stands in `events` and in `merges` as it comes in: who
    asks for one customer's history need not wait until all tables are made anew for that.

    Args:
        warehouse: of the home, beside a server.
        landing: of the home.
        identity: when ids are taken for one person.
    """
    if is_current(warehouse, landing, identity):
        return False
    known = 0
    if made_from(warehouse) is not None:
        meta = warehouse.sql(f"SELECT key, value FROM {_META}").to_pylist()
        told = {row["key"]: row["value"] for row in meta}
        if told["identity"] != _told(identity):
            return True
        known = int(told.get("entries", 0))
    return any(entry.source not in _OF_MESSAGES for entry in landing.entries()[known:])


def _told(identity: IdentitySettings) -> str:
    return msgspec.json.encode(identity).decode()


def made_from(warehouse: Warehouse) -> str | None:
    """The head of the log that the tables were made from; None if this version made none."""
    if not warehouse.has(_META):
        return None
    rows = warehouse.sql(f"SELECT key, value FROM {_META}").to_pylist()
    meta = {row["key"]: row["value"] for row in rows}
    return meta.get("head") if meta.get("version") == _VERSION else None


def build(warehouse: Warehouse, landing: Landing, identity: IdentitySettings = _AS_SET) -> None:
    """Make the canonical tables from landing, all of them or none.

    Args:
        warehouse: of the home.
        landing: of the home.
        identity: when ids are taken for one person.
    """
    from regulars.intake.identity import merges  # slow to load, and most verbs only ask is_current

    entries, head = len(landing.entries()), landing.head()  # what comes between is read again
    with warehouse.transaction():
        merges.build(warehouse, landing, identity)
        warehouse.execute(
            "CREATE OR REPLACE TABLE _same_as AS"
            " SELECT customer_id, survivor AS same_as FROM merges"
        )
        orders_and_lines(warehouse, landing)
        _products(warehouse, landing)
        _customers(warehouse, landing)
        _spend(warehouse, landing)
        for scratch in (
            *SCRATCH,
            "_customer_records",
        ):  # before the commit, which would write them out
            warehouse.execute(f"DROP TABLE IF EXISTS {scratch}")
        warehouse.execute(
            f"CREATE OR REPLACE TABLE {_META} AS SELECT * FROM"
            f" (VALUES ('head', '{head}'), ('version', '{_VERSION}'), ('entries', '{entries}'),"
            f" ('identity', {literal(_told(identity))})) AS meta(key, value)"
        )


def _products(warehouse: Warehouse, landing: Landing) -> None:
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE products AS
        SELECT platform, product_id, product_name, category, department, brand, variant,
               unit_price, cost, known_at,
               coalesce(lead(known_at) OVER told, {FOREVER}) AS known_until
        FROM (
            SELECT * FROM {read(landing, Kind.PRODUCT)}
            QUALIFY row_number() OVER (
                PARTITION BY platform, product_id, known_at
                ORDER BY {rank_of(Kind.PRODUCT)} DESC) = 1
        )
        WINDOW told AS (PARTITION BY platform, product_id ORDER BY known_at)
        ORDER BY platform, product_id, known_at
        """
    )


def _spend(warehouse: Warehouse, landing: Landing) -> None:
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE spend AS
        SELECT day, platform, source, campaign, ad, spend, impressions, clicks, currency, known_at,
               coalesce(lead(known_at) OVER told, {FOREVER}) AS known_until
        FROM (
            SELECT *, {key_of(Kind.SPEND)} AS key FROM {read(landing, Kind.SPEND)}
            QUALIFY row_number() OVER (PARTITION BY key, occurrence, known_at
                ORDER BY updated_at DESC NULLS LAST, import_no DESC,
                         {rank_of(Kind.SPEND)} DESC) = 1
        )
        WINDOW told AS (PARTITION BY key, occurrence ORDER BY known_at)
        ORDER BY day, platform, source, campaign, ad, known_at
        """
    )


_ATTRIBUTES = (
    "registered_at", "gender", "birth_date", "province", "city", "country", "education",
    "reputation", "source",
)  # fmt: skip


def _customers(warehouse: Warehouse, landing: Landing) -> None:
    records = read_merged(landing, Kind.CUSTOMER)
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _customer_records AS
        SELECT customer_id, known_at, {rank_of(Kind.CUSTOMER)} AS rank, interests, tags, traits,
               sealed,
               {", ".join(_ATTRIBUTES)} FROM {records}
        UNION ALL BY NAME
        SELECT customer_id, min(known_at) AS known_at FROM orders
        WHERE customer_id IS NOT NULL GROUP BY customer_id
        """
    )
    latest = ", ".join(
        f"arg_max({name}, row(record.known_at, rank)) FILTER (WHERE {name} IS NOT NULL) AS {name}"
        for name in _ATTRIBUTES
    )
    listed = ", ".join(
        f"list_sort(list_distinct(flatten(coalesce(list({name})"
        f" FILTER (WHERE {name} IS NOT NULL), [])))) AS {name}"
        for name in ("interests", "tags")
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE customers AS
        WITH moments AS (SELECT DISTINCT customer_id, known_at FROM _customer_records),
        told AS (
            SELECT moments.customer_id, moments.known_at, {latest}, {listed},
                   list(traits ORDER BY record.known_at, rank)
                       FILTER (WHERE traits IS NOT NULL) AS told_traits
            FROM moments JOIN _customer_records record
              ON record.customer_id = moments.customer_id AND record.known_at <= moments.known_at
            GROUP BY ALL
        )
        SELECT told.customer_id, ids.namespace, ids.identity, {", ".join(_ATTRIBUTES)},
               interests, tags,
               coalesce(list_reduce(told_traits, lambda one, two: map_concat(one, two)),
                        MAP {{}}::MAP(VARCHAR, VARCHAR)) AS traits,
               known_at,
               coalesce(lead(known_at) OVER (PARTITION BY told.customer_id ORDER BY known_at),
                        {FOREVER}) AS known_until
        FROM told JOIN identities ids USING (customer_id)
        ORDER BY told.customer_id, known_at
        """
    )
    # Sealed personal fields: those of the customers file before those that orders happen to carry.
    # They open with the key of the number that they came under.
    carried = " UNION ALL BY NAME ".join(
        f"SELECT customer_id AS sealed_for, known_at, {weight} AS weight, import_no, line, sealed"
        f" FROM {read(landing, kind)} WHERE sealed IS NOT NULL"
        for weight, kind in ((2, Kind.CUSTOMER), (1, Kind.ORDER), (1, Kind.LINE))
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE seals AS
        SELECT coalesce(same_as, sealed_for) AS customer_id, sealed_for, known_at, weight, sealed
        FROM ({carried}) LEFT JOIN _same_as ON _same_as.customer_id = sealed_for
        QUALIFY row_number() OVER (PARTITION BY sealed_for, weight, known_at
                                   ORDER BY import_no DESC, line DESC) = 1
        ORDER BY customer_id, weight, known_at, sealed_for
        """
    )
