"""Facts into landing: in any slices, any number of times, the bad ones into quarantine."""

from __future__ import annotations

from datetime import date

import pytest

from regulars.app.as_of import refresh
from regulars.errors import HomeBusy
from regulars.intake.landing import Landing
from regulars.intake.rejects import waiting
from samples.messages import PLAIN_EVENT, PLAIN_ORDER, changed, instant, land, raw, told, track

SHIPPED = {"order_id": "A1"}


def orders(
    shop, what: str = "order_id, status, paid, refunded", when: str = "now()"
) -> list[tuple]:
    refresh(shop.warehouse, shop.home)
    found = shop.warehouse.sql(
        f"SELECT {what} FROM orders WHERE known_at <= {when} AND known_until > {when}"
        " ORDER BY platform, order_id"
    )
    return [tuple(row.values()) for row in found.to_pylist()]


def history() -> list:
    """What events tell of one order over some days."""
    return [
        *track("Order Placed", PLAIN_EVENT, at="2026-01-05T10:00:00+08:00"),
        *track("Order Paid", SHIPPED, at="2026-01-06T10:00:00+08:00"),
        *track("Order Updated", changed(PLAIN_EVENT, total=61, products=[
            {"product_id": "tea", "price": 20, "quantity": 3}]), at="2026-01-07T10:00:00+08:00"),
        *track("Order Shipped", SHIPPED, at="2026-01-08T10:00:00+08:00"),
        *track("Order Refunded", SHIPPED | {"total": 10}, at="2026-01-09T10:00:00+08:00",
               message_id="m2"),
        *track("Order Refunded", SHIPPED | {"total": 20}, at="2026-01-10T10:00:00+08:00",
               message_id="m3"),
    ]  # fmt: skip


def test_the_states_of_an_order_follow_its_events(shop):
    land(shop, history())
    days = {
        day: orders(shop, when=f"TIMESTAMPTZ '2026-01-{day:02} 12:00+08'") for day in range(4, 12)
    }
    assert days == {
        4: [],
        5: [("A1", "placed", 0, 0)],
        6: [("A1", "paid", 51, 0)],
        7: [("A1", "paid", 61, 0)],  # one tea more
        8: [("A1", "shipped", 61, 0)],
        9: [("A1", "shipped", 61, 10)],
        10: [("A1", "shipped", 61, 30)],
        11: [("A1", "shipped", 61, 30)],
    }
    lines = shop.warehouse.sql(
        "SELECT product_id, quantity FROM order_lines WHERE known_until > now() ORDER BY ALL"
    )
    assert lines.to_pylist() == [{"product_id": "tea", "quantity": 3}]  # the cup was taken out


def test_a_file_that_comes_later_changes_nothing_of_what_was_known_on_the_order_s_day(shop, put):
    land(shop, track("Order Completed", PLAIN_EVENT))
    day = "TIMESTAMPTZ '2026-01-05 12:00+08'"
    by_event = orders(shop, when=day)
    shop.import_files(put("orders.csv", PLAIN_ORDER))
    assert orders(shop, when=day) == by_event == [("A1", "paid", 51, 0)]
    lines = shop.warehouse.sql(
        f"SELECT product_id FROM order_lines WHERE known_at <= {day} AND known_until > {day}"
    )
    assert sorted(lines["product_id"].to_pylist()) == ["cup", "tea"]


def test_an_event_after_the_export_tells_what_has_become_of_the_order(shop, put):
    shop.import_files(put("orders.csv", PLAIN_ORDER))
    land(shop, track("Order Shipped", SHIPPED, at="2026-01-08T10:00:00+08:00"))
    land(shop, track("Order Cancelled", SHIPPED, at="2026-01-09T10:00:00+08:00", message_id="m2"))
    assert orders(shop, when="TIMESTAMPTZ '2026-01-08 12:00+08'") == [("A1", "shipped", 51, 0)]
    assert orders(shop) == [("A1", "cancelled", 51, 51)]


def test_an_order_that_the_file_says_is_not_paid_is_not_paid_for_an_event_s_sake(shop, put):
    shop.import_files(put("orders.csv", PLAIN_ORDER.replace(",paid,", ",placed,")))
    land(shop, track("Order Completed", PLAIN_EVENT))
    assert orders(shop) == [("A1", "placed", 0, 0)]
    land(shop, track("Order Delivered", SHIPPED, at="2026-01-08T10:00:00+08:00"))
    assert orders(shop) == [("A1", "completed", 51, 0)]


def test_facts_landed_in_any_slices_and_again_make_the_same_order(new_shops):
    found = []
    for slices in (
        [slice(None)],
        [slice(i, i + 1) for i in range(9)],
        [slice(4, None), slice(0, 5)],
    ):
        facts = history()
        with next(new_shops) as shop:
            for part in slices:
                land(shop, facts[part])
            again = land(shop, facts)
            assert [(one.accepted, one.rejected) for one in again] == [(0, 0)]
            assert again[0].duplicate == again[0].rows_read == len(facts)
            found.append(orders(shop, "order_id, status, paid, refunded, items, known_at"))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 1


def test_a_thank_you_page_loaded_again_is_the_same_order(shop):
    land(shop, track("Order Completed", PLAIN_EVENT, at="2026-01-05T10:00:00+08:00"))
    land(shop, track("Order Shipped", SHIPPED, at="2026-01-06T10:00:00+08:00"))
    land(
        shop, track("Order Completed", PLAIN_EVENT, at="2026-01-07T10:00:00+08:00", message_id="m2")
    )
    assert orders(shop) == [("A1", "shipped", 51, 0)]
    assert orders(shop, '(placed_at AT TIME ZONE \'Asia/Shanghai\')::DATE AS d, items') == [
        (date(2026, 1, 5), 3)
    ]  # fmt: skip


def test_all_given_back_piece_by_piece_is_a_cancelled_order(shop):
    land(shop, track("Order Completed", PLAIN_EVENT))
    for number in (1, 2):
        land(shop, track("Order Refunded", SHIPPED | {"total": 25.5}, message_id=f"r{number}"))
    assert orders(shop) == [("A1", "cancelled", 51, 51)]


def test_refunds_never_give_back_more_than_was_paid(shop):
    land(shop, track("Order Completed", PLAIN_EVENT))
    land(shop, track("Order Refunded", SHIPPED | {"total": 400}, message_id="r1"))
    assert orders(shop) == [("A1", "cancelled", 51, 51)]


def test_a_cancelled_order_that_was_never_paid_gives_nothing_back(shop):
    land(shop, track("Order Placed", PLAIN_EVENT))
    land(shop, track("Order Cancelled", SHIPPED, at="2026-01-06T10:00:00+08:00"))
    assert orders(shop) == [("A1", "cancelled", 0, 0)]


def test_an_order_of_which_only_parts_are_known_waits_and_is_told(shop):
    land(
        shop,
        track("Order Shipped", SHIPPED) + track("Order Refunded", {"order_id": "B", "total": 1}),
    )
    assert orders(shop) == []
    waiting_ = shop.warehouse.sql("SELECT order_id FROM pending_orders ORDER BY ALL")
    assert waiting_["order_id"].to_pylist() == ["A1", "B"]
    land(shop, track("Order Completed", PLAIN_EVENT))
    assert orders(shop) == [("A1", "shipped", 51, 0)]


def test_a_fact_that_is_bad_is_quarantined_once_with_its_reason(shop):
    bad = track("Order Completed", changed(PLAIN_EVENT, currency="USD"))
    good = told(
        "products", {"products": [{"product_id": "T"}, {"product_id": "U", "cost": "much"}]}
    )
    for _ in range(2):
        reports = {one.kind: one for one in land(shop, [*bad, *good.facts])}
        assert (reports["orders"].rows_read, reports["orders"].rejected) == (3, 1)
        assert (reports["products"].rows_read, reports["products"].rejected) == (2, 1)
    found = waiting(Landing(shop.home.landing), ["file", "column", "value", "reason"]).to_pylist()
    assert sorted(tuple(row.values()) for row in found) == [
        ("messages of shop", "cost", "much", "not_an_amount"),
        ("messages of shop", "currency", "USD", "another_currency"),
    ]


def test_a_fact_told_twice_in_one_go_is_one_fact(shop):
    spend = told("spend", {"day": "2026-01-05", "source": "google", "spend": 12}).facts
    completed = track("Order Completed", PLAIN_EVENT)
    reports = {one.kind: one for one in land(shop, [*spend, *spend, *completed, *completed])}
    assert (reports["spend"].accepted, reports["spend"].duplicate) == (1, 1)
    assert (reports["orders"].accepted, reports["orders"].duplicate) == (3, 3)


def test_one_import_at_a_time(shop):
    with Landing(shop.home.landing).importing(), pytest.raises(HomeBusy):
        land(shop, history())


def identify(traits: dict, at: str) -> list:
    from regulars.intake.events.facts import facts_of
    from regulars.intake.events.message import Message

    message = Message("identify", "m", user_id="c7", traits=raw(traits))
    return facts_of(message, instant(at), "shop")


@pytest.mark.parametrize("backwards", [False, True])
def test_of_what_is_told_of_a_customer_the_latest_holds_whatever_comes_first(shop, backwards):
    days = [identify({"city": city}, f"2026-01-{day:02}T00:00:00Z")
            for day, city in ((1, "上海"), (2, "杭州"), (3, "苏州"))]  # fmt: skip
    for facts in reversed(days) if backwards else days:
        land(shop, facts)
    refresh(shop.warehouse, shop.home)
    now = shop.warehouse.sql("SELECT city FROM customers WHERE known_until > now()")
    assert now["city"].to_pylist() == ["苏州"]


def test_a_customer_named_on_every_page_is_landed_once(shop):
    pages = [identify({"city": "上海", "plan": "gold"}, f"2026-01-01T00:00:{second:02}Z")
             for second in range(60)]  # fmt: skip
    (report,) = land(shop, [fact for facts in pages[:50] for fact in facts])
    assert (report.accepted, report.duplicate) == (1, 49)
    (report,) = land(shop, [fact for facts in pages[50:] for fact in facts])
    assert (report.accepted, report.duplicate) == (0, 10)
    land(shop, identify({"city": "杭州", "plan": "gold"}, "2026-01-02T00:00:00Z"))
    (report,) = land(shop, identify({"city": "上海", "plan": "gold"}, "2026-01-03T00:00:00Z"))
    assert report.accepted == 1  # back again is news


def test_a_visitor_s_order_is_of_the_visitor(shop):
    land(shop, track("Order Completed", PLAIN_EVENT, user=None, visitor="v-1"))
    refresh(shop.warehouse, shop.home)
    found = shop.warehouse.sql("SELECT DISTINCT namespace, identity FROM customers").to_pylist()
    assert found == [{"namespace": "anonymous:shop", "identity": "v-1"}]


def test_nothing_personal_lands_in_the_clear(shop):
    facts = identify(
        {"email": "secret@example.com", "phone": "13812349876", "name": "Geheim Person",
         "address": {"street": "Secret Lane 7"}}, "2026-01-01T00:00:00Z",
    )  # fmt: skip
    to = {"name": "Geheim Person", "address1": "Secret Lane 7"}
    named = changed(PLAIN_EVENT, email="secret@example.com", shipping_address=to)
    facts += track("Order Completed", named)
    facts += track("Order Completed", changed(PLAIN_EVENT, order_id="A2"), user="13812349876")
    facts += track("Order Completed", changed(PLAIN_EVENT, currency="USD", phone="13812349876"))
    land(shop, facts)
    refresh(shop.warehouse, shop.home)
    shop.close()
    for path in shop.home.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for secret in (b"secret@example", b"13812349876", b"Geheim", b"Secret Lane"):
                assert secret not in content, path
