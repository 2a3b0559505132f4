"""One customer's history: what happened, once, in order, under all of their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.engines.duckdb import Warehouse
from regulars.errors import NoSuchCustomer, UnknownValue
from regulars.intake.events import table
from regulars.intake.vault import Vault
from regulars.settings import Settings
from regulars.timeline.history import Page, history
from regulars.timeline.who import Person, person_named, person_of

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FOREVER = datetime(2200, 1, 1, tzinfo=UTC)


class Shop:
    """A warehouse with the tables that a history is read from."""

    def __init__(self) -> None:
        self.warehouse = Warehouse.in_memory()
        table.prepare(self.warehouse)
        self.warehouse.execute(
            """
            CREATE TABLE orders (order_no BIGINT, platform VARCHAR, order_id VARCHAR,
                customer_id BIGINT, placed_at TIMESTAMPTZ, closed_at TIMESTAMPTZ, status VARCHAR,
                paid DECIMAL(18,4), refunded DECIMAL(18,4), items DECIMAL(18,4), source VARCHAR,
                known_until TIMESTAMPTZ);
            CREATE TABLE products (platform VARCHAR, product_id VARCHAR, product_name VARCHAR,
                known_at TIMESTAMPTZ);
            """
        )
        self._seq = 0

    def event(
        self, minutes: float, name: str = "Product Viewed", *, node: int = 1, **told: Any
    ) -> None:
        self._seq += 1
        row = {
            "seq": self._seq, "node": node, "platform": "shop", "type": "track", "name": name,
            "at": NOON + timedelta(minutes=minutes), **told,
        }  # fmt: skip
        tail = next(part for part, state, _ in table.parts(self.warehouse) if state == "tail")
        names = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join("?" for _ in row)
        self.warehouse.execute(f"INSERT INTO {tail} ({names}) VALUES ({marks})", list(row.values()))

    def order(
        self,
        number: int,
        minutes: float,
        *,
        status: str = "paid",
        refunded: str = "0",
        closed: float | None = None,
    ) -> None:
        at = NOON + timedelta(minutes=minutes)
        closed_at = None if closed is None else NOON + timedelta(minutes=closed)
        self.warehouse.execute(
            "INSERT INTO orders VALUES (?, 'shop', ?, 1, ?, ?, ?, 20, ?, 2, 'search', ?)",
            [number, f"A{number}", at, closed_at, status, refunded, FOREVER],
        )

    def known(self, *rows: tuple[int, str, str]) -> None:
        for row in rows:
            self.warehouse.execute(
                "INSERT INTO identities (customer_id, namespace, identity) VALUES (?, ?, ?)",
                list(row),
            )

    def page(self, limit: int = 50, before: str | None = None, *numbers: int) -> Page:
        person = Person((numbers or (1,))[0], numbers or (1,))
        return history(self.warehouse, Settings(), person, limit, before)


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    with made.warehouse:
        yield made


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with Vault.open(tmp_path / "keys", make=True) as opened:
        yield opened


def told(page: Page) -> list[str]:
    return [row.words.en for row in page.rows]


def test_events_orders_and_refunds_stand_in_one_list_the_newest_first(shop: Shop) -> None:
    shop.warehouse.execute("INSERT INTO products VALUES ('shop', 'p1', 'Green tea', now())")
    shop.event(0, product_id="p1")
    shop.event(2, "Product Added", product_id="p1")
    shop.event(3, "Products Searched", search="cups")
    shop.order(1, 5, refunded="7.5", closed=60, status="completed")
    assert told(shop.page()) == [
        "got ¥7.50 back (A1)",
        "ordered 2 items for ¥20.00 (A1, completed)",
        "searched for 'cups'",
        "put Green tea into the cart",
        "looked at Green tea",
    ]
    assert [row.words.zh for row in shop.page().rows][-1] == "浏览Green tea"
    assert [row.kind for row in shop.page().rows] == ["refund", "order", "event", "event", "event"]


def test_an_order_told_by_an_event_and_by_the_records_stands_there_once(shop: Shop) -> None:
    shop.event(5, "Order Completed", order_id="A1", amount="19")
    shop.event(6, "Order Completed", order_id="A2", amount="30")
    shop.order(1, 5)
    assert told(shop.page()) == ["ordered (A2) for ¥30.00", "ordered 2 items for ¥20.00 (A1, paid)"]


def test_an_order_that_was_placed_and_paid_stands_there_once_under_either_number(
    shop: Shop,
) -> None:
    shop.event(4, "Order Placed", order_id="A1", amount="20")
    shop.event(5, "支付成功", order_id="A1", amount="20")
    shop.order(1, 4)
    shop.warehouse.execute(
        "INSERT INTO orders SELECT 2, 'shopify', '#1001', * EXCLUDE (order_no, platform, order_id)"
        " FROM orders"
    )
    shop.event(6, "Order Completed", order_id="1001", platform="shopify")
    assert told(shop.page()) == [
        "ordered 2 items for ¥20.00 (#1001, paid)",
        "ordered 2 items for ¥20.00 (A1, paid)",
    ]


def test_a_product_that_no_record_names_yet_is_called_as_the_event_calls_it(shop: Shop) -> None:
    shop.event(0, product_id="p9", properties='{"name": "White tea", "price": 3}')
    shop.event(1, product_id="p9", properties="[]")
    shop.event(2, None, type="page", properties='{"title": "Teas"}')  # type: ignore[arg-type]
    assert told(shop.page()) == ["visited Teas", "looked at p9", "looked at White tea"]


def test_receipts_and_after_sales_are_told_in_words(shop: Shop) -> None:
    shop.event(0, "Email Opened", type="receipt")
    shop.event(1, "till Printed", type="receipt")
    shop.event(2, "Product Returned", order_id="A1")
    shop.event(3, "Return Approved", order_id="A1")
    shop.event(4, "Order Placed", order_id="A2", amount="5")
    shop.event(5, "投诉")
    assert [row.words.zh for row in shop.page().rows] == [
        "投诉",
        "提交订单 A2，¥5.00",
        "退货：Return Approved（A1）",
        "退货（A1）",
        "消息回执：till Printed",
        "打开邮件",
    ]


def test_orders_told_twice_do_not_shorten_a_page(shop: Shop) -> None:
    for number in range(1, 41):
        shop.event(number, "Order Completed", order_id=f"A{number}")
        shop.order(number, number)
    shop.event(-1, "Cart Viewed")
    first = shop.page(30)
    assert len(first.rows) == 30
    rest = shop.page(30, first.before)
    assert [row.order_id for row in (*first.rows, *rest.rows)][:-1] == [
        f"A{number}" for number in range(40, 0, -1)
    ]
    assert told(rest)[-1] == "looked at the cart"
    assert rest.before is None


def test_a_page_of_a_merged_customer_has_the_rows_of_all_numbers(shop: Shop) -> None:
    shop.event(1, "Cart Viewed", node=1)
    shop.event(2, "Coupon Applied", node=7)
    shop.event(3, "Signed In", node=8)
    page = shop.page(50, None, 1, 7)
    assert told(page) == ["used a coupon", "looked at the cart"]
    assert (page.customer_id, page.merged) == (1, (7,))


@settings(deadline=None, max_examples=40)
@given(
    happenings=st.lists(st.tuples(st.booleans(), st.integers(0, 5), st.booleans()), max_size=30),
    limit=st.integers(1, 7),
)
def test_pages_repeat_nothing_and_leave_out_nothing(
    happenings: list[tuple[bool, int, bool]], limit: int
) -> None:
    shop = Shop()
    with shop.warehouse:
        for number, (is_order, minutes, is_refunded) in enumerate(happenings, start=1):
            if is_order:
                shop.order(number, minutes, refunded="5" if is_refunded else "0", closed=minutes)
            else:
                shop.event(minutes, f"Event {number}")
        whole = shop.page(1000).rows
        assert [row.key for row in whole] == sorted((row.key for row in whole), reverse=True)
        assert len(whole) == len(happenings) + sum(order and back for order, _, back in happenings)
        paged: list[Any] = []
        cursor: str | None = None
        while True:
            page = shop.page(limit, cursor)
            assert len(page.rows) <= limit
            paged += page.rows
            if (cursor := page.before) is None:
                break
        assert paged == whole


def test_what_comes_in_meanwhile_shifts_no_page(shop: Shop) -> None:
    for minutes in range(10):
        shop.event(minutes, f"Event {minutes}")
    first = shop.page(5)
    shop.event(100, "Later")
    assert told(shop.page(5, first.before)) == [f"Event {minutes}" for minutes in range(4, -1, -1)]


@pytest.mark.parametrize("cursor", ["", "1", "a-b-c", "1-9-1", "1-2-3; DROP TABLE orders"])
def test_a_wrong_cursor_is_told(shop: Shop, cursor: str) -> None:
    with pytest.raises(UnknownValue, match="is no cursor"):
        shop.page(5, cursor)


@pytest.mark.parametrize("limit", [0, 1001, -1])
def test_a_wrong_number_of_rows_is_told(shop: Shop, limit: int) -> None:
    with pytest.raises(UnknownValue, match="is no number of rows"):
        shop.page(limit)


def test_a_customer_is_found_by_any_id(shop: Shop, vault: Vault) -> None:
    personal = {"phone": "13812345678", "email": "a@example.com", "taobao": "tb_name"}
    hashed = {name: vault.lookup(name, key) for name, key in personal.items()}
    rows = [
        (1, "shop", "1001"), (2, "anonymous:shop", "d:1"), (3, "phone", hashed["phone"]),
        (4, "email", hashed["email"]), (5, "taobao", hashed["taobao"]),
    ]  # fmt: skip
    shop.known(*rows)
    asked = {
        "1": 1, "shop:1001": 1, "anonymous:shop:d:1": 2, "phone:+86 138-1234-5678": 3,
        "email:A@Example.com": 4, "shop:13812345678": 3, "taobao:tb_name": 5,
    }  # fmt: skip
    for told_id, customer in asked.items():
        assert person_of(shop.warehouse, vault, told_id).customer_id == customer, told_id
    for unknown in ("99", "shop:99", "other:1001", "phone:1", "", ":", "shop:", "9" * 30):
        with pytest.raises(NoSuchCustomer):
            person_of(shop.warehouse, vault, unknown)


def test_at_a_terminal_the_platform_may_be_left_out(shop: Shop, vault: Vault) -> None:
    email = vault.lookup("email", "a@example.com")
    rows = [(1, "shop", "1001"), (2, "jd", "77"), (3, "shop", "77"), (4, "shop", "2"),
            (5, "email", email)]  # fmt: skip
    shop.known(*rows)
    for told_id, customer in {"1001": 1, "2": 4, "5": 5, "a@example.com": 5, "jd:77": 2}.items():
        assert person_named(shop.warehouse, vault, told_id).customer_id == customer, told_id
    with pytest.raises(NoSuchCustomer, match="2 customers have the number '77'"):
        person_named(shop.warehouse, vault, "77")


def test_a_merged_number_gives_its_survivor(shop: Shop, vault: Vault) -> None:
    shop.known((1, "shop", "1001"), (7, "anonymous:shop", "d"))
    shop.warehouse.execute("INSERT INTO merges (customer_id, survivor) VALUES (7, 1)")
    for asked in ("1", "7", "shop:1001", "anonymous:shop:d"):
        assert person_of(shop.warehouse, vault, asked) == Person(1, (1, 7))
