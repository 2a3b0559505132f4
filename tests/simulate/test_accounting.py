"""What a platform's export would hold: amounts that add up, keys that are keys, possible times."""

from __future__ import annotations

import pytest

from regulars.simulate.rhythm import FESTIVALS

CASES = {
    "paid is gross less discounts plus shipping, where it was paid": """
        FROM orders WHERE paid_at IS NOT NULL
        AND paid <> gross - shop_discount - platform_discount + shipping""",
    "what was not paid counts 0": """
        FROM orders WHERE paid_at IS NULL AND (paid <> 0 OR refunded <> 0)""",
    "nobody gets back more than was paid": "FROM orders WHERE refunded > paid OR refunded < 0",
    "gross is pieces times list price": "FROM orders WHERE gross <> quantity * unit_price",
    "discounts leave a price": """
        FROM orders WHERE shop_discount < 0 OR platform_discount < 0
        OR gross - shop_discount - platform_discount <= 0""",
    "a cancelled order gives everything back": """
        FROM orders WHERE status = 'cancelled' AND refunded <> paid""",
    "a refund has its time, and so has a cancellation": """
        FROM orders WHERE (refunded > 0 OR status = 'cancelled') <> (closed_at IS NOT NULL)""",
    "line numbers are unique": """
        FROM (FROM orders SELECT line_id GROUP BY line_id HAVING count(*) > 1)""",
    "an order has one customer, time, status of payment and recipient": """
        FROM (FROM orders SELECT order_id GROUP BY order_id
              HAVING count(DISTINCT customer_id) > 1 OR count(DISTINCT placed_at) > 1
                  OR count(paid_at) NOT IN (0, count(*)) OR count(DISTINCT recipient_name) > 1)""",
    "postage stands once on an order": """
        FROM (FROM orders SELECT order_id GROUP BY order_id
              HAVING count(*) FILTER (shipping > 0) > 1)""",
    "a coupon is used once by a customer": """
        FROM (FROM orders SELECT customer_id, coupon WHERE coupon IS NOT NULL
              GROUP BY ALL HAVING count(DISTINCT order_id) > 1)""",
    "a coupon is used by those who were sent one, after it came and before it ends": """
        FROM orders JOIN campaigns ON coupon = campaign_id || '-券'
        LEFT JOIN messages USING (campaign_id, customer_id)
        WHERE arm IS DISTINCT FROM 'coupon' OR placed_at < delivered_at
           OR placed_at::DATE >= ends""",
    "times follow one another": """
        FROM orders WHERE paid_at <= placed_at OR closed_at <= placed_at OR closed_at < paid_at""",
    "nothing happens outside the shop's life": """
        FROM orders WHERE placed_at < '2023-01-02 00:00:00+08'
        OR greatest(placed_at, paid_at, closed_at) >= '2025-01-01 00:00:00+08'""",
    "a customer orders after registering": """
        FROM orders JOIN customers USING (customer_id) WHERE placed_at < registered_at""",
    "products of orders are those of the products file": """
        FROM orders ANTI JOIN products USING (product_id, product_name, category, variant,
                                               unit_price)""",
    "every customer has ordered": "FROM customers ANTI JOIN orders USING (customer_id)",
    "products earn something at list price": "FROM products WHERE cost >= unit_price",
    "messages go to those assigned to them, and to nobody held out": """
        FROM messages FULL JOIN (FROM assignments WHERE arm <> 'hold_out') AS assigned
        USING (campaign_id, customer_id, arm)
        WHERE message_id IS NULL OR assigned_at IS NULL OR sent_at < assigned_at""",
    "message times follow one another": """
        FROM messages WHERE delivered_at <= sent_at OR opened_at <= delivered_at
        OR clicked_at <= opened_at OR (opened_at IS NOT NULL AND delivered_at IS NULL)""",
    "who has unsubscribed gets no further message": """
        FROM messages AS one JOIN messages AS two USING (customer_id)
        WHERE one.unsubscribed_at < two.sent_at""",
    "clicks are shown ads": "FROM spend WHERE clicks > impressions OR spend < 0",
}  # fmt: skip


@pytest.mark.parametrize("law", CASES)
def test_law_of_the_export(plain, law):
    wrong = plain.database.sql(f"SELECT COLUMNS(*)::VARCHAR FROM (SELECT * {CASES[law]} LIMIT 5)")
    assert wrong.fetchall() == []


def test_the_summary_counts_what_the_files_hold(plain):
    totals = plain.made.totals
    assert totals["lines"] == plain.value("SELECT count(*) FROM orders")
    assert totals["orders"] == plain.value("SELECT count(*) FROM placed")
    for name in ("gross", "shop_discount", "platform_discount", "shipping", "paid", "refunded"):
        # Sums of decimals are exact; the summary's floats hold whole fen below 2^53.
        found = plain.value(f"SELECT sum({name}) FROM orders")
        assert totals[name] == pytest.approx(found, abs=0.001), name
    counted = plain.value("SELECT count(*) FROM placed WHERE cancelled")
    assert totals["cancelled_orders"] == counted
    assert totals["buyers"] == plain.value(
        "SELECT count(DISTINCT customer_id) FROM placed"
        " WHERE NOT cancelled AND paid > 0 AND refunded < paid"
    )
    rows = {one["file"]: one["rows"] for one in plain.made.files}
    for name in ("orders", "customers", "messages", "truth/responses"):
        view = name.replace("truth/", "truth_")
        assert rows[f"{name}.parquet"] == plain.value(f"SELECT count(*) FROM {view}"), name


def test_plain_is_a_shop_in_which_most_people_buy_once(plain):
    totals = plain.made.totals
    assert 0.65 <= totals["share_once_within_a_year"] <= 0.75
    assert 0.5 < totals["share_of_revenue_from_repeat_buyers"] < 0.9
    assert 40 <= totals["average_order_value"] <= 150
    assert 0.04 <= totals["cancelled_share"] <= 0.08
    assert 0.03 <= totals["refunded_share"] <= 0.06
    # A third person's name on about one order in eight.
    others = plain.value(
        "SELECT avg((recipient_name <> name)::INT) FROM (SELECT DISTINCT ON (order_id) * FROM"
        " orders) JOIN customers USING (customer_id)"
    )
    assert 0.10 < others < 0.14


def test_people_shop_in_the_evening_at_weekends_and_after_payday(plain):
    by_hour = plain.columns(
        "SELECT hour(placed_at) AS hour, count(*) AS n FROM placed GROUP BY 1 ORDER BY n"
    )["hour"]
    assert by_hour[-1] == 21
    assert set(by_hour[:4]) <= {1, 2, 3, 4, 5}
    by_day = plain.columns("SELECT isodow(day) AS day, count(*) AS n FROM placed GROUP BY 1")
    share = dict(zip(by_day["day"].tolist(), by_day["n"], strict=True))
    assert share[6] > 1.1 * share[2]
    payday = plain.value(
        "SELECT avg(n) FILTER (day(day) IN (10, 15, 16)) / avg(n)"
        " FROM (SELECT day, count(*) AS n FROM placed GROUP BY day)"
    )
    assert 1.1 < payday < 1.25


def test_the_festivals_are_618_and_double_11():
    assert FESTIVALS["618"] == ((6, 1), (6, 20))
    assert FESTIVALS["double_11"] == ((10, 31), (11, 11))
