"""From the inbox into the warehouse: once, exactly, each with its reason or its row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.events.shop import AT, EventShop, batch, track
from regulars.intake.inbox.frame import Received
from regulars.intake.rejects import waiting


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[EventShop]:
    with EventShop(tmp_path / "shop") as shop:
        yield shop


def test_a_message_becomes_a_row_with_what_the_spec_names(shop: EventShop) -> None:
    (row,) = shop.take(
        batch(
            track(
                "m1",
                anonymousId="d1",
                timestamp="2026-01-05T07:59:58.500Z",
                properties={
                    "product_id": 7, "category": "Tea", "price": "12.50", "quantity": 2,
                    "currency": "cny", "position": 3,
                },
                context={
                    "ip": "10.1.2.3",
                    "page": {"url": "https://x.example/t/7?a=1#top", "referrer": "https://b.example/?q=9"},
                    "campaign": {"source": "wechat", "name": "spring"},
                    "sessionId": "s1", "inviter": "i7",
                },
            )
        )
    )  # fmt: skip
    told = {
        "connection": "web", "platform": "shop", "message_id": "m1", "type": "track",
        "name": "Product Viewed", "at": AT - 1_500_000, "received_at": AT, "product_id": "7",
        "category": "Tea", "quantity": 2, "amount": 25, "url": "https://x.example/t/7",
        "referrer": "https://b.example/", "source": "wechat", "campaign": "spring",
        "session": "s1", "inviter": "i7", "order_id": None,
    }  # fmt: skip
    assert {name: row[name] for name in told} == told
    assert json.loads(row["properties"])["position"] == 3
    assert "10.1.2.3" not in row["context"]
    assert row["customer_id"] == shop.ids()["shop", "u1"]


def test_a_message_is_one_however_often_and_late_it_comes(shop: EventShop) -> None:
    shop.take(batch(track("m1"), track("m2"), track("m1")), batch(track("m2")))
    shop.absorber.settle()
    shop.absorber.compact()
    shop.take(batch(track("m1"), track("m3")))
    shop.lose_the_warehouse()
    rows = shop.take(batch(track("m2"), track("m3")))
    assert [row["message_id"] for row in rows] == ["m1", "m2", "m3"]
    assert shop.accounts() == {"web": (3, 5, 0)}


def test_the_same_id_of_another_connection_is_another_message(shop: EventShop) -> None:
    assert len(shop.take(batch(track("m1")), batch(track("m1"), connection="app"))) == 2


def test_what_repeats_without_an_id_is_told_by_its_content_and_time(shop: EventShop) -> None:
    one = track(None, timestamp="2026-01-05T07:00:00Z")
    other = track(None, timestamp="2026-01-05T07:00:01Z")
    rows = shop.take(batch(one, sentAt="2026-01-05T08:00:00Z"), batch(one, other, sentAt="x"))
    assert len(rows) == 2
    assert len({row["message_id"] for row in rows}) == 2


def test_without_id_and_time_every_message_is_one_of_its_own(shop: EventShop) -> None:
    rows = shop.take(batch(track(None), track(None)), batch(track(None)))
    assert len(rows) == 3
    shop.lose_the_warehouse()
    assert len(shop.take()) == 3
    assert {row["message_id"] for row in shop.events()} == {row["message_id"] for row in rows}


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        ({"type": "trakc", "userId": "u", "messageId": "x"}, "type", "unknown_type"),
        ({"userId": "u", "messageId": "x"}, "type", "missing"),
        (track("x", event=None), "event", "missing"),
        (track("x", user=None), "userId", "no_identity"),
        (track("x", event=7), "event", "not_text"),
        (track("x", userId=["u"]), "userId", "not_text"),
        (track("x", timestamp={}), "timestamp", "not_a_time"),
        ("text", "", "not_json"),
        (None, "", "not_json"),
    ],
)
def test_a_bad_message_is_refused_alone_and_kept_with_its_reason(
    shop: EventShop, bad: object, column: str, reason: str
) -> None:
    rows = shop.take(batch(track("m1"), bad, track("m2")))
    assert [row["message_id"] for row in rows] == ["m1", "m2"]
    assert shop.accounts() == {"web": (2, 0, 1)}
    assert shop.absorber.settle().rejected == 1
    (kept,) = waiting(shop.landing, ["file", "column", "reason"]).to_pylist()
    assert (kept["column"], kept["reason"]) == (column, reason)
    assert kept["file"] == "connection web"
    assert shop.accounts() == {"web": (2, 0, 1)}


def test_a_refused_message_that_comes_again_is_refused_again_and_kept_once(
    shop: EventShop,
) -> None:
    for _ in range(2):
        shop.take(batch(track("x", user=None)))
        shop.absorber.settle()
    assert shop.accounts() == {"web": (0, 0, 2)}
    assert waiting(shop.landing, ["reason"]).num_rows == 1


def test_a_refused_message_makes_no_other_one_a_repeat(shop: EventShop) -> None:
    rows = shop.take(batch(track("m1", user=None), track("m1")))
    assert [row["message_id"] for row in rows] == ["m1"]


def test_routes_of_one_message_tell_its_type(shop: EventShop) -> None:
    body = json.dumps({"messageId": "m1", "anonymousId": "d1", "name": "Home"}).encode()
    (row,) = shop.take(Received("web", "page", AT, body))
    assert (row["type"], row["name"]) == ("page", "Home")


def test_what_the_batch_says_holds_where_a_message_says_nothing(shop: EventShop) -> None:
    rows = shop.take(
        batch(
            track("m1", timestamp="2026-01-05T09:00:00Z"),
            track("m2", context={"page": {"url": "https://x.example/b"}}),
            context={"campaign": {"source": "qr"}, "page": {"url": "https://x.example/a"}},
            sentAt="2026-01-05T09:00:10Z",
        )
    )
    assert [row["source"] for row in rows] == ["qr", "qr"]
    assert [row["url"] for row in rows] == ["https://x.example/a", "https://x.example/b"]
    assert rows[0]["at"] == AT - 10_000_000


def test_what_the_spec_does_not_know_is_kept_in_the_context(shop: EventShop) -> None:
    rows = shop.take(batch(track("m1", loyalty={"tier": "gold"}, integrations={"All": True})))
    assert json.loads(rows[0]["context"]) == {"loyalty": {"tier": "gold"}}


@pytest.mark.parametrize(
    ("told", "sent", "at"),
    [
        # 10 s before it was sent, by a clock that is an hour fast: 10 s before it was received.
        ("2026-01-05T08:59:50Z", "2026-01-05T09:00:00Z", AT - 10_000_000),
        ("2026-01-05T16:59:50+08:00", "2026-01-05T09:00:00Z", AT - 10_000_000),
        (1767599990000, None, AT - 10_000_000),  # milliseconds
        ("1767599990", None, AT - 10_000_000),
        ("2026-01-05T08:00:30Z", None, AT + 30_000_000),  # within a minute: clocks differ
        ("2026-01-05T08:02:00Z", None, AT),  # from the future
        ("1999-12-31T23:59:59Z", None, AT),
        ("yesterday", "2026-01-05T08:00:00Z", AT),
        ("infinity", None, AT),
        (None, "2026-01-05T08:00:00Z", AT),
        ("2026-01-05T08:00:00Z", "soon", AT),
        (10**30, None, AT),
    ],
)
def test_times_are_corrected_by_the_senders_clock(
    shop: EventShop, told: object, sent: object, at: int
) -> None:
    (row,) = shop.take(batch(track("m1", timestamp=told, sentAt=sent)))
    assert row["at"] == at


def test_a_body_of_no_text_is_refused_as_a_whole(shop: EventShop) -> None:
    shop.take(Received("web", "batch", AT, b'{"batch":[\xff]}'), batch(track("m1")))
    assert shop.accounts() == {"web": (1, 0, 1)}


def test_numbers_beyond_reason_do_no_harm(shop: EventShop) -> None:
    body = b'{"batch":[{"type":"track","event":"A","userId":"u","properties":{"price":%s}}]}'
    requests = [Received("web", "batch", AT, body % price) for price in (b"1e999", b"9" * 5000)]
    shop.take(*requests, batch(track("m1")))
    assert sum(shop.accounts()["web"]) == 3


def test_a_torn_end_of_the_inbox_is_no_backlog(shop: EventShop) -> None:
    shop.receive(batch(track("m1")))
    (file,) = shop.home.inbox.glob("*.log")
    file.write_bytes(file.read_bytes() + b"\x10\x00\x00\x00torn")
    assert len(shop.take()) == 1
    shop.absorber.absorb()
    assert shop.absorber.backlog() == 0
    shop.absorber.settle()
    assert not list(shop.home.inbox.glob("*.log"))


def test_ids_that_are_nobodys_leave_the_event_to_nobody(shop: EventShop) -> None:
    (row,) = shop.take(batch(track("m1", user="undefined", anonymousId="0000")))
    assert row["customer_id"] is None


def test_a_visitor_who_logs_in_is_one_customer_from_then_on_and_before(shop: EventShop) -> None:
    rows = shop.take(
        batch(track("m1", user=None, anonymousId="d1")),
        batch(track("m2", user="u1", anonymousId="d1")),
    )
    ids = shop.ids()
    assert [row["node"] for row in rows] == [ids["anonymous:shop", "d1"], ids["shop", "u1"]]
    assert {row["customer_id"] for row in rows} == {ids["shop", "u1"]}


def test_endpoints_are_accounted_for_record_by_record(shop: EventShop) -> None:
    body = json.dumps(
        {"products": [{"product_id": "T1", "category": "tea"}, {"product_id": "T2", "colr": "x"}]}
    )
    shop.take(Received("web", "products", AT, body.encode()))
    assert shop.accounts() == {"web": (1, 0, 1)}
    settled = shop.absorber.settle()
    assert [(one.kind, one.accepted) for one in settled.facts] == [("products", 1)]
    (kept,) = waiting(shop.landing, ["column", "reason"]).to_pylist()
    assert kept["column"] == "colr"


def test_a_webhook_that_is_played_again_adds_nothing(shop: EventShop) -> None:
    order = {
        "id": 450789469, "name": "#1001", "created_at": "2026-01-04T10:00:00+08:00",
        "currency": "CNY", "total_price": "30.00", "email": "li@example.com",
        "financial_status": "paid", "line_items": [
            {"id": 1, "product_id": 7, "title": "Tea", "quantity": 1, "price": "30.00"}
        ],
    }  # fmt: skip
    one = Received(
        "myshop", "shopify:orders/create", AT, json.dumps(order).encode(), {"message-id": "w1"}
    )
    first = shop.take(one)
    assert first
    shop.absorber.settle()
    assert shop.take(one, one) == first
    accepted, duplicate, rejected = shop.accounts()["myshop"]
    assert (accepted, duplicate, rejected) == (len(first), 2 * len(first), 0)
