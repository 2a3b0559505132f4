"""Whose the events of a log are, what of it is personal, and the orders that it tells of."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from intake.event_files import events, links, message, names
from regulars.app.as_of import refresh
from regulars.engines.duckdb import parquet
from regulars.intake.landing import Landing
from regulars.intake.vault import Vault


def test_a_number_as_user_id_is_its_shortest_text(shop, put):
    text = message(1, userId=7) + message(2, userId=7.0) + message(3, userId="7.0")
    shop.import_files(put("x.jsonl", text))
    assert [names(shop)[row["customer_id"]][1] for row in events(shop)] == ["7", "7", "7.0"]


def test_who_an_event_is_of_and_what_ids_came_together(shop, put):
    text = (
        message(1, anonymousId="a1")
        + message(2, anonymousId="a1", userId="7")
        + message(3, type="identify", event=None, userId="7", traits={"email": "li@x.cn"})
        + message(4, type="alias", event=None, userId="7", previousId="old")
        + message(5, userId="null", anonymousId="undefined")
        + message(6, userId="li@x.cn", anonymousId="a2")
    )
    (report,) = shop.import_files(put("x.jsonl", text))
    with Vault.open(shop.home.keys) as vault:
        address = ("email", vault.lookup("email", "li@x.cn"))
    by_whom = [names(shop).get(row.get("customer_id")) for row in events(shop)]
    assert by_whom == [
        ("anonymous:shop", "a1"),
        ("shop", "7"),
        ("shop", "7"),
        ("shop", "7"),
        None,
        address,
    ]
    assert set(links(shop)) == {
        (("shop", "7"), ("anonymous:shop", "a1"), "together"),
        (("shop", "7"), address, "together"),
        (("shop", "7"), ("anonymous:shop", "old"), "alias"),
        (("shop", "7"), ("shop", "old"), "alias"),  # it may have been an account
        (address, ("anonymous:shop", "a2"), "together"),
    }
    everyone = set(names(shop).values())
    assert {one for link in links(shop) for one in link[:2]} <= everyone
    assert report.customers == 3


def test_the_same_links_are_kept_once_and_from_their_first_time_on(shop, put):
    late = message(20, userId="7", anonymousId="a1")
    early = message(10, userId="7", anonymousId="a1")
    for name, text in (("a", late), ("b", early), ("c", late + message(30, userId="7"))):
        shop.import_files(put(f"{name}.jsonl", text))
    segments = Landing(shop.home.landing).segments("links")
    at = shop.warehouse.sql(f'SELECT min("at") AS first, count(*) AS n FROM {parquet(segments)}')
    (row,) = at.to_pylist()
    assert row["n"] == 2  # the second told of an earlier time
    assert row["first"].astimezone(UTC) == datetime(2026, 1, 5, 2, 10, tzinfo=UTC)


PRIVATE = ("li.lei@example.com", "13812345678", "203.0.113.7", "Li Lei", "oWx-openid-77")


def test_nothing_personal_is_anywhere_in_the_clear(shop, put):
    text = message(
        1,
        type="identify",
        event=None,
        userId="7",
        traits={"email": PRIVATE[0], "phone": PRIVATE[1], "name": PRIVATE[3], "openid": PRIVATE[4]},
        context={"ip": PRIVATE[2], "page": {"url": f"https://x.cn/?m={PRIVATE[0]}"}},
    )
    text += message(2, userId=PRIVATE[0], anonymousId=PRIVATE[1], properties={"query": PRIVATE[1]})
    text += message(3, userId="8", event=None, properties={"note": PRIVATE[0]})  # rejected
    text += '{"type":"track","userId":"' + PRIVATE[0] + "\n"  # broken off
    flat = "event,at,customer_id,search,phone,comment\n"
    flat += f"Searched,2026-01-05,9,{PRIVATE[0]},{PRIVATE[1]},mail {PRIVATE[0]}\n"
    one, two = shop.import_files(put("x.jsonl", text), put("x.csv", flat))
    assert (one.accepted, one.rejected, two.accepted) == (2, 2, 1)
    for path in shop.home.landing.parent.rglob("*"):
        if path.is_file() and path.suffix != ".sqlite":
            data = path.read_bytes()
            assert [word for word in PRIVATE if word.encode() in data] == [], path
    for table in ("events", "links", "ids", "rejects"):
        for path in Landing(shop.home.landing).segments(table):
            told = str(pq.read_table(path).to_pylist())
            assert [word for word in PRIVATE if word in told] == [], path


def test_what_was_taken_out_is_sealed_for_its_customer(shop, put):
    shop.import_files(
        put("x.jsonl", message(1, userId="7", properties={"sku": "a", "mobile": "13812345678"}))
    )
    (row,) = events(shop)
    assert json.loads(row["properties"]) == {"sku": "a"}
    with Vault.open(shop.home.keys) as vault:
        (opened,) = vault.unseal([(f"c:{row['customer_id']}", row["sealed"])])
    assert json.loads(opened["further_properties"]) == {"mobile": "13812345678"}


def test_orders_and_customers_of_a_segment_log_are_taken_in_too(shop, put, samples):
    (report,) = shop.import_files(put("x.jsonl", samples["segment_log"].text))
    assert report.orders == 1
    refresh(shop.warehouse, shop.home)
    (order,) = shop.warehouse.sql("SELECT order_id, paid FROM orders").to_pylist()
    assert (order["order_id"], order["paid"]) == ("A1", 25)
    again = shop.import_files(put("x.jsonl", samples["segment_log"].text))[0]
    assert (again.accepted, again.orders) == (0, 1)
    refresh(shop.warehouse, shop.home)
    assert shop.warehouse.sql("SELECT count(*) AS n FROM orders")["n"][0].as_py() == 1


def test_what_an_import_that_was_cut_off_did_not_tell_the_next_one_does(
    shop, put, samples, monkeypatch
):
    path = put("x.jsonl", samples["segment_log"].text)

    def cut_off(*told):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("regulars.intake.event_logs.facts.land_facts", cut_off)
        with pytest.raises(KeyboardInterrupt):
            shop.import_files(path)
    assert len(events(shop)) == 5  # durable, and its orders are not yet
    (report,) = shop.import_files(path)
    assert (report.accepted, report.duplicate, report.orders) == (0, 5, 1)
    refresh(shop.warehouse, shop.home)
    assert shop.warehouse.sql("SELECT count(*) AS n FROM orders")["n"][0].as_py() == 1


def test_a_rejected_line_tells_no_order(shop, put):
    order = {"order_id": "A1", "revenue": 25}
    text = message(1, userId="7") + message(
        2, userId="7", event="Order Completed", properties=order, timestamp="soon"
    )
    (report,) = shop.import_files(put("x.jsonl", text))
    assert (report.accepted, report.rejected, report.orders) == (1, 1, 0)


def test_a_phone_among_what_an_order_tells_is_masked(shop, put):
    order = {"order_id": "A1", "revenue": 25, "coupon": "for 13812345678"}
    shop.import_files(
        put("x.jsonl", message(1, userId="7", event="Order Completed", properties=order))
    )
    refresh(shop.warehouse, shop.home)
    (found,) = shop.warehouse.sql("SELECT coupon FROM orders").to_pylist()
    assert "13812345678" not in found["coupon"]


def test_a_line_too_long_shows_nothing_of_its_content(shop, put):
    text = message(1, userId="7", traits={"name": "Li Lei"}, properties={"x": "y" * 70_000})
    (report,) = shop.import_files(put("x.jsonl", text + message(2, userId="7")))
    assert (report.accepted, report.rejected) == (1, 1)
    (row,) = shop.rejects().to_pylist()
    assert (row["reason"], row["value"]) == ("cell_too_long", "{**")
