"""Orders that messages tell of, and how one order comes of what messages and files tell.

Three kinds of sources tell of an order (`told_by`):

- a **file**: all of it, as of an unknown moment;
- a **webhook**: all of it, as of `updated_at`;
- an **event**: some of it, as it happened; refunds come one by one.

What events tell is laid one upon the other: how far the order has come, the latest amounts, who and
whence. Where a file or webhook tells of the same order, its amounts and goods hold; from events it
takes what it does not know itself (customer, source, coupon), how far the order has come since, and
refunds that are larger than its own. So the result does not depend on what came first, and no
refund counts twice. An order of which only parts are known, without a time or an amount, waits in
`pending_orders`.
"""

from __future__ import annotations

from regulars.engines.duckdb import Warehouse
from regulars.intake.digest import rank_of
from regulars.intake.records import RANK, Kind, Status

_ORDER = "platform, order_id"
_PAID = "('paid', 'shipped', 'completed')"
SCRATCH = ("_numbers", "_told", "_webhook_states", "_refunds", "_told_lines", "_moments", "_full")
"""Tables that are in the way once all is made."""


def rank_sql(status: str) -> str:
    """The SQL of how far a status is."""
    cases = " ".join(f"WHEN '{name}' THEN {rank}" for name, rank in RANK.items())
    return f"CASE {status} {cases} END"


def progress_sql(table: str = "") -> str:
    """The SQL of how far an order or line has come, of one table where several have its columns.

    Whether it is over; then what was given back, which never becomes less, while platforms forget
    that a good was sent once some of it was given back; then the status.
    """
    status, refunded = (f"{table}.{name}" if table else name for name in ("status", "refunded"))
    rank = rank_sql(status)
    return f"row(greatest({rank}, {RANK[Status.COMPLETED]}), {refunded}, {rank})"


def other_numbers(warehouse: Warehouse, payments: str) -> None:
    """Make `_numbers`: other numbers of orders, which webhooks tell."""
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _numbers AS
        SELECT platform, payment_id AS number, min(order_id) AS own
        FROM {payments} WHERE method = 'number' GROUP BY ALL
        """
    )


def _by_own_number(records: str) -> str:
    """The SQL of records, their orders by the number that the platform's exports have."""
    return (
        "(SELECT record.* REPLACE (coalesce(own, record.order_id) AS order_id)"
        f" FROM {records} record LEFT JOIN _numbers"
        " ON _numbers.platform = record.platform AND number = record.order_id)"
    )


def told_lines(warehouse: Warehouse, lines: str, forever: str) -> None:
    """Add the goods that messages tell to `_line_states`, where no file tells those of the order.

    Each message lists all goods of the order, as of its `updated_at`. Those of a webhook go before
    those of events.

    Args:
        warehouse: with `_line_states`, the states of lines that files tell.
        lines: the SQL of all lines of landing.
        forever: the SQL of the end of what holds still.
    """
    content = rank_of(Kind.LINE, of_whom=False)
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _told_lines AS
        SELECT * EXCLUDE (sealed, layout)
        FROM {_by_own_number(f"(FROM {lines} WHERE told_by IS NOT NULL)")}
        """
    )
    if not warehouse.sql("SELECT count(*) AS n FROM _told_lines")["n"][0].as_py():
        return
    warehouse.execute(
        f"DELETE FROM _told_lines WHERE ({_ORDER}) IN (SELECT ({_ORDER}) FROM _line_states)"
    )
    warehouse.execute(
        f"""
        INSERT INTO _line_states BY NAME
        WITH told AS (
            SELECT *, told_by = 'webhook' AS in_full FROM _told_lines
            QUALIFY in_full = bool_or(in_full) OVER (PARTITION BY {_ORDER})
        ),
        once AS (
            SELECT * EXCLUDE (in_full) FROM told
            QUALIFY row_number() OVER (PARTITION BY {_ORDER}, updated_at, line_id
                                       ORDER BY {content} DESC, import_no) = 1
        ),
        tellings AS (
            SELECT {_ORDER}, updated_at, min(placed_at) AS placed_at,
                   lag(updated_at) OVER told AS before,
                   coalesce(lead(updated_at) OVER told, {forever}) AS known_until
            FROM once GROUP BY {_ORDER}, updated_at
            WINDOW told AS (PARTITION BY {_ORDER} ORDER BY updated_at)
        )
        SELECT once.* REPLACE (
                   CASE WHEN before IS NULL
                        THEN least(once.updated_at, coalesce(tellings.placed_at, once.updated_at))
                        ELSE once.updated_at END AS known_at),
               tellings.known_until
        FROM once JOIN tellings USING (platform, order_id, updated_at)
        """
    )


def told_orders(warehouse: Warehouse, orders: str, payments: str, forever: str) -> bool:
    """Make `_told` and `_refunds`: orders as events tell them; whether there are any comes back.

    Args:
        warehouse: of the home.
        orders: the SQL of all orders of landing.
        payments: the SQL of all payments of landing.
        forever: the SQL of the end of what holds still.
    """
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _told AS
        WITH records AS (
            SELECT *, {rank_of(Kind.ORDER, of_whom=False)} AS content,
                   CASE WHEN gross IS NOT NULL THEN
                       {{'gross': gross, 'shop_discount': shop_discount,
                         'platform_discount': platform_discount, 'shipping': shipping,
                         'due': coalesce(paid, gross - shop_discount - platform_discount
                                               + coalesce(shipping, 0)),
                         'quantity': quantity}} END AS amounts
            FROM {_by_own_number(f"(FROM {orders} WHERE told_by = 'event')")}
        ),
        laid AS (
            SELECT {_ORDER}, updated_at AS known_at, content, import_no, line,
                   min(placed_at) OVER so_far AS placed_at,
                   min(paid_at) FILTER (WHERE status IN {_PAID}) OVER so_far AS paid_at,
                   min(closed_at) FILTER (WHERE status = 'cancelled') OVER so_far AS closing_at,
                   max(CASE WHEN status <> '{Status.ADJUSTMENT}' THEN {rank_sql("status")} END)
                       OVER so_far AS progress,
                   coalesce(bool_or(status IN {_PAID}) OVER so_far, false) AS is_paid,
                   last_value(amounts IGNORE NULLS) OVER so_far AS amounts,
                   coalesce(
                       last_value(CASE WHEN placed_at IS NOT NULL THEN customer_id END IGNORE NULLS)
                           OVER so_far,
                       last_value(customer_id IGNORE NULLS) OVER so_far) AS customer_id,
                   {
            _latest(
                "currency", "source", "coupon", "store", "recipient", "province", "city", "country"
            )
        }
            FROM records
            WINDOW so_far AS (PARTITION BY {_ORDER} ORDER BY updated_at, content
                              ROWS UNBOUNDED PRECEDING)
        )
        SELECT * EXCLUDE (content, progress),
               CASE coalesce(progress, 0) {_status_of_rank()} END AS status,
               coalesce(lead(known_at) OVER (PARTITION BY {_ORDER} ORDER BY known_at, content),
                        {forever}) AS known_until
        FROM laid
        QUALIFY known_until > known_at
        """
    )
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _refunds AS
        WITH refunds AS (
            SELECT {_ORDER}, payment_id, starts_with(payment_id, 'refund:') AS by_webhook,
                   arg_max(-paid, row(known_at, {rank_of(Kind.PAYMENT)})) AS amount,
                   max(coalesce(paid_at, known_at)) AS known_at
            FROM {_by_own_number(f"(FROM {payments} WHERE method = 'refund')")} GROUP BY ALL
        ),
        sums AS (
            SELECT {_ORDER}, known_at,
                   sum(sum(amount) FILTER (WHERE by_webhook)) OVER so_far AS told_by_webhooks,
                   sum(sum(amount) FILTER (WHERE NOT by_webhook)) OVER so_far AS told_by_events
            FROM refunds GROUP BY {_ORDER}, known_at
            WINDOW so_far AS (PARTITION BY {_ORDER} ORDER BY known_at)
        )
        SELECT {_ORDER}, known_at,
               -- Both may tell of the same refunds.
               greatest(told_by_webhooks, told_by_events)::DECIMAL(18,4) AS given_back,
               coalesce(lead(known_at) OVER (PARTITION BY {_ORDER} ORDER BY known_at), {forever})
                   AS known_until
        FROM sums
        """
    )
    found = warehouse.sql(
        "SELECT (SELECT count(*) FROM _told) + (SELECT count(*) FROM _refunds) AS n"
    )
    return bool(found["n"][0].as_py())


def _latest(*names: str) -> str:
    return ", ".join(f"last_value({name} IGNORE NULLS) OVER so_far AS {name}" for name in names)


def _status_of_rank() -> str:
    return " ".join(f"WHEN {rank} THEN '{status}'" for status, rank in RANK.items())


_FILLED = ("customer_id", "currency", "source", "coupon", "store", "recipient", "province", "city",
           "country")  # fmt: skip
_SUMS = ("gross", "shop_discount", "platform_discount", "shipping", "quantity")


def lay_together(warehouse: Warehouse, forever: str) -> None:
    """Orders of which several kinds of sources tell, in the table `_full`.

    Needs `_full` (states of orders that files tell, or webhooks where no file does),
    `_webhook_states` (those of webhooks beside a file's), `_told` and `_refunds`; of the orders in
    the latter three, the states in `_full` are made anew.
    """
    touched = (
        f"(SELECT {_ORDER} FROM _webhook_states UNION SELECT {_ORDER} FROM _told"
        f" UNION SELECT {_ORDER} FROM _refunds)"
    )
    # As if the file had come alone: what it tells first of the order counts from its time on.
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE _moments AS
        WITH full_states AS (
            SELECT * REPLACE (CASE WHEN known_at = min(known_at) OVER (PARTITION BY {_ORDER})
                                   THEN least(known_at, placed_at) ELSE known_at END AS known_at)
            FROM (FROM _full SEMI JOIN {touched} USING (platform, order_id))
        ),
        instants AS (
            SELECT DISTINCT {_ORDER}, known_at FROM (
                SELECT {_ORDER}, known_at FROM full_states
                UNION ALL SELECT {_ORDER}, known_at FROM _webhook_states
                UNION ALL SELECT {_ORDER}, known_at FROM _told
                UNION ALL SELECT {_ORDER}, known_at FROM _refunds
            )
        ),
        beside AS (
            SELECT moment.platform, moment.order_id, moment.known_at,
                   one AS file, web, told, coalesce(refund.given_back, 0) AS sum_given_back,
                   refund.known_at AS given_back_at
            FROM instants moment
            LEFT JOIN full_states one ON {_holds("one")}
            LEFT JOIN _webhook_states web ON {_holds("web")}
            LEFT JOIN _told told ON {_holds("told")}
            LEFT JOIN _refunds refund ON {_holds("refund")}
        ),
        chosen AS (
            SELECT * EXCLUDE (file, web),
                   -- Of two that tell all of it, the one that is further along.
                   CASE WHEN {_is_further("web", "file")} THEN web ELSE file END AS own,
                   CASE WHEN {_is_further("web", "file")} THEN file ELSE web END AS other
            FROM beside
        ),
        laid AS (
            SELECT platform, order_id, known_at, own, given_back_at,
                   own.order_id IS NOT NULL AS in_full,
                   coalesce(own.import_no, other.import_no, told.import_no) AS import_no,
                   coalesce(own.line, other.line, told.line) AS line,
                   coalesce(own.placed_at, other.placed_at, told.placed_at) AS placed_at,
                   coalesce(own.paid_at, told.paid_at) AS paid_at,
                   CASE WHEN own.order_id IS NULL THEN told.status
                        WHEN told.status IN ('shipped', 'completed', 'cancelled')
                         AND {rank_sql("told.status")} > {rank_sql("own.status")} THEN told.status
                        ELSE own.status END AS status,
                   coalesce(own.closing_at, other.closing_at, told.closing_at) AS closing_at,
                   {", ".join(_sum(name) for name in _SUMS)},
                   CASE WHEN own.order_id IS NULL
                        THEN CASE WHEN told.is_paid THEN told.amounts.due ELSE 0 END
                        WHEN own.status = 'placed' AND told.status IN ('shipped', 'completed')
                        THEN greatest(own.paid, told.amounts.due) ELSE own.paid END AS paid,
                   coalesce(own.refunded, 0) AS own_refunded, sum_given_back,
                   {", ".join(_fill(name) for name in _FILLED)}
            FROM chosen
        ),
        refunded AS (
            SELECT *, paid > 0 AND sum_given_back >= paid AS all_back,
                   greatest(own_refunded, least(sum_given_back, paid)) AS refunded_so_far
            FROM laid
            -- Without a time and an amount it is no order yet.
            WHERE placed_at IS NOT NULL AND gross IS NOT NULL AND paid IS NOT NULL
        )
        SELECT platform, order_id, known_at, import_no, line, customer_id, placed_at,
               CASE WHEN new_status = 'placed' THEN NULL
                    ELSE coalesce(paid_at, placed_at) END AS paid_at,
               new_status AS status,
               CASE WHEN new_status = 'cancelled' OR new_refunded > 0
                    THEN coalesce(closing_at, given_back_at) END AS closing_at,
               gross, coalesce(shop_discount, 0) AS shop_discount,
               coalesce(platform_discount, 0) AS platform_discount,
               coalesce(shipping, 0) AS shipping, paid, new_refunded AS refunded,
               coalesce(quantity, 1) AS quantity, {", ".join(_FILLED[1:])}
        FROM (
            SELECT *, CASE WHEN all_back AND status IN ('placed', 'paid', 'shipped', 'completed')
                           THEN 'cancelled' ELSE status END AS new_status,
                   CASE WHEN new_status = 'cancelled' THEN greatest(refunded_so_far, paid)
                        ELSE refunded_so_far END AS new_refunded
            FROM refunded
        )
        """
    )
    warehouse.execute(f"DELETE FROM _full WHERE ({_ORDER}) IN (SELECT ({_ORDER}) FROM {touched})")
    warehouse.execute(
        f"""
        INSERT INTO _full BY NAME
        SELECT *, coalesce(lead(known_at) OVER (PARTITION BY {_ORDER} ORDER BY known_at), {forever})
                      AS known_until
        FROM _moments
        """
    )


def _holds(table: str) -> str:
    return (
        f"{table}.platform = moment.platform AND {table}.order_id = moment.order_id"
        f" AND {table}.known_at <= moment.known_at AND {table}.known_until > moment.known_at"
    )


def _is_further(one: str, other: str) -> str:
    return (
        f"({other}.order_id IS NULL OR ({one}.order_id IS NOT NULL"
        f" AND {progress_sql(one)} > {progress_sql(other)}))"
    )


def _sum(name: str) -> str:
    return f"CASE WHEN own.order_id IS NULL THEN told.amounts.{name} ELSE own.{name} END AS {name}"


def _fill(name: str) -> str:
    return f"coalesce(own.{name}, other.{name}, told.{name}) AS {name}"


def pending_orders(warehouse: Warehouse) -> None:
    """Make `pending_orders`: those of which messages told parts, but neither time nor amount."""
    warehouse.execute(
        f"""
        CREATE OR REPLACE TABLE pending_orders AS
        SELECT {_ORDER}, min(import_no) AS import_no, min(known_at) AS told_at FROM (
            SELECT {_ORDER}, import_no, known_at FROM _told
            UNION ALL SELECT {_ORDER}, NULL::INTEGER AS import_no, known_at FROM _refunds
        ) ANTI JOIN orders USING (platform, order_id)
        GROUP BY ALL ORDER BY ALL
        """
    )
