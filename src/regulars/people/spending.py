"""Recency, frequency and monetary of every customer: one pass over the orders, as of a day.

The rest of the profile needs the goods and the places of orders; these columns need neither, so
they do not wait for them (`app.understand.core_columns`).
"""

from __future__ import annotations

from regulars.people.as_of import AsOf


def spending(as_of: AsOf) -> str:
    """The SQL of one row per customer with an order: days, numbers and sums, `monetary` last.

    `monetary` is what was paid less what was refunded over all purchases, less credit notes.
    """
    t, local = as_of.end, as_of.local("placed_at")
    return f"""
        SELECT *, CAST(DATE '{as_of.day}' - last_order_on AS INTEGER) AS recency_days,
               CAST(DATE '{as_of.day}' - first_order_on AS INTEGER) AS tenure_days,
               CASE WHEN orders > 0 THEN
                   TRY_CAST((net - returned)::DOUBLE / orders AS DECIMAL(18,4))
               END AS average_order_value,
               (net - returned)::DECIMAL(18,4) AS monetary
        FROM (
            SELECT customer_id,
                   min(CAST({local} AS DATE)) FILTER (WHERE bought) AS first_order_on,
                   max(CAST({local} AS DATE)) FILTER (WHERE bought) AS last_order_on,
                   CAST(count(*) FILTER (WHERE bought) AS INTEGER) AS orders,
                   CAST(count(*) FILTER (WHERE undone) AS INTEGER) AS cancelled_orders,
                   sum(paid) FILTER (WHERE bought OR undone) AS paid,
                   coalesce(sum(CASE WHEN bought THEN refunded ELSE least(refunded, paid) END)
                       FILTER (WHERE bought OR undone), 0) AS refunded,
                   coalesce(sum(paid - refunded) FILTER (WHERE bought), 0) AS net,
                   sum(gross) FILTER (WHERE bought) AS gross,
                   sum(shop_discount + platform_discount) FILTER (WHERE bought) AS discount,
                   coalesce(sum({as_of.credit}) FILTER (WHERE credited), 0) AS returned
            FROM (
                SELECT *, {as_of.is_purchase} AS bought, {as_of.is_undone} AS undone,
                       {as_of.is_credit} AS credited
                FROM orders
                WHERE {as_of.known} AND placed_at < {t} AND customer_id IS NOT NULL
            )
            GROUP BY customer_id
        )
    """
