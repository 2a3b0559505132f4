"""Nothing personal that a message carries stands in the home in the clear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from intake.events.shop import AT, EventShop, batch, track
from regulars.intake.events.personal import cleaned
from regulars.intake.inbox.frame import Received

SECRETS = (
    "li.lei@example.com", "lilei77@mail.example", "13912345678", "138-1234-5678", "+4915112345678",
    "Li Lei the Great", "幸福路十七号", "203.0.113.77", "oXyZ123openid", "uNiOnId777", "1990-07-17",
    "hidden%40example.com", "11010519491231002X",
)  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[EventShop]:
    with EventShop(tmp_path / "shop") as shop:
        yield shop


def carriers() -> list[dict[str, Any]]:
    return [
        track(
            "m1", type="identify", event=None, user="u1",
            traits={
                "email": "li.lei@example.com", "phone": "13912345678", "name": "Li Lei the Great",
                "address": {"street": "幸福路十七号"}, "birthday": "1990-07-17", "plan": "gold",
                "openid": "oXyZ123openid", "unionid": "uNiOnId777", "idCard": "11010519491231002X",
            },
        ),
        track(
            "m2", user="lilei77@mail.example", event="Called li.lei@example.com",
            properties={
                "note": "ring +4915112345678 or 138-1234-5678", "query": "li.lei@example.com",
                "url": "https://x.example/?mail=hidden%40example.com",
                "nested": [{"receiver_name": "Li Lei the Great", "n": 13912345678}],
                "手机号": "138-1234-5678", "\\u0065mail": "x",
            },
            context={
                "ip": "203.0.113.77", "traits": {"email": "li.lei@example.com"},
                "page": {"url": "https://x.example/u/li.lei@example.com?a", "title": "13912345678"},
                "device": {"ip_address": "203.0.113.77"},
            },
        ),
        track("m3", user="13912345678", anonymousId="li.lei@example.com", phone="13912345678"),
        track("m4", user=None, who={"email": "li.lei@example.com"}),
        track("m5", type="trackk", properties={"email": "li.lei@example.com"}),
        track("m6", type="alias", event=None, user="u1", previousId="lilei77@mail.example"),
        track(
            "m7", event="Order Completed", user="u1",
            properties={
                "order_id": "o1", "total": 9, "currency": "CNY", "email": "li.lei@example.com",
                "products": [{"product_id": "p", "price": 9, "quantity": 1}],
            },
        ),
    ]  # fmt: skip


def spellings(secret: str) -> set[bytes]:
    return {
        secret.encode(), secret.encode("utf-16-le"), json.dumps(secret)[1:-1].encode(),
        secret.lower().encode(),
    }  # fmt: skip


def assert_hidden(home: Path) -> None:
    for path in home.rglob("*"):
        if not path.is_file():
            continue
        found = [path.read_bytes()]
        if path.suffix == ".parquet":
            found += [repr(row).encode() for row in pq.read_table(path).to_pylist()]
        for data in found:
            for secret in SECRETS:
                assert not any(one in data for one in spellings(secret)), (path, secret)


def test_no_byte_of_it_is_found_anywhere(shop: EventShop) -> None:
    shop.take(batch(*carriers(), sentAt="2026-01-05T08:00:00Z"))
    shop.take(
        Received("app", "track", AT, json.dumps(track("s1", email="li.lei@example.com")).encode())
    )
    for row in shop.events():
        told = json.dumps(row, default=str, ensure_ascii=False)
        assert not any(secret in told for secret in SECRETS), told
    shop.warehouse.execute("CHECKPOINT")
    assert_hidden(shop.home.folder)
    shop.absorber.settle()
    shop.absorber.compact()
    shop.warehouse.execute("CHECKPOINT")
    assert_hidden(shop.home.folder)
    assert shop.accounts() == {"app": (1, 0, 0), "web": (5, 0, 2)}


def test_it_is_sealed_under_its_customers_key_and_opens(shop: EventShop) -> None:
    shop.take(batch(carriers()[0]))
    shop.absorber.settle()
    (path,) = shop.landing.segments("events")
    (row,) = pq.read_table(path).to_pylist()
    subject = f"c:{row['customer_id']}"
    (opened,) = shop.vault.unseal([(subject, row["sealed"])])
    assert opened is not None
    assert opened["email"] == "li.lei@example.com"
    assert json.loads(opened["address"]) == {"street": "幸福路十七号"}
    shop.vault.shred([subject])
    assert shop.vault.unseal([(subject, row["sealed"])]) == [None]


def test_ordinary_properties_stay_byte_for_byte() -> None:
    for text in (
        '{"name": "Green tea",  "price": 1.50}',
        '{"library": {"name": "@segment/analytics-next"}}',
        '{"at": 1767600000000, "id": "0b9d4c1e-13aa-4c1f-9d2e-139123456781"}',
        '{"ratio": 0.13912345678}',
    ):
        assert json.loads(cleaned(text.encode())[0]) == json.loads(text)


def test_the_number_of_an_order_that_looks_like_a_phone_stays(shop: EventShop) -> None:
    (row,) = shop.take(batch(track("m1", properties={"order_id": "13812345678"})))
    assert row["order_id"] == "13812345678"
    assert json.loads(row["properties"]) == {"order_id": "13812345678"}


def test_an_account_that_is_an_address_is_that_key(shop: EventShop) -> None:
    rows = shop.take(
        batch(
            track("m1", user="li.lei@example.com"),
            track("m2", user=" Li.Lei@example.com "),
            track("m3", user="+86 138 1234 5678"),
            track("m4", user="13812345678"),
            track("m5", user="138****5678"),
        )
    )
    first, second, third, fourth, fifth = (row["customer_id"] for row in rows)
    assert (first, third, fifth) == (second, fourth, None)
    assert {namespace for namespace, _ in shop.ids()} == {"email", "phone"}


def test_texts_of_records_and_ids_of_messages_hide_what_is_personal(shop: EventShop) -> None:
    def secret(of: str) -> str:
        return f"hidden.{of}@mail.example"

    good = {"product_id": secret("id"), "name": f"For {secret('good')}", "price": 5}
    order = {"order_id": "A1", "total": 5, "coupon": secret("coupon"), "products": [good]}
    traits = {
        "tags": ["vip", secret("tag")], "interests": secret("interest"), "source": secret("source"),
        secret("trait"): "x", "plan": "gold",
    }  # fmt: skip
    spend = {"day": "2026-01-04", "spend": 3, "campaign": secret("campaign"), "name": "Wang Xiaoer"}
    told = [
        track(secret("message"), event="Order Completed", properties=order),
        track(secret("message"), event="Order Completed", properties=order),
        track("m2", type="identify", event=None, traits=traits),
    ]
    good_spend = {name: value for name, value in spend.items() if name != "name"}
    shop.take(
        batch(*told),
        Received("web", "spend", AT, json.dumps({"spend": [spend, good_spend]}).encode()),
    )
    assert shop.accounts() == {"web": (3, 1, 1)}
    shop.absorber.settle()
    found = [
        (path.name, text)
        for path in shop.home.landing.rglob("*.parquet")
        for text in (str(pq.read_table(path).to_pylist()),)
        if "hidden." in text or "Wang Xiaoer" in text
    ]
    assert found == []
    assert "gold" in str([pq.read_table(p).to_pylist() for p in shop.home.landing.rglob("cust*")])


@pytest.mark.parametrize("key", ["手机", "手机号", "手机号码", "收货人", "微信", "姓名", "地址"])
def test_chinese_names_of_fields_are_known_wherever_they_stand(shop: EventShop, key: str) -> None:
    told = {key: "幸福路十七号", "sku": "T1"}
    (row,) = shop.take(batch(track("m1", properties=told, context=told)))
    assert (row["properties"], row["context"]) == ('{"sku":"T1"}', '{"sku":"T1"}')
