"""Real files give the counts that others published of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from regulars import Shop
from regulars.edges.demo import demo_files


@pytest.fixture
def shop(tmp_path):
    with Shop.create(tmp_path / "shop", name="x", time_zone="Europe/London", currency="GBP") as it:
        yield it


def test_online_retail_ii_2009_10(shop, shared):
    """UCI Online Retail II, sheet "Year 2009-2010": counts of rows, invoices and customers, and
    the sum of quantity x price over all rows, equal ones included."""
    path = shared("online_retail/online_retail_2009_2010.parquet")
    (report,) = shop.import_files(path)
    assert report.rows_read == report.accepted == 525_461
    assert report.orders == 28_816
    assert report.customers == 4_383
    assert report.gross == Decimal("9539484.634")
    assert (report.from_, report.to) == ("2009-12-01", "2010-12-09")
    (again,) = shop.import_files(path)
    assert (again.accepted, again.duplicate) == (0, 525_461)
    from regulars.app.as_of import refresh

    refresh(shop.warehouse, shop.home)
    counts = shop.warehouse.sql(
        """
        SELECT count(*) AS rows,
               count(*) FILTER (WHERE customer_id IS NULL) AS without_customer,
               count(*) FILTER (WHERE status = 'returned') AS of_cancelled_invoices,
               count(*) FILTER (WHERE quantity < 0) AS negative_quantity,
               count(*) FILTER (WHERE unit_price = 0) AS price_zero,
               count(*) FILTER (WHERE unit_price < 0) AS price_below_zero,
               sum(gross) AS gross
        FROM order_lines
        """
    ).to_pylist()[0]
    assert counts == {
        "rows": 525_461,
        "without_customer": 107_927,
        "of_cancelled_invoices": 10_206,
        "negative_quantity": 12_326,
        "price_zero": 3_687,
        "price_below_zero": 3,
        "gross": Decimal("9539484.634"),
    }
    countries = shop.warehouse.sql("SELECT count(DISTINCT country) AS n FROM orders")
    assert countries["n"][0].as_py() == 40


def test_cdnow_sample(shop, shared):
    """Fader, Hardie, Lee (2005), Marketing Science 24(2): 2,357 customers, 946 with repeat
    transactions until 1997-09-30; repeat transactions as the counts behind table 2."""
    (report,) = shop.import_files(shared("cdnow/CDNOW_sample.txt"))
    assert (report.rows_read, report.accepted, report.customers) == (6_919, 6_919, 2_357)
    shop.understand(date(1998, 6, 30))
    counts = shop.warehouse.sql(
        """
        WITH days AS (SELECT DISTINCT customer_id, day FROM purchases),
        per AS (
            SELECT customer_id,
                   count(*) FILTER (WHERE day <= DATE '1997-09-30') - 1 AS x,
                   count(*) FILTER (WHERE day > DATE '1997-09-30') AS held_out
            FROM days GROUP BY customer_id
        )
        SELECT count(*) FILTER (WHERE x > 0) AS repeaters, sum(x)::BIGINT AS repeats,
               sum(held_out)::BIGINT AS held_out,
               count(*) FILTER (WHERE held_out > 0) AS held_out_customers
        FROM per
        """
    ).to_pylist()[0]
    assert counts == {
        "repeaters": 946,
        "repeats": 2_457,
        "held_out": 1_882,
        "held_out_customers": 684,
    }


def test_complete_journey(shop):
    """84.51°, The Complete Journey 2.0: 1,469,307 lines, 155,848 baskets, 2,469 households, sales
    of 4,596,039.58."""
    (report,) = shop.import_files(demo_files()[0])
    assert report.rows_read == report.accepted == 1_469_307
    assert (report.orders, report.customers) == (155_848, 2_469)
    assert report.sales == Decimal("4596039.58")


def test_tmall_report_without_buyers_is_all_guests(shop, shared):
    """The Tmall report of February 2020: 28,010 orders, two headers end in a space, no buyer id."""
    (report,) = shop.import_files(shared("chinese_orders/tmall_order_report.csv"))
    assert report.format == "taobao_orders"
    assert (report.rows_read, report.accepted, report.orders) == (28_010, 28_010, 28_010)
    assert (report.guests, report.customers) == (28_010, 0)
    assert shop.understand().customers == 0


def test_real_header_rows_of_the_sellers_export_are_recognised(shop, shared, tmp_path):
    lines = shared("chinese_orders/taobao_order_export_header.txt").read_bytes().splitlines()
    for number, line in enumerate(line for line in lines if line.strip()):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(line + b"\n")
        assert shop.import_files(path)[0].format == "taobao_orders"
