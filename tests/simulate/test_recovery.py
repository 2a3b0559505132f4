"""Large runs give back the numbers they were made from, estimated from the files alone.

Truth is read only to be compared with, and each bound is a multiple of a standard error worked out
in the test, unless it says otherwise.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from regulars.simulate import WORLDS, simulate

PLAIN = WORLDS["plain"]
SE = 4.0
"""Standard errors that a sound estimate may be off, in some sixty comparisons of this file."""


def assert_share(found: float, n: float, expected: float) -> None:
    error = np.sqrt(expected * (1 - expected) / n)
    assert abs(found - expected) < SE * error, f"{found:.5f} is not {expected:.5f} ± {error:.5f}"


def test_source_shares(plain):
    n = plain.value("SELECT count(*) FROM customers")
    for channel in PLAIN.channels:
        found = plain.value(f"SELECT count(*) FROM customers WHERE source = '{channel.name}'")
        assert_share(found / n, n, channel.share)


def test_the_first_order_names_the_source(plain):
    wrong = plain.value(
        "SELECT count(*) FROM (SELECT DISTINCT ON (customer_id) customer_id, source FROM placed"
        " ORDER BY customer_id, placed_at) AS first JOIN customers USING (customer_id)"
        " WHERE first.source <> customers.source"
    )
    assert wrong == 0


def test_cost_of_a_new_customer_by_source(plain):
    """Spend over new customers, whose number is off by its root, as counts are."""
    rows = plain.columns(
        "SELECT source, sum(spend)::DOUBLE / any_value(n) AS cost, any_value(n) AS n FROM spend"
        " JOIN (SELECT source, count(*) AS n FROM customers GROUP BY 1) USING (source)"
        " GROUP BY source"
    )
    costs = {one.name: one.cost for one in PLAIN.channels if one.cost}
    assert set(rows["source"]) == set(costs)
    for source, cost, n in zip(rows["source"], rows["cost"], rows["n"], strict=True):
        assert abs(cost / costs[source] - 1) < SE * n**-0.5 + 0.01, source


# Cancelled within two days, refunded within two weeks: orders older than that are settled.
SETTLED = "day < '2024-12-10'"


def test_shares_of_cancelled_and_refunded_orders(plain):
    rule = PLAIN.experience
    n = plain.value(f"SELECT count(*) FROM placed WHERE {SETTLED}")
    cancelled = plain.value(f"SELECT count(*) FROM placed WHERE cancelled AND {SETTLED}")
    refunded = plain.value(
        f"SELECT count(*) FROM placed WHERE NOT cancelled AND refunded > 0 AND {SETTLED}"
    )
    whole = plain.value(
        "SELECT count(*) FROM placed"
        f" WHERE NOT cancelled AND refunded = paid AND paid > 0 AND {SETTLED}"
    )
    unpaid = plain.value(f"SELECT count(*) FROM placed WHERE cancelled AND paid = 0 AND {SETTLED}")
    assert_share(cancelled / n, n, rule.cancelled)
    assert_share(unpaid / cancelled, cancelled, 1 - rule.paid_first)
    assert_share(refunded / (n - cancelled), n - cancelled, rule.refunded)
    # A refund of the only line is whole too, unless postage stays.
    assert whole / refunded > rule.whole


def test_pieces_and_promotions(plain):
    basket = PLAIN.basket
    # The first line of a category in an order is the need itself, a second one its variant.
    rows = plain.columns(
        "SELECT count(*) AS n, avg((quantity >= 2)::INT) AS second, avg((quantity = 3)::INT) AS"
        " third, avg((variants > 1)::INT) AS variant FROM (SELECT DISTINCT ON (order_id, category)"
        " quantity, count(*) OVER (PARTITION BY order_id, category) AS variants FROM orders"
        " ORDER BY order_id, category, line_id)"
    )
    n = float(rows["n"][0])
    assert_share(rows["second"][0], n, basket.second)
    assert_share(rows["third"][0], n, basket.third)
    assert_share(rows["variant"][0], n, basket.variant)
    helped = plain.value(
        "SELECT count(*) FROM (SELECT order_id FROM orders GROUP BY 1"
        " HAVING sum(platform_discount) > 0)"
    )
    orders = plain.value("SELECT count(*) FROM placed")
    assert_share(helped / orders, orders, basket.platform)


def test_price_sensitive_customers_buy_on_offer(plain):
    """The share of lines on offer, by fifths of true sensitivity, is 0.2 (1 + 1.5 s)."""
    rows = plain.columns(
        "WITH fifths AS (SELECT customer_id, price_sensitivity,"
        " ntile(5) OVER (ORDER BY price_sensitivity) AS fifth FROM truth_customers)"
        " SELECT fifth, avg(price_sensitivity) AS s, avg((shop_discount > 0)::INT) AS found,"
        " count(*) AS n FROM orders JOIN fifths USING (customer_id) WHERE coupon IS NULL"
        " GROUP BY 1"
    )
    expected = PLAIN.basket.promoted * (1 + 1.5 * rows["s"])
    for found, n, share in zip(rows["found"], rows["n"], expected, strict=True):
        assert_share(found, n, share)


# Days between purchases of a category, in a world whose campaigns add no orders. A gap counts if
# the customer was seen for 240 days after its beginning, in whatever category, so that short gaps
# are not favoured. The first is left out: a category begins with an order, not with a need's day.
GAPS = """
    WITH bought AS (SELECT DISTINCT customer_id, category, placed_at FROM orders),
    gaps AS (
        SELECT customer_id, category, placed_at,
               lead(placed_at) OVER each AS next, row_number() OVER each AS nth
        FROM bought WINDOW each AS (PARTITION BY customer_id, category ORDER BY placed_at)
    ),
    seen AS (SELECT customer_id, max(placed_at) AS until FROM placed GROUP BY 1)
    SELECT category, date_diff('second', placed_at, next) / 86400.0 AS days,
           median_days, mean_days
    FROM gaps JOIN seen USING (customer_id)
    JOIN truth_cycles USING (customer_id, category)
    WHERE nth > 1 AND next NOTNULL AND until >= placed_at + INTERVAL 240 DAY AND mean_days < 60
"""
EARLY = 0.04
"""Buying early and the seasons blur single gaps by so much."""


def test_cycles_by_category(shop_of):
    """Half of the gaps are shorter than the true median, and their mean is the true mean."""
    gaps = shop_of("no_effect").columns(GAPS)
    assert len(gaps["days"]) > 20_000
    for category in PLAIN.categories:
        of = gaps["category"] == category.zh
        n = of.sum()
        ratio = gaps["days"][of] / gaps["mean_days"][of]
        below = np.mean(gaps["days"][of] < gaps["median_days"][of])
        assert abs(ratio.mean() - 1) < SE * ratio.std() / n**0.5 + EARLY, category.name
        assert abs(below - 0.5) < SE * 0.5 / n**0.5 + EARLY, category.name


def test_rates_of_needs_and_orders(tmp_path, open_shop):
    """In a world that nobody leaves, customers order as told once they use all their categories.

    They are watched from 150 days after the last category began, so that where in its cycle each
    began no longer counts. The truth's rate of orders is an approximation, good to two percent.
    """
    world = replace(
        WORLDS["no_effect"], kinds=tuple(replace(kind, leaves=-20.0) for kind in PLAIN.kinds)
    )
    shop = open_shop(
        simulate(tmp_path / "shop", customers=3_000, days=1_461, world=world, events="none")
    )
    rows = shop.columns(
        """
        WITH first AS (
            SELECT customer_id, category, min(placed_at)::DATE AS day FROM orders GROUP BY ALL
        ),
        begun AS (
            SELECT customer_id, max(day) + 150 AS since, count(*) AS begun FROM first GROUP BY 1
        ),
        bought AS (
            SELECT customer_id, count(DISTINCT order_id) AS orders,
                   count(DISTINCT order_id || category) AS needs
            FROM orders JOIN begun USING (customer_id)
            WHERE placed_at::DATE >= since GROUP BY 1
        )
        SELECT coalesce(bought.orders, 0) AS orders, coalesce(needs, 0) AS needs, orders_per_day,
               needs_per_day, (DATE '2025-01-01' - since)::INT AS days
        FROM begun JOIN truth_customers USING (customer_id) LEFT JOIN bought USING (customer_id)
        WHERE since < '2025-01-01' AND begun = categories
        """
    )
    assert len(rows["days"]) > 1_500
    for found, rate, blur in (("needs", "needs_per_day", 0.01), ("orders", "orders_per_day", 0.02)):
        expected = rows[rate] * rows["days"]
        # Each customer's surplus over the expected number; customers are independent.
        error = (rows[found] - expected).std() * len(expected) ** 0.5 / expected.sum()
        ratio = rows[found].sum() / expected.sum()
        assert abs(ratio - 1) < SE * error + blur, f"{found}: {ratio:.4f} ± {error:.4f}"


def test_customers_leave_after_their_first_order_as_told(plain):
    """Those whom nothing befell leave with the chance told; late parcels and such add to it.

    Of customers whose first order was neither cancelled nor refunded, a few percent got it late.
    """
    rows = plain.columns(
        """
        WITH first AS (
            SELECT DISTINCT ON (customer_id) customer_id, placed_at, cancelled, refunded
            FROM placed ORDER BY customer_id, placed_at
        )
        SELECT chance_to_leave_first AS chance,
               left_at NOTNULL AND left_at::DATE <= placed_at::DATE AS left_then
        FROM truth_customers JOIN first USING (customer_id) WHERE NOT cancelled AND refunded = 0
        """
    )
    found, expected = rows["left_then"].mean(), rows["chance"].mean()
    error = np.sqrt(np.mean(rows["chance"] * (1 - rows["chance"])) / len(rows["chance"]))
    assert expected - SE * error < found < expected + 0.012 + SE * error


def test_better_sources_bring_more_regulars(plain):
    rows = plain.columns(
        "SELECT source, avg((n > 1)::INT) AS back FROM customers JOIN (SELECT customer_id, count(*)"
        " AS n FROM placed GROUP BY 1) USING (customer_id) GROUP BY 1 ORDER BY back"
    )
    by_truth = sorted(PLAIN.channels, key=lambda one: -one.leaves)
    assert rows["source"].tolist() == [one.name for one in by_truth]


def test_lead_in_categories_that_keep_customers(plain):
    """Return by first category, apart from goods for few, orders as the world says."""
    rows = plain.columns(
        """
        WITH first AS (
            SELECT customer_id, any_value(category) AS category FROM orders
            JOIN (SELECT customer_id, min(placed_at) AS placed_at FROM orders GROUP BY 1)
            USING (customer_id, placed_at)
            GROUP BY 1 HAVING count(DISTINCT category) = 1
        ),
        orders_of AS (SELECT customer_id, count(*) AS n FROM placed GROUP BY 1)
        SELECT category, avg((n > 1)::INT) AS back
        FROM first JOIN orders_of USING (customer_id) GROUP BY 1
        """
    )
    back = dict(zip(rows["category"], rows["back"], strict=True))
    zh = {one.name: one.zh for one in PLAIN.categories}
    assert back[zh["milk"]] > back[zh["tissue"]] > back[zh["snacks"]]
    assert back[zh["pet_food"]] > back[zh["kitchen"]]


def test_truth_is_of_the_customers_in_the_files(plain):
    for name in ("customers", "cycles", "responses"):
        strangers = f"SELECT count(*) FROM truth_{name} ANTI JOIN customers USING (customer_id)"
        assert plain.value(strangers) == 0
    assert (
        plain.value("SELECT count(*) FROM customers ANTI JOIN truth_customers USING (customer_id)")
        == 0
    )
    # Every category that a customer has bought has a cycle, except where only a campaign sold it.
    assert (
        plain.value(
            "SELECT count(*) FROM (SELECT DISTINCT customer_id, category FROM orders)"
            " ANTI JOIN truth_cycles USING (customer_id, category)"
        )
        == 0
    )
