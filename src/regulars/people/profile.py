"""The profile: what one customer's own record says, as of a day, before any model speaks.

Every customer known by then has a row, also those who have not bought. Ties are broken in the
column's description (people/columns.py).
"""

from __future__ import annotations

import pyarrow as pa

from regulars.engines.duckdb import Warehouse
from regulars.people.as_of import AsOf
from regulars.people.paydays import in_window
from regulars.people.spending import spending
from regulars.settings import CalendarSettings

_USUAL = CalendarSettings()
_EVENING = 18
"""From this hour on it is evening, until midnight."""


def profiles(warehouse: Warehouse, as_of: AsOf, calendar: CalendarSettings = _USUAL) -> pa.Table:
    """The profile columns of the people table, by customer_id.

    Args:
        warehouse: in which `make_purchases` has run.
        as_of: what may be known.
        calendar: when wages come in.
    """
    payday = f"avg(CAST({in_window('day', calendar.paydays)} AS INTEGER))"
    known, day, time_zone = as_of.known, as_of.day, as_of.time_zone
    return warehouse.sql(
        f"""
        WITH spending AS ({spending(as_of)}),
        bought AS (
            SELECT customer_id,
                   CAST(count(DISTINCT day) AS INTEGER) AS purchase_days,
                   CAST(count(DISTINCT recipient) AS INTEGER) AS end_users,
                   sum(profit)::DECIMAL(18,4) AS profit,
                   avg(CAST(discount > 0 AS INTEGER)) AS discounted_share,
                   avg(CAST(weekday >= 6 AS INTEGER)) AS weekend_share,
                   {payday if calendar.paydays else "CAST(NULL AS DOUBLE)"} AS payday_share,
                   avg(CAST(hour >= {_EVENING} AS INTEGER)) AS evening_share,
                   last(province ORDER BY placed_at, order_no)
                       FILTER (WHERE province IS NOT NULL) AS province,
                   last(city ORDER BY placed_at, order_no)
                       FILTER (WHERE city IS NOT NULL) AS city,
                   last(country ORDER BY placed_at, order_no)
                       FILTER (WHERE country IS NOT NULL) AS country
            FROM purchases WHERE customer_id IS NOT NULL GROUP BY customer_id
        ),
        -- Where somebody came in is told by the first order, whatever became of it: else those who
        -- came back after a cancelled one would stand under another source.
        came AS (
            SELECT customer_id,
                   first(source ORDER BY placed_at, order_no) AS source
            FROM orders
            WHERE {known} AND placed_at < {as_of.end} AND customer_id IS NOT NULL
              AND source IS NOT NULL AND status NOT IN ('returned', 'adjustment')
            GROUP BY customer_id
        ),
        by_category AS (
            SELECT customer_id, category, count(*) AS orders, max(placed_at) AS last_at
            FROM purchase_categories WHERE customer_id IS NOT NULL GROUP BY ALL
        ),
        favourites AS (
            SELECT customer_id,
                   list(category ORDER BY orders DESC, last_at DESC, category)[1:3]
                       AS favourite_categories,
                   CAST(max(orders) AS INTEGER) AS top_category_orders,
                   CAST(count(*) AS INTEGER) AS categories
            FROM by_category GROUP BY customer_id
        ),
        hours AS (
            SELECT customer_id, first(hour ORDER BY n DESC, hour) AS usual_hour
            FROM (SELECT customer_id, hour, count(*) AS n FROM purchases GROUP BY ALL)
            GROUP BY customer_id
        ),
        weekdays AS (
            SELECT customer_id, first(weekday ORDER BY n DESC, weekday) AS usual_weekday
            FROM (SELECT customer_id, weekday, count(*) AS n FROM purchases GROUP BY ALL)
            GROUP BY customer_id
        ),
        known_customers AS (SELECT * FROM customers WHERE {known})
        SELECT
            c.customer_id, c.namespace, c.identity, DATE '{day}' AS as_of,
            CAST(c.registered_at AT TIME ZONE '{time_zone}' AS DATE) AS registered_on,
            s.first_order_on, s.last_order_on, s.recency_days, s.tenure_days,
            coalesce(s.orders, 0) AS orders,
            coalesce(b.purchase_days, 0) AS purchase_days,
            coalesce(s.cancelled_orders, 0) AS cancelled_orders,
            coalesce(s.monetary, 0)::DECIMAL(18,4) AS monetary, s.average_order_value,
            CASE WHEN s.paid > 0 THEN
                -- What comes back may have been bought before the data begin.
                least(1, (s.refunded + s.returned)::DOUBLE / s.paid::DOUBLE)
            END AS refund_share,
            coalesce(b.profit, 0)::DECIMAL(18,4) AS profit,
            CASE WHEN s.gross > 0 THEN s.discount::DOUBLE / s.gross::DOUBLE END AS discount_share,
            b.discounted_share, b.weekend_share, b.payday_share, b.evening_share,
            coalesce(c.source, o.source) AS source,
            coalesce(f.categories, 0) AS categories,
            f.favourite_categories, f.favourite_categories[1] AS top_category,
            f.top_category_orders, h.usual_hour, w.usual_weekday,
            coalesce(b.end_users, 0) AS end_users,
            c.gender, c.birth_date,
            coalesce(c.province, b.province) AS province, coalesce(c.city, b.city) AS city,
            coalesce(c.country, b.country) AS country,
            c.education, c.reputation, c.interests, c.tags, c.traits
        FROM known_customers c
        LEFT JOIN spending s USING (customer_id)
        LEFT JOIN bought b USING (customer_id)
        LEFT JOIN came o USING (customer_id)
        LEFT JOIN favourites f USING (customer_id)
        LEFT JOIN hours h USING (customer_id)
        LEFT JOIN weekdays w USING (customer_id)
        ORDER BY c.customer_id
        """
    )
