"""What anybody may say by a key that stands in a web page: what happened, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from intake.events.shop import EventShop, batch, track
from regulars.intake.inbox.frame import PUBLIC, Received


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[EventShop]:
    with EventShop(tmp_path / "shop") as shop:
        yield shop


def public(*messages: Any) -> Received:
    return msgspec.structs.replace(batch(*messages), headers=PUBLIC)


def alias(user: str, previous: str, number: int = 1) -> dict[str, Any]:
    return track(f"a{number}", type="alias", event=None, user=user, previousId=previous)


def identify(user: str | None, number: int, traits: dict[str, Any], **more: Any) -> dict[str, Any]:
    return track(f"i{number}", type="identify", event=None, user=user, traits=traits, **more)


def merged(shop: EventShop) -> int:
    return int(shop.warehouse.sql("SELECT count(*) AS n FROM merges")["n"][0].as_py())


def test_an_alias_of_two_accounts_joins_them_only_from_a_server(shop: EventShop) -> None:
    people = batch(track("m1", "victim"), track("m2", "thief"))
    shop.take(people, public(alias("thief", "victim")))
    assert merged(shop) == 0
    shop.take(batch(alias("thief", "victim", 2)))
    assert merged(shop) == 1


def test_a_visitor_of_a_page_is_the_account_that_logs_in(shop: EventShop) -> None:
    shop.take(
        public(
            track("m1", None, anonymousId="d1"),
            track("m2", "ann", anonymousId="d1"),
            alias("ann", "0d9f6b1e-58ae-4a3c-9a50-0c2f5a3a5d11"),
        )
    )
    assert merged(shop) == 1
    events = shop.events("customer_id")
    assert len({one["customer_id"] for one in events}) == 1


@pytest.mark.parametrize(
    "traits",
    [
        {"email": "victim@example.com"},
        {"phone": "13912345678"},
        {"unionid": "u-of-victim"},
        {"openid": "o-of-victim"},
        {"email": "victim@example.com", "emailVerified": True},
    ],
)
def test_a_key_that_a_page_tells_joins_nobody(shop: EventShop, traits: dict[str, Any]) -> None:
    shop.take(batch(identify("victim", 1, traits)))
    before = shop.warehouse.sql("SELECT count(*) AS n FROM identity_links")["n"][0].as_py()
    shop.take(
        public(
            identify("thief", 2, traits),
            track("m3", "thief", context={"traits": traits}),
            track("m4", "thief", anonymousId=next(iter(traits.values()))),
        )
    )
    shared = shop.warehouse.sql("SELECT count(*) AS n FROM shared_keys")["n"][0].as_py()
    links = shop.warehouse.sql(
        "SELECT count(*) AS n FROM identity_links JOIN identity_nodes ON node = other"
        " WHERE NOT starts_with(namespace, 'anonymous:')"
    )["n"][0].as_py()
    assert (shared, links) == (0, before)


def test_orders_and_traits_of_a_page_are_events_and_no_records(shop: EventShop) -> None:
    order = {"order_id": "A1", "total": 9e6, "products": [{"product_id": "p", "price": 9e6}]}
    shop.take(
        public(
            track("m1", event="Order Completed", properties=order),
            track("m2", event="Order Refunded", properties={"order_id": "A1"}),
            identify("u1", 3, {"email": "thief@example.com", "city": "Nowhere"}),
        )
    )
    assert [one["name"] for one in shop.events()][:2] == ["Order Completed", "Order Refunded"]
    assert shop.accounts() == {"web": (3, 0, 0)}
    shop.absorber.settle()
    kinds = {str(one.kind) for entry in shop.landing.entries() for one in entry.segments}
    assert kinds & {"orders", "lines", "payments", "customers"} == set()


def test_the_same_from_a_server_is_a_record(shop: EventShop) -> None:
    order = {"order_id": "A1", "total": 9, "products": [{"product_id": "p", "price": 9}]}
    shop.take(batch(track("m1", event="Order Completed", properties=order)))
    shop.absorber.settle()
    kinds = {str(one.kind) for entry in shop.landing.entries() for one in entry.segments}
    assert {"orders", "lines"} <= kinds


def test_a_key_is_as_public_as_it_was_when_the_message_came(shop: EventShop) -> None:
    shop.take(batch(track("m1", "victim"), track("m2", "thief")))
    shop.receive(public(alias("thief", "victim")))
    from regulars.intake.connection import Connections

    Connections(shop.home.keys).remove("web")
    shop.absorb()
    assert merged(shop) == 0


@pytest.mark.parametrize(
    ("proved", "of"),
    [({"emailVerified": True}, 1), ({"email_verified": True}, 1), ({"emailVerified": "yes"}, 0),
     ({"phoneVerified": True}, 0), ({}, 0)],
)  # fmt: skip
def test_an_address_that_a_server_has_proved_joins_two_accounts(
    shop: EventShop, proved: dict[str, Any], of: int
) -> None:
    traits = {"email": "ann@example.com", **proved}
    shop.take(batch(identify("ann", 1, traits)), batch(identify("ann2", 2, traits)))
    numbers = [shop.ids()["shop", name] for name in ("ann", "ann2")]
    joined = shop.warehouse.sql(
        f"SELECT count(*) AS n FROM merges WHERE customer_id IN {tuple(numbers)}"
    )["n"][0].as_py()
    assert joined == of
