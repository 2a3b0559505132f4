"""Orders and their lines, with the interval in which each state was the best one known.

Of an order without a record of its own, its lines tell (`stands_alone`). What messages tell of
orders is laid together with it in `canonical_told`.
"""

from __future__ import annotations

from regulars.engines.duckdb import Warehouse
from regulars.intake import canonical_told
from regulars.intake.canonical_told import progress_sql
from regulars.intake.digest import key_of, rank_of
from regulars.intake.landed import landed
from regulars.intake.landing import Landing
from regulars.intake.records import Kind

FOREVER = "TIMESTAMPTZ '2200-01-01 00:00:00+00'"
SCRATCH = (
    "_order_states", "_line_states", "_several", "_weighed", "_changing", "_derived", "_same_as",
    *canonical_told.SCRATCH,
)  # fmt: skip
"""Tables that are in the way once all is made; `_same_as` is made before."""


def read(landing: Landing, kind: Kind) -> str:
    """The SQL of all records of a kind."""
    return landed(landing.segments(str(kind)), kind)


def read_merged(landing: Landing, kind: Kind) -> str:
    """The SQL of all records of a kind, each with the number that survives for its customer."""
    return (
        "(SELECT record.* REPLACE (coalesce(same_as, record.customer_id) AS customer_id)"
        f" FROM {read(landing, kind)} record LEFT JOIN _same_as"
        " ON _same_as.customer_id = record.customer_id)"
    )


_PROGRESS = progress_sql()
_TOLD = " + ".join(
    f"({name} IS NOT NULL)::INTEGER"
    for name in ("customer_id", "source", "coupon", "store", "recipient", "province", "city")
)
"""How much a state tells: a guest who is known later, a source that a later export adds."""

_NEVER = "TIMESTAMPTZ '1970-01-01 00:00:00+00'"
_MERIT = (
    f"row(coalesce(updated_at, {{untimed}}, {_NEVER}), {_PROGRESS}, {_TOLD}, import_no, {{rank}})"
)

_UNTIMED_ORDER = (
    f"CASE WHEN {_PROGRESS} >= max({_PROGRESS}) FILTER (WHERE updated_at IS NOT NULL)"
    " OVER (PARTITION BY key) THEN max(updated_at) OVER (PARTITION BY key) END"
)
"""An export has no time of its own: it is as late as a webhook's states that are no further."""


def _states(warehouse: Warehouse, name: str, records: str, kind: Kind) -> None:
    """The states of orders or lines with the interval in which each was the best one known."""
    entity = "key, occurrence" if kind is Kind.LINE else "key"
    # What is sealed stays in landing, and is the largest part of a record.
    records = f"(SELECT * EXCLUDE (sealed, layout), {key_of(kind)} AS key FROM {records})"
    untimed = _UNTIMED_ORDER if kind is Kind.ORDER else _NEVER
    merit = _MERIT.replace("{rank}", rank_of(kind)).replace("{untimed}", untimed)
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE {name} AS
        SELECT *, {FOREVER} AS known_until FROM (
            SELECT * FROM {records} WHERE closing_at IS NULL OR NOT closing_at > known_at
            UNION ALL BY NAME
            -- Closed later than it was known: open until then, closed from then on.
            SELECT * REPLACE (closing_at AS known_at) FROM {records} WHERE closing_at > known_at
            UNION ALL BY NAME
            SELECT * REPLACE (0 AS refunded,
                              CASE WHEN paid > 0 THEN 'paid' ELSE 'placed' END AS status,
                              NULL AS updated_at)
            FROM {records} WHERE closing_at > known_at
        )
        """
    )
    # Most things have one state, which needs no weighing and stays where it is.
    warehouse.execute(
        f"CREATE OR REPLACE TABLE _several AS"
        f" SELECT {entity} FROM {name} GROUP BY ALL HAVING count(*) > 1"
    )
    if not warehouse.sql("SELECT count(*) AS n FROM _several")["n"][0].as_py():
        return
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _weighed AS
        WITH weighed AS (
            SELECT * EXCLUDE (known_until), {merit} AS merit FROM {name}
            SEMI JOIN _several USING ({entity})
        ),
        best AS (
            SELECT *, max(merit) OVER before AS so_far, row_number() OVER same AS again
            FROM weighed
            WINDOW before AS (PARTITION BY {entity} ORDER BY known_at, merit
                              ROWS UNBOUNDED PRECEDING),
                   same AS (PARTITION BY {entity}, merit ORDER BY known_at)
        ),
        steps AS (
            SELECT * EXCLUDE (so_far, again, merit),
                   coalesce(lead(known_at) OVER (PARTITION BY {entity} ORDER BY known_at, merit),
                            {FOREVER}) AS known_until
            FROM best WHERE merit = so_far AND again = 1
        )
        SELECT * FROM steps WHERE known_until > known_at
        """
    )
    same = " AND ".join(f"{name}.{part} = _several.{part}" for part in entity.split(", "))
    warehouse.execute(f"DELETE FROM {name} USING _several WHERE {same}")
    warehouse.execute(f"INSERT INTO {name} BY NAME FROM _weighed")


def _of_full_tellers(warehouse: Warehouse, landing: Landing) -> str:
    """The SQL of the orders' records that files and webhooks tell."""
    records = read_merged(landing, Kind.ORDER)
    files = f"(FROM {records} WHERE told_by IS NULL)"
    webhooks = f"(FROM {records} WHERE told_by = 'webhook')"
    if not warehouse.sql(f"SELECT count(*) AS n FROM {webhooks}")["n"][0].as_py():
        return files
    # They may come in any order: the first one counts from the order's own time, as a file does,
    # the others from when the platform changed the order.
    first = "updated_at = min(updated_at) OVER (PARTITION BY platform, order_id)"
    return f"""(
        FROM {files} UNION ALL BY NAME
        SELECT * REPLACE (CASE WHEN {first} THEN placed_at
                               ELSE greatest(updated_at, placed_at) END AS known_at)
        FROM {webhooks}
    )"""


def _told_in_full(warehouse: Warehouse, landing: Landing) -> str:
    """Orders; what one does not tell of pieces and amounts comes from its lines and payments."""
    records = _of_full_tellers(warehouse, landing)
    silent = warehouse.sql(
        f"SELECT count(*) AS n FROM {records} WHERE gross IS NULL OR quantity IS NULL"
    )
    if not silent["n"][0].as_py():
        return records
    return f"""(
        WITH goods AS (
            SELECT platform, order_id, sum(gross) AS goods_gross, sum(quantity) AS goods_quantity,
                   sum(shipping) AS goods_shipping
            FROM _line_states WHERE known_until = {FOREVER} GROUP BY platform, order_id
        ),
        payments AS (
            SELECT platform, order_id, sum(last_paid) AS all_paid FROM (
                SELECT platform, order_id, payment_id,
                       arg_max(paid, row(known_at, import_no, {rank_of(Kind.PAYMENT)})) AS last_paid
                FROM {read(landing, Kind.PAYMENT)}
                WHERE coalesce(method, '') NOT IN ('refund', 'number')
                GROUP BY platform, order_id, payment_id
            ) GROUP BY platform, order_id
        ),
        told AS (
            SELECT record.* REPLACE (
                       coalesce(quantity, goods_quantity, 1)::DECIMAL(18,4) AS quantity,
                       coalesce(gross, goods_gross, all_paid, 0)::DECIMAL(18,4) AS gross,
                       coalesce(shipping, goods_shipping, 0)::DECIMAL(18,4) AS shipping,
                       CAST(CASE WHEN status = 'placed' THEN 0
                                 ELSE coalesce(paid, all_paid, goods_gross + goods_shipping, 0)
                            END AS DECIMAL(18,4)) AS paid)
            FROM {records} record
            LEFT JOIN goods USING (platform, order_id)
            LEFT JOIN payments USING (platform, order_id)
        )
        SELECT * REPLACE (
            CASE WHEN status = 'cancelled' THEN greatest(refunded, paid) ELSE refunded END
                AS refunded)
        FROM told
    )"""


_SUMS = ("gross", "shop_discount", "platform_discount", "shipping", "paid", "refunded", "quantity")
_ALIKE = ("currency", "source", "coupon", "store", "province", "city", "country", "recipient")


def orders_and_lines(warehouse: Warehouse, landing: Landing) -> None:
    """Make orders, order_lines and pending_lines; needs `_same_as`."""
    lines = read_merged(landing, Kind.LINE)
    _states(warehouse, "_line_states", f"(FROM {lines} WHERE told_by IS NULL)", Kind.LINE)
    # Goods that an order's export joins in one cell give way to those of a fuller export.
    warehouse.execute(
        """
        DELETE FROM _line_states WHERE in_brief AND (platform, order_id) IN
            (SELECT (platform, order_id) FROM _line_states WHERE NOT in_brief)
        """
    )
    canonical_told.other_numbers(warehouse, read(landing, Kind.PAYMENT))
    canonical_told.told_lines(warehouse, lines, FOREVER)
    _states(warehouse, "_order_states", _told_in_full(warehouse, landing), Kind.ORDER)
    is_told = _put_webhooks_aside(warehouse)
    is_told |= canonical_told.told_orders(
        warehouse, read_merged(landing, Kind.ORDER), read(landing, Kind.PAYMENT), FOREVER
    )
    sums = ", ".join(f"sum({name})::DECIMAL(18,4) AS {name}" for name in _SUMS)
    alike = ", ".join(f"max({name}) AS {name}" for name in _ALIKE)
    alone = (
        "(SELECT line.* FROM _line_states line ANTI JOIN _order_states USING (platform, order_id)"
        " WHERE stands_alone)"
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _changing AS
        SELECT platform, order_id FROM {alone} GROUP BY ALL
        HAVING min(known_at) < max(known_at) OR min(known_until) < {FOREVER}
        """
    )
    # One state of an order for each instant at which one of its lines changed.
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _derived AS
        WITH changing AS MATERIALIZED (
            SELECT * FROM {alone} SEMI JOIN _changing USING (platform, order_id)
        ),
        moments AS (
            SELECT DISTINCT platform, order_id,
                   unnest([known_at, nullif(known_until, {FOREVER})]) AS known_at
            FROM changing
        ),
        at_moments AS (
            SELECT changing.* REPLACE (moments.known_at AS known_at)
            FROM moments JOIN changing USING (platform, order_id)
            WHERE moments.known_at IS NOT NULL
              AND changing.known_at <= moments.known_at AND changing.known_until > moments.known_at
            UNION ALL BY NAME
            SELECT * FROM {alone} ANTI JOIN _changing USING (platform, order_id)
        )
        SELECT platform, order_id, known_at,
               min(import_no) AS import_no, min(line) AS line,
               min(customer_id) AS customer_id,
               min(customer_id) <> max(customer_id) AS is_mixed,
               min(placed_at) AS placed_at, min(paid_at) AS paid_at,
               CASE WHEN bool_or(status = 'completed') THEN 'completed'
                    WHEN bool_or(status = 'shipped') THEN 'shipped'
                    WHEN bool_or(status = 'paid') THEN 'paid'
                    WHEN bool_or(status = 'placed') THEN 'placed'
                    WHEN bool_or(status = 'cancelled') THEN 'cancelled'
                    WHEN bool_or(status = 'returned') THEN 'returned'
                    ELSE 'adjustment' END AS status,
               max(closing_at) AS closing_at, {sums}, {alike}
        FROM at_moments GROUP BY platform, order_id, known_at
        """
    )
    # Where the lines of an order name several customers, the line that comes first by its content
    # tells, since the numbers of customers depend on which file came first.
    warehouse.execute(
        f"""
        UPDATE _derived SET customer_id = told.customer_id FROM (
            SELECT mixed.platform, mixed.order_id, mixed.known_at,
                   arg_min(line.customer_id, {rank_of(Kind.LINE, "line", of_whom=False)})
                       AS customer_id
            FROM (FROM _derived WHERE is_mixed) mixed
            JOIN _line_states line USING (platform, order_id)
            WHERE line.known_at <= mixed.known_at AND line.known_until > mixed.known_at
            GROUP BY ALL
        ) told
        WHERE _derived.platform = told.platform AND _derived.order_id = told.order_id
          AND _derived.known_at = told.known_at
        """
    )
    shared = ", ".join((*_SUMS, *_ALIKE))
    both_kinds = f"""(
        SELECT platform, order_id, known_at, known_until, import_no, line, customer_id,
               placed_at, paid_at, status, closing_at, {shared}
        FROM _order_states
        UNION ALL BY NAME
        SELECT * EXCLUDE (is_mixed), coalesce(lead(known_at) OVER (
            PARTITION BY platform, order_id ORDER BY known_at), {FOREVER}) AS known_until
        FROM _derived
    )"""
    if is_told:
        warehouse.execute(f"CREATE OR REPLACE TABLE _full AS FROM {both_kinds}")
        canonical_told.lay_together(warehouse, FOREVER)
        both_kinds = "_full"
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE orders AS
        WITH both_kinds AS (FROM {both_kinds}),
        numbers AS (
            SELECT platform, order_id,
                   row_number() OVER (ORDER BY min(import_no), min(line), order_id) AS order_no
            FROM both_kinds GROUP BY platform, order_id
        )
        SELECT numbers.order_no, platform, order_id, customer_id, placed_at, paid_at, status,
               gross, shop_discount, platform_discount, shipping, paid, refunded,
               quantity AS items, currency, source, coupon, store, recipient,
               province, city, country, closing_at AS closed_at, known_at, known_until
        FROM both_kinds JOIN numbers USING (platform, order_id)
        ORDER BY customer_id NULLS LAST, placed_at, order_no, known_at
        """
    )
    warehouse.execute(
        """
        CREATE OR REPLACE TABLE order_lines AS
        WITH known AS (
            SELECT order_no, platform, order_id,
                   arg_max(customer_id, known_at) AS customer_id,
                   min(placed_at) AS placed_at
            FROM orders GROUP BY ALL
        )
        SELECT known.order_no, line.import_no, line.line AS line_no, known.customer_id,
               coalesce(line.placed_at, known.placed_at) AS placed_at, line.platform,
               product_id, product_name, category, variant, coalesce(is_goods, true) AS is_goods,
               quantity, unit_price, gross, shop_discount, platform_discount, paid, refunded,
               status, line.known_at, line.known_until
        FROM _line_states line JOIN known USING (platform, order_id)
        ORDER BY known.customer_id NULLS LAST, placed_at, known.order_no, import_no, line_no,
                 line.known_at
        """
    )
    warehouse.execute(
        """
        CREATE OR REPLACE TABLE pending_lines AS
        SELECT line.platform, line.order_id, line.line_id, line.product_name, line.import_no,
               line.line
        FROM _line_states line ANTI JOIN orders USING (platform, order_id)
        ORDER BY import_no, line
        """
    )
    canonical_told.pending_orders(warehouse)


def _put_webhooks_aside(warehouse: Warehouse) -> bool:
    """Orders of webhooks whose lines in a file stand alone: the file tells of these orders too."""
    warehouse.execute(
        "CREATE OR REPLACE TABLE _webhook_states AS FROM _order_states WHERE told_by = 'webhook'"
    )
    if not warehouse.sql("SELECT count(*) AS n FROM _webhook_states")["n"][0].as_py():
        return False
    warehouse.execute(
        """
        DELETE FROM _webhook_states WHERE (platform, order_id) NOT IN
            (SELECT (platform, order_id) FROM _line_states WHERE stands_alone)
        OR (platform, order_id) IN
            (SELECT (platform, order_id) FROM _order_states WHERE told_by IS NULL)
        """
    )
    found = warehouse.sql("SELECT count(*) AS n FROM _webhook_states")["n"][0].as_py()
    if found:
        warehouse.execute(
            "DELETE FROM _order_states WHERE (platform, order_id) IN"
            " (SELECT (platform, order_id) FROM _webhook_states)"
        )
    return bool(found)
