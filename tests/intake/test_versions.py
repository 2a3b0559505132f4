"""What changes between two exports updates, and what was known before stays reachable."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

HEAD = "order_id,customer_id,placed_at,status,paid,refunded,closed_at,updated_at\n"


def purchases(shop, as_of: date) -> list[tuple]:
    from regulars.app.as_of import refresh
    from regulars.people.as_of import AsOf
    from regulars.people.purchases import make_purchases

    refresh(shop.warehouse, shop.home)
    make_purchases(shop.warehouse, AsOf(as_of, "Asia/Shanghai"), 0.3)
    table = shop.warehouse.sql(
        "SELECT order_id, net FROM purchases JOIN (SELECT DISTINCT order_no, order_id FROM orders)"
        " USING (order_no) ORDER BY order_id"
    )
    return [(row["order_id"], row["net"]) for row in table.to_pylist()]


FUTURE = date(2100, 1, 1)


def test_a_refund_in_a_later_export_counts_from_that_import_on(shop, put):
    shop.import_files(put("a.csv", HEAD + "A,c1,2026-01-05,completed,100,,,\n"))
    (report,) = shop.import_files(put("b.csv", HEAD + "A,c1,2026-01-05,completed,100,30,,\n"))
    assert (report.accepted, report.updated, report.undated) == (1, 1, 1)
    # It carries no time: as of the order's own day it was not known.
    assert purchases(shop, date(2026, 1, 31)) == [("A", Decimal(100))]
    assert purchases(shop, FUTURE) == [("A", Decimal(70))]


def test_a_refund_with_its_own_time_counts_from_then_on(shop, put):
    shop.import_files(put("a.csv", HEAD + "A,c1,2026-01-05,completed,100,30,2026-02-10,\n"))
    assert purchases(shop, date(2026, 2, 9)) == [("A", Decimal(100))]
    assert purchases(shop, date(2026, 2, 10)) == [("A", Decimal(70))]


def test_a_refund_without_a_time_in_the_first_export_counts_from_the_order_on(shop, put):
    (report,) = shop.import_files(put("a.csv", HEAD + "A,c1,2026-01-05,completed,100,30,,\n"))
    assert report.undated == 1
    assert purchases(shop, date(2026, 1, 5)) == [("A", Decimal(70))]


def test_a_cancelled_order_is_no_purchase_and_gives_back_what_was_paid(shop, put):
    (report,) = shop.import_files(put("a.csv", HEAD + "A,c1,2026-01-05,cancelled,100,,,\n"))
    assert (report.paid, report.refunded) == (Decimal(100), Decimal(100))
    assert purchases(shop, FUTURE) == []


def test_an_order_is_no_purchase_before_it_is_paid(shop, put):
    text = "order_id,customer_id,placed_at,paid_at,paid\nA,c1,2026-01-05,2026-01-08 09:00:00,10\n"
    shop.import_files(put("a.csv", text))
    assert purchases(shop, date(2026, 1, 7)) == []
    assert purchases(shop, date(2026, 1, 8)) == [("A", Decimal(10))]


def test_of_two_states_without_times_the_further_one_holds_whichever_came_first(shop, put):
    shop.import_files(put("late.csv", HEAD + "A,c1,2026-01-05,completed,100,30,,\n"))
    (stale,) = shop.import_files(put("early.csv", HEAD + "A,c1,2026-01-05,paid,100,,,\n"))
    assert stale.accepted == 1  # it is kept, but it does not win
    assert purchases(shop, FUTURE) == [("A", Decimal(70))]


def test_a_state_with_a_later_time_of_its_own_holds_even_if_it_goes_back(shop, put):
    shop.import_files(
        put("a.csv", HEAD + "A,c1,2026-01-05,completed,100,30,,2026-01-10\n"),
        put("b.csv", HEAD + "A,c1,2026-01-05,completed,100,0,,2026-01-20\n"),
    )
    assert purchases(shop, date(2026, 1, 9)) == [("A", Decimal(100))]
    assert purchases(shop, date(2026, 1, 15)) == [("A", Decimal(70))]
    assert purchases(shop, FUTURE) == [("A", Decimal(100))]


def test_equal_lines_of_one_file_are_lines_in_their_own_right(shop, put):
    line = "A,c1,2026-01-05,completed,10,,,\n"
    (report,) = shop.import_files(put("a.csv", HEAD + line * 3))
    assert (report.accepted, report.paid) == (3, Decimal(30))
    (again,) = shop.import_files(put("b.csv", HEAD + line * 4))
    assert (again.accepted, again.duplicate) == (1, 3)
    assert purchases(shop, FUTURE) == [("A", Decimal(40))]


def test_a_line_before_its_order_waits_for_it_in_either_order(new_shops, put, samples):
    found = []
    for names in (("taobao_orders", "taobao_lines"), ("taobao_lines", "taobao_orders")):
        with next(new_shops) as shop:
            for name in names:
                sample = samples[name]
                (report,) = shop.import_files(put(sample.file, sample.text))
                assert report.rejected == 0
            assert purchases(shop, FUTURE) == [("1001", Decimal(105)), ("1002", Decimal(50))]
            found.append(
                shop.warehouse.sql(
                    "SELECT placed_at, product_name, quantity, gross, refunded FROM order_lines"
                    " ORDER BY ALL"
                ).to_pylist()
            )
            waiting = shop.warehouse.sql("SELECT order_id FROM pending_lines").to_pylist()
            assert waiting == [{"order_id": "9999"}]
    assert found[0] == found[1]
    assert [row["product_name"] for row in found[0]] == ["绿茶", "红茶"]


def test_attributes_told_later_count_from_that_import_on(shop, put):
    shop.import_files(
        put("orders.csv", HEAD + "A,c1,2026-01-05,completed,10,,,\n"),
        put("one.csv", "customer_id,gender,city,tags\nc1,女,杭州,vip\n"),
        put("two.csv", "customer_id,gender,city,tags\nc1,女,上海,new\n"),
    )
    shop.understand("2026-01-31")
    (then,) = shop.people().to_pylist()
    shop.understand("2099-12-31")
    (now,) = shop.people().to_pylist()
    assert (then["city"], then["tags"]) == ("杭州", ["vip"])
    assert (now["city"], now["tags"], now["gender"]) == ("上海", ["new", "vip"], "女")


def test_lines_of_one_order_at_different_minutes_are_one_order(shop, put):
    text = (
        "order_id,customer_id,placed_at,product_id,paid\n"
        "A,c1,2026-01-05 10:00:00,p1,100\nA,c1,2026-01-05 10:01:00,p2,30\n"
    )
    shop.import_files(put("a.csv", text))
    assert purchases(shop, FUTURE) == [("A", Decimal(130))]
    more = text + "A,c1,2026-01-07 09:00:00,p3,5\n"
    shop.import_files(put("b.csv", more))
    assert purchases(shop, date(2026, 1, 6)) == [("A", Decimal(130))]
    assert purchases(shop, FUTURE) == [("A", Decimal(135))]


def test_what_gave_back_more_than_was_paid_is_no_purchase_and_lowers_sales(shop, put):
    text = HEAD + (
        "A,c1,2026-01-05,completed,10,20,,\nB,c1,2026-01-06,completed,-7,0,,\n"
        "C,c1,2026-01-07,completed,50,0,,\nD,c1,2026-01-08,completed,40,40,,\n"
    )
    shop.import_files(put("a.csv", text))
    assert purchases(shop, FUTURE) == [("C", Decimal(50))]
    shop.understand("2026-01-31")
    (row,) = shop.people().to_pylist()
    assert (row["orders"], row["monetary"]) == (1, Decimal(50 - 10 - 7))
    assert row["refund_share"] == 0.67  # 20 + 7 + 40 came back of 10 + 50 + 40 paid


def test_a_birthday_may_lie_far_back(shop, put):
    (report,) = shop.import_files(put("c.csv", "customer_id,birth_date\nc1,1936-03-04\n"))
    assert report.rejected == 0


def test_a_report_that_gives_what_was_paid_after_the_refund(shop, put):
    head = "订单编号,总金额,买家实际支付金额,收货地址 ,订单创建时间,订单付款时间 ,退款金额\n"
    text = head + (
        "1,100,60,上海,2026-02-01 10:00:00,2026-02-01 10:01:00,40\n"
        "2,100,0,上海,2026-02-01 10:00:00,2026-02-01 10:01:00,100\n"
        "3,100,95,上海,2026-02-01 10:00:00,2026-02-01 10:01:00,40\n"
    )
    (report,) = shop.import_files(put("t.csv", text))
    assert (report.paid, report.refunded) == (Decimal(100 + 100 + 95), Decimal(180))
    assert purchases(shop, FUTURE) == [("1", Decimal(60)), ("3", Decimal(55))]


def test_without_a_day_the_last_day_of_data_is_meant_with_all_that_is_known_of_it(shop, put):
    shop.import_files(put("a.csv", HEAD + "A,c1,2026-01-05,completed,100,,,\n"))
    shop.import_files(put("b.csv", HEAD + "A,c1,2026-01-05,completed,100,30,,\n"))
    assert shop.understand().as_of == date(2026, 1, 5)  # not today, when the refund came in
    assert shop.people()["monetary"].to_pylist() == [Decimal(70)]
    assert shop.rebuild().identical
    assert shop.people()["monetary"].to_pylist() == [Decimal(70)]
    shop.understand("2026-01-05")
    assert shop.people()["monetary"].to_pylist() == [Decimal(100)]  # as it was known that day


def test_an_order_from_the_future_is_a_slip(shop, put):
    (report,) = shop.import_files(put("a.csv", HEAD + "A,c1,2099-01-05,completed,100,,,\n"))
    assert report.rejected == 1
    assert shop.rejects()["reason"].to_pylist() == ["in_the_future"]
