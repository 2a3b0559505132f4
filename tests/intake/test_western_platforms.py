"""Shopify, WooCommerce, Olist and the Western ad platforms: what stands in the warehouse."""

from __future__ import annotations

import csv
import io
from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import permutations

import pytest

from regulars.app.as_of import refresh
from regulars.edges.shop import Shop
from regulars.errors import UnknownLayout
from samples import western
from samples.sample import Sample, table


@pytest.fixture
def shop_of(tmp_path):
    """Make shops in the currency and time zone of a sample."""
    with ExitStack() as open_shops:
        made = iter(range(100))

        def make(sample: Sample, **changed: str) -> Shop:
            where = {"currency": sample.currency, "time_zone": sample.time_zone} | changed
            home = tmp_path / f"shop{next(made)}"
            return open_shops.enter_context(Shop.create(home, name="Test", **where))

        yield make


def take_in(shop: Shop, put, *samples: Sample):
    """Import the files; the reports come back."""
    return [shop.import_files(put(sample.file, sample.text))[0] for sample in samples]


def now(shop: Shop, query: str) -> list[tuple]:
    """What a query gives of the canonical tables; `{now}` keeps what holds by now."""
    refresh(shop.warehouse, shop.home)
    found = shop.warehouse.sql(query.format(now="known_until > now()")).to_pylist()
    return [tuple(row.values()) for row in found]


ORDERS = (
    "SELECT order_id, status, gross, shop_discount, shipping, paid, refunded FROM orders"
    " WHERE {now} ORDER BY order_id"
)
LINES = (
    "SELECT o.order_id, product_id, product_name, line.quantity, unit_price, line.gross"
    " FROM order_lines line JOIN (SELECT DISTINCT order_no, order_id FROM orders) o"
    " USING (order_no) WHERE line.{now} ORDER BY ALL"
)
PEOPLE = (
    "SELECT count(DISTINCT customer_id), count(DISTINCT order_id) FROM orders"
    " WHERE customer_id IS NOT NULL"
)


def rewritten(sample: Sample, change) -> str:
    """The sample's text with its rows changed in place by `change(row)`."""
    rows = list(csv.DictReader(io.StringIO(sample.text)))
    header = sample.text.split("\n", 1)[0]
    for row in rows:
        change(row)
    return table(header, *rows)


# Shopify


def test_shopify_amounts_stand_with_the_order_however_many_rows_it_has(shop_of, put):
    shop = shop_of(western.SHOPIFY_ORDERS)
    take_in(shop, put, western.SHOPIFY_ORDERS)
    zero = Decimal(0)
    assert now(shop, ORDERS) == [
        # Fulfilled. 52 - 5 + 6 = 53, and 3.29 of tax on top.
        ("#1001", "shipped", 52, 5, 6, Decimal("56.29"), zero),
        ("#1002", "paid", 25, zero, zero, 25, 10),
        ("#1003", "cancelled", 30, zero, zero, 30, 30),
        ("#1004", "placed", 40, zero, zero, zero, zero),
        ("#1005", "cancelled", 15, zero, zero, zero, zero),
        ("#1006", "paid", 12, zero, zero, 12, zero),
        ("#1007", "paid", 100, zero, zero, 40, zero),
    ]


def test_shopify_rows_are_goods_by_sku_or_else_by_name(shop_of, put):
    shop = shop_of(western.SHOPIFY_ORDERS)
    take_in(shop, put, western.SHOPIFY_ORDERS)
    tote = "Canvas Tote Bag - Natural / L"
    assert now(shop, LINES)[:3] == [
        ("#1001", tote, tote, 1, 20, 20),
        ("#1001", "FERN-1", "Botanical Fern Print", 2, 16, 32),
        ("#1002", "MUG-1", "Speckled Mug", 1, 25, 25),
    ]


def test_shopify_goods_meet_the_product_export(shop_of, put):
    shop = shop_of(western.SHOPIFY_ORDERS)
    take_in(shop, put, western.SHOPIFY_PRODUCTS, western.SHOPIFY_ORDERS)
    met = now(
        shop,
        "SELECT DISTINCT line.product_id, products.category, products.variant, products.brand"
        " FROM order_lines line JOIN products USING (platform, product_id) ORDER BY ALL",
    )
    # Type and vendor of the tote stand on its first variant; the mug has no vendor.
    assert met == [
        ("Canvas Tote Bag - Natural / L", "Bags", "Natural / L", "Acme"),
        ("MUG-1", "Mugs", None, None),
    ]
    black = "SELECT product_name, category, brand FROM products WHERE product_id = 'TOTE-BL'"
    assert now(shop, black) == [("Canvas Tote Bag", "Bags", "Acme")]


def test_a_further_picture_of_a_shopify_product_is_no_row_of_its_own(shop_of, put):
    shop = shop_of(western.SHOPIFY_PRODUCTS)
    header, first, *rest = western.SHOPIFY_PRODUCTS.text.splitlines(keepends=True)
    cells = dict.fromkeys(next(csv.reader([header])), "")
    cells |= {"Handle": "canvas-tote", "Image Src": "https://cdn.example.com/2.jpg"}
    picture = ",".join(cells.values()) + "\n"
    (report,) = shop.import_files(put("p.csv", "".join([header, first, picture, *rest])))
    assert (report.rows_read, report.accepted, report.rejected) == (3, 3, 0)


def test_the_product_layout_of_2024_reads_like_the_older_one(shop_of, put):
    shop = shop_of(western.SHOPIFY_PRODUCTS)
    text = table(
        "Title,URL handle,Description,Vendor,Product category,Type,Tags,Published on online store,"
        "Status,SKU,Barcode,Option1 name,Option1 value,Option1 Linked To,Option2 name,"
        "Option2 value,Option2 Linked To,Price,Compare-at price,Cost per item,Charge tax",
        {"Title": "Cap", "URL handle": "cap", "Type": "Hats", "SKU": "CAP-R",
         "Option1 value": "Red", "Price": "9.50", "Cost per item": "2"},
        {"URL handle": "cap", "SKU": "CAP-B", "Option1 value": "Blue", "Price": "9.50"},
    )  # fmt: skip
    (report,) = shop.import_files(put("p.csv", text))
    assert (report.format, report.accepted) == ("shopify_products", 2)
    found = now(shop, "SELECT product_id, product_name, category, variant, cost FROM products")
    assert found == [("CAP-B", "Cap", "Hats", "Blue", None), ("CAP-R", "Cap", "Hats", "Red", 2)]


def test_shopify_customers_are_those_who_bought(shop_of, put):
    """By e-mail address whatever its case, and by phone where there is none."""
    shop = shop_of(western.SHOPIFY_ORDERS)
    orders, customers = take_in(shop, put, western.SHOPIFY_ORDERS, western.SHOPIFY_CUSTOMERS)
    assert (orders.new_customers, customers.new_customers) == (5, 0)
    assert now(shop, PEOPLE) == [(5, 6)]
    named = now(shop, "SELECT customer_id, city, tags FROM customers WHERE {now} ORDER BY 1")
    assert named[0] == (1, "Testville", ["vip", "wholesale"])


def test_shopify_customers_can_be_written_and_called(shop_of, put):
    shop = shop_of(western.SHOPIFY_ORDERS)
    take_in(shop, put, western.SHOPIFY_ORDERS, western.SHOPIFY_CUSTOMERS)
    shop.understand()
    reach = {
        row["customer_id"]: (row["phone"] is not None, row["email"] is not None)
        for row in shop.people().to_pylist()
    }
    # Ada has both, Bo an address, the buyer at 5 a phone.
    assert (reach[1], reach[2], reach[5]) == ((True, True), (False, True), (True, False))


def test_a_shopify_order_refunded_in_a_later_export_is_updated_once(shop_of, put):
    shop = shop_of(western.SHOPIFY_ORDERS)
    take_in(shop, put, western.SHOPIFY_ORDERS)

    def refund(row):
        if row["Name"] == "#1001" and row["Financial Status"]:
            row |= {"Financial Status": "refunded", "Refunded Amount": "56.29"}

    (report,) = shop.import_files(put("later.csv", rewritten(western.SHOPIFY_ORDERS, refund)))
    assert (report.accepted, report.updated, report.duplicate) == (1, 1, 7)
    first = now(shop, ORDERS)[0]
    assert (first[1], first[5], first[6]) == ("cancelled", Decimal("56.29"), Decimal("56.29"))
    assert len(now(shop, LINES)) == 8


def test_shopify_times_are_instants_whatever_the_shops_time_zone(shop_of, put):
    shop = shop_of(western.SHOPIFY_ORDERS, time_zone="Asia/Shanghai")
    (report,) = take_in(shop, put, western.SHOPIFY_ORDERS)
    # 22:30 of 1 January in New York is 11:30 of the 2nd in Shanghai.
    assert report.from_ == "2026-01-02"
    placed = now(shop, "SELECT placed_at FROM orders WHERE order_id = '#1001'")
    assert placed == [(datetime(2026, 1, 2, 3, 30, tzinfo=UTC),)]


@pytest.mark.parametrize(
    ("financial", "fulfilled", "status", "paid"),
    [
        ("paid", "unfulfilled", "paid", 30),
        ("paid", "fulfilled", "shipped", 30),
        ("paid", "partial", "paid", 30),
        # Cash on delivery, on its way.
        ("pending", "fulfilled", "placed", 0),
        ("authorized", "unfulfilled", "placed", 0),
        ("expired", "unfulfilled", "cancelled", 0),
        ("partially_refunded", "restocked", "paid", 30),
    ],
)
def test_what_shopifys_words_mean(shop_of, put, financial, fulfilled, status, paid):
    shop = shop_of(western.SHOPIFY_ORDERS)
    row = western.shopify_order(
        1001, "a@example.com", financial, "30.00", Fulfillment_Status=fulfilled
    )
    shop.import_files(put("o.csv", table(western.SHOPIFY_HEADER, row)))
    ((_, found, *_, found_paid, _),) = now(shop, ORDERS)
    assert (found, found_paid) == (status, paid)


def test_a_cancelled_shopify_order_is_none_whatever_its_payment_says(shop_of, put):
    shop = shop_of(western.SHOPIFY_ORDERS)
    row = western.shopify_order(
        1001, "a@example.com", "paid", "30.00", Cancelled_at="2026-01-03 09:00:00 -0500"
    )
    (report,) = shop.import_files(put("o.csv", table(western.SHOPIFY_HEADER, row)))
    assert (report.cancelled, report.paid, report.refunded) == (1, 30, 30)
    assert now(shop, ORDERS)[0][1] == "cancelled"


def test_a_shopify_order_without_goods_is_an_order_all_the_same(shop_of, put):
    shop = shop_of(western.SHOPIFY_ORDERS)
    row = western.shopify_order(
        1001, "a@example.com", "paid", "30.00", Lineitem_name="", Lineitem_quantity="",
        Lineitem_price="",
    )  # fmt: skip
    (report,) = shop.import_files(put("o.csv", table(western.SHOPIFY_HEADER, row)))
    assert (report.accepted, report.orders, report.paid) == (1, 1, 30)
    assert now(shop, LINES) == []


def test_the_american_spelling_of_shopifys_headers_is_read(shop_of, put):
    shop = shop_of(western.SHOPIFY_ORDERS)
    text = western.SHOPIFY_ORDERS.text.replace("Cancelled at", "Canceled at").replace(
        "Lineitem sku", "Lineitem SKU"
    )
    (report,) = shop.import_files(put("o.csv", text))
    assert (report.format, report.cancelled) == ("shopify_orders", 2)
    assert "MUG-1" in {line[1] for line in now(shop, LINES)}


# WooCommerce

PIPES = (
    "id:11|name:Tè verde|product_id:31|sku:TEA-1|quantity:2|subtotal:20.00|subtotal_tax:0.00"
    "|total:18.00|total_tax:0.00|refunded:9.00|refunded_qty:1|meta:Colore=nero; name=x"
    ";id:12|name:Tazza bianca|product_id:40|sku:|quantity:1|subtotal:30.00|subtotal_tax:0.00"
    "|total:27.00|total_tax:0.00|refunded:0.00|refunded_qty:0|meta:"
)
JSON = (
    '[{"id":11,"name":"Tè verde","product_id":31,"sku":"TEA-1","quantity":2,"subtotal":"20.00",'
    '"total":"18.00","refunded":"9.00"},{"id":12,"name":"Tazza bianca","product_id":40,"sku":"",'
    '"quantity":1,"subtotal":"30.00","total":"27.00","refunded":"0.00"}]'
)
IN_ONE_CELL = western.WOOCOMMERCE_ITEMS_HEADER.replace(
    "item_id,item_product_id,item_name,item_sku,item_quantity,item_subtotal,item_subtotal_tax,"
    "item_total,item_total_tax,item_refunded,item_refunded_qty,item_meta",
    "line_items",
)


def order_201(**more: str) -> dict[str, str]:
    """Order 201 of the sample, without its goods."""
    rows = list(csv.DictReader(io.StringIO(western.WOOCOMMERCE_ITEMS.text)))
    return {name: cell for name, cell in rows[0].items() if "item_" not in name} | more


WOO_LINES = [
    ("201", "31", "Tè verde", 2, 10, 20),
    ("201", "40", "Tazza bianca", 1, 30, 30),
]


@pytest.mark.parametrize("goods", [PIPES, JSON], ids=["pipes", "json"])
def test_woocommerce_goods_in_one_cell_are_lines(shop_of, put, goods):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    text = table(IN_ONE_CELL, order_201(line_items=goods))
    (report,) = shop.import_files(put("o.csv", text))
    assert (report.format, report.orders, report.gross) == ("woocommerce_orders", 1, 50)
    assert now(shop, LINES) == WOO_LINES
    lines = now(shop, "SELECT shop_discount, refunded FROM order_lines ORDER BY product_id")
    assert lines == [(2, 9), (3, 0)]


def test_the_row_per_item_and_the_row_per_order_tell_of_the_same_lines(shop_of, put):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    take_in(shop, put, western.WOOCOMMERCE_ITEMS)
    shop.import_files(put("o.csv", table(IN_ONE_CELL, order_201(line_items=PIPES))))
    assert now(shop, LINES)[:2] == WOO_LINES
    assert len(now(shop, LINES)) == 3
    assert [row[:1] + row[2:] for row in now(shop, ORDERS)] == [
        ("201", 50, 5, 4, Decimal("58.80"), 9),
        ("202", 10, 0, 0, 0, 0),
    ]


def test_a_woocommerce_order_without_items_is_an_order_all_the_same(shop_of, put):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    text = table(western.WOOCOMMERCE_ITEMS_HEADER, order_201())
    (report,) = shop.import_files(put("o.csv", text))
    assert (report.format, report.accepted, report.orders) == ("woocommerce_items", 1, 1)
    assert now(shop, LINES) == []


def test_goods_that_cannot_be_taken_apart_do_not_stop_the_import(shop_of, put):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    text = table(IN_ONE_CELL, order_201(line_items="[{broken"), order_201(order_id="203"))
    (report,) = shop.import_files(put("o.csv", text))
    assert (report.accepted, report.orders) == (2, 2)
    # That there were goods is not lost.
    assert now(shop, LINES) == [("201", None, None, 1, None, None)]


def test_woocommerce_goods_in_numbered_columns_are_lines(shop_of, put):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    take_in(shop, put, western.WOOCOMMERCE_ORDERS)
    cup = "Tazza | 2; bianca"
    assert now(shop, LINES)[:2] == [
        ("101", "31", "Tè verde", 2, 10, 20),
        # A product that is gone has no number any more.
        ("101", cup, cup, 1, 30, 30),
    ]


def test_a_woocommerce_guest_and_account_with_one_address_are_one_person(shop_of, put):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    orders, customers = take_in(
        shop, put, western.WOOCOMMERCE_ORDERS, western.WOOCOMMERCE_CUSTOMERS
    )
    assert (orders.customers, customers.new_customers) == (3, 0)
    assert now(shop, PEOPLE) == [(3, 6)]


def test_the_customers_report_of_woocommerce_itself_is_read(shop_of, put):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    text = (
        'Name,Username,"Last active","Date registered",Email,Orders,"Total spend",AOV,'
        '"Country / Region",City,Region,"Postal code"\n'
        '"Anna Bianchi",anna,"2026-02-02 10:00:00","2025-12-01 08:00:00",anna@esempio.it,2,80.80,'
        "40.40,IT,Roma,RM,00100\n"
        '"Luca Verdi",,"2026-02-04 10:00:00",,luca@esempio.it,2,0,0,IT,Milano,MI,20100\n'
    )
    take_in(shop, put, western.WOOCOMMERCE_ORDERS)
    (report,) = shop.import_files(put("customers.csv", text))
    assert (report.format, report.accepted, report.new_customers) == ("woocommerce_customers", 2, 0)
    cities = now(shop, "SELECT city, registered_at FROM customers WHERE {now} ORDER BY customer_id")
    assert cities[0] == ("Roma", datetime(2025, 12, 1, 7, tzinfo=UTC))
    assert cities[1] == ("Milano", None)


@pytest.mark.parametrize(
    ("word", "paid_date", "status", "paid", "refunded"),
    [
        ("wc-completed", "2026-02-01 10:00:00", "completed", 30, 0),
        ("Processing", "", "paid", 30, 0),
        ("on-hold", "", "placed", 0, 0),
        ("Pending payment", "", "placed", 0, 0),
        ("checkout-draft", "", "placed", 0, 0),
        ("wc-refunded", "2026-02-01 10:00:00", "cancelled", 30, 30),
        ("failed", "", "cancelled", 0, 0),
        # Given up before payment, and after.
        ("wc-cancelled", "", "cancelled", 0, 0),
        ("cancelled", "2026-02-01 10:00:00", "cancelled", 30, 30),
    ],
)
def test_what_woocommerces_words_mean(shop_of, put, word, paid_date, status, paid, refunded):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    row = western.woocommerce_order(101, "a@esempio.it", word, "30.00", paid_date=paid_date)
    shop.import_files(put("o.csv", table(western.WOOCOMMERCE_HEADER, row)))
    ((_, found, *_, found_paid, found_refunded),) = now(shop, ORDERS)
    assert (found, found_paid, found_refunded) == (status, paid, refunded)


def test_a_word_of_another_extension_is_rejected_and_not_guessed(shop_of, put):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    row = western.woocommerce_order(101, "a@esempio.it", "awaiting-pickup", "30.00")
    (report,) = shop.import_files(put("o.csv", table(western.WOOCOMMERCE_HEADER, row)))
    assert (report.accepted, report.rejected) == (0, 1)
    (reject,) = shop.rejects().to_pylist()
    assert (reject["column"], reject["reason"]) == ("status", "unknown_status")


def test_a_woocommerce_refund_in_a_later_export_updates_its_order(shop_of, put):
    shop = shop_of(western.WOOCOMMERCE_ORDERS)
    take_in(shop, put, western.WOOCOMMERCE_ORDERS)

    def refund(row):
        if row["order_id"] == "101":
            row["refund_items"] = "amount:10.80|reason:|date:2026-02-08 10:00:00"

    (report,) = shop.import_files(put("later.csv", rewritten(western.WOOCOMMERCE_ORDERS, refund)))
    assert (report.accepted, report.updated, report.duplicate) == (1, 1, 5)
    assert now(shop, ORDERS)[0][-2:] == (Decimal("60.80"), Decimal("10.80"))


def test_woocommerce_categories_are_paths_and_variations_have_their_attributes(shop_of, put):
    shop = shop_of(western.WOOCOMMERCE_PRODUCTS)
    take_in(shop, put, western.WOOCOMMERCE_PRODUCTS)
    found = now(
        shop,
        "SELECT product_id, department, category, variant FROM products ORDER BY product_id",
    )
    assert found == [
        ("31", "Bevande", "Tè, caffè", None),
        ("40", None, "Casa", None),
        ("41", None, None, "bianca"),
    ]


# Olist

OLIST = (
    western.OLIST_ORDERS,
    western.OLIST_ITEMS,
    western.OLIST_PAYMENTS,
    western.OLIST_CUSTOMERS,
)
OLIST_PEOPLE = (
    "SELECT identity, list(DISTINCT order_id ORDER BY order_id) FROM orders"
    " JOIN (SELECT DISTINCT customer_id, identity FROM customers) USING (customer_id)"
    " GROUP BY identity ORDER BY identity"
)


@pytest.mark.parametrize(
    "order", list(permutations(range(4)))[::5], ids=lambda order: "".join(map(str, order))
)
def test_olist_files_give_the_same_people_in_whichever_order(shop_of, put, order):
    shop = shop_of(western.OLIST_ORDERS)
    take_in(shop, put, *(OLIST[place] for place in order))
    # Three people behind four customer numbers.
    assert now(shop, "SELECT count(DISTINCT customer_id) FROM customers") == [(3,)]
    assert now(shop, OLIST_PEOPLE) == [
        ("ada", ["53cdb2fc8bc7dce0", "e481f51cbdc54678"]),
        ("bo", ["47770eb9100c2d0c"]),
        ("cy", ["949d5b44dbf5de91"]),
    ]
    assert now(shop, "SELECT count(*) FROM pending_lines") == [(0,)]
    assert now(shop, ORDERS) == [
        # Paid by card and never sent.
        ("47770eb9100c2d0c", "cancelled", Decimal("159.90"), 0, Decimal("19.22"),
         Decimal("179.12"), Decimal("179.12")),
        ("53cdb2fc8bc7dce0", "completed", Decimal("118.70"), 0, Decimal("22.76"),
         Decimal("141.46"), 0),
        ("949d5b44dbf5de91", "placed", 0, 0, 0, 0, 0),
        # A card and two vouchers; two of one product.
        ("e481f51cbdc54678", "completed", Decimal("59.98"), 0, Decimal("17.44"),
         Decimal("77.42"), 0),
    ]  # fmt: skip


def test_olist_becomes_people_with_their_purchases(shop_of, put):
    shop = shop_of(western.OLIST_ORDERS)
    take_in(shop, put, *OLIST, western.OLIST_PRODUCTS)
    shop.understand()
    people = {row["customer_id"]: row["orders"] for row in shop.people().to_pylist()}
    assert sorted(people.values()) == [0, 0, 2]
    bought = now(
        shop,
        "SELECT products.category, count(*) FROM order_lines"
        " JOIN products USING (platform, product_id) GROUP BY ALL ORDER BY ALL",
    )
    assert bought == [("perfumaria", 1), ("utilidades_domesticas", 2), (None, 1)]


def test_olist_lines_wait_until_their_orders_come(shop_of, put):
    shop = shop_of(western.OLIST_ORDERS)
    take_in(shop, put, western.OLIST_ITEMS)
    assert now(shop, "SELECT count(*) FROM pending_lines") == [(4,)]
    assert now(shop, "SELECT count(*) FROM orders") == [(0,)]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        (
            '"review_id","order_id","review_score","review_comment_title",'
            '"review_comment_message","review_creation_date","review_answer_timestamp"',
            "r1,o1,5,,,2018-01-18 00:00:00,2018-01-18 21:46:59",
        ),
        ('"seller_id","seller_zip_code_prefix","seller_city","seller_state"', "s1,1,campinas,SP"),
        (
            '"geolocation_zip_code_prefix","geolocation_lat","geolocation_lng",'
            '"geolocation_city","geolocation_state"',
            "01037,-23.5,-46.6,sao paulo,SP",
        ),
        ("product_category_name,product_category_name_english", "beleza_saude,health_beauty"),
    ],
    ids=["reviews", "sellers", "geolocation", "translation"],
)
def test_the_other_olist_files_are_refused_in_words(shop_of, put, header, row):
    shop = shop_of(western.OLIST_ORDERS)
    with pytest.raises(UnknownLayout, match="no known format has these headers"):
        shop.import_files(put("x.csv", f"{header}\n{row}\n"))


# Spend

SPEND = (
    "SELECT day, platform, source, campaign, ad, spend, impressions, clicks FROM spend"
    " WHERE {now} ORDER BY ALL"
)


def test_spend_of_three_platforms_stands_side_by_side(shop_of, put):
    shop = shop_of(western.GOOGLE_ADS)
    take_in(shop, put, western.GOOGLE_ADS, western.META_ADS, western.TIKTOK_ADS)
    first, second = date(2026, 1, 5), date(2026, 1, 6)
    brand = "Brand — Search"
    assert now(shop, SPEND) == [
        (first, "google_ads", "google", brand, None, Decimal("1012.40"), 1900, 40),
        (first, "meta_ads", "facebook", "Spring", "Mug video", 20, 1000, 40),
        (first, "tiktok_ads", "tiktok", "Spring", "Mug", 12, 2000, 40),
        (second, "google_ads", "google", brand, None, Decimal("16.50"), 1200, 55),
        (second, "google_ads", "google", "Shopping", None, 0, 0, 0),
        (second, "meta_ads", "facebook", "Spring", "Mug video", Decimal("0.75"), 11, None),
        (second, "meta_ads", "facebook", "Spring", "Mug video", Decimal("21.25"), 1100, 42),
        (second, "tiktok_ads", "tiktok", "Spring", "Mug", Decimal("8.50"), 1700, 25),
    ]


def test_a_row_of_totals_or_of_more_than_a_day_is_no_spend_of_a_day(shop_of, put):
    shop = shop_of(western.META_ADS)
    text = (
        "Reporting starts,Reporting ends,Campaign name,Amount spent (USD),Impressions,Link clicks\n"
        ",,,107.00,20,2\n"
        "2026-01-01,2026-01-31,Spring,100.00,10,1\n"
        "2026-02-01,2026-02-01,Spring,7.00,10,1\n"
    )
    (report,) = shop.import_files(put("m.csv", text))
    assert (report.accepted, report.spend) == (1, 7)
    rejects = [(row["line"], row["reason"]) for row in shop.rejects().to_pylist()]
    assert sorted(rejects) == [(2, "missing"), (3, "nothing_told")]
    google = western.GOOGLE_ADS.text + '"Total: Account",,USD,95,"3,100",3.06%,0.30,1028.90,,,\n'
    (report,) = shop.import_files(put("g.csv", google))
    assert (report.rejected, report.spend) == (1, Decimal("1028.90"))


def test_the_currency_in_metas_header_must_be_the_shops(shop_of, put):
    shop = shop_of(western.META_ADS, currency="EUR")
    (report,) = take_in(shop, put, western.META_ADS)
    assert (report.accepted, report.rejected) == (0, 3)
    assert set(shop.rejects()["reason"].to_pylist()) == {"another_currency"}
    text = western.META_ADS.text.replace("(USD)", "(EUR)")
    assert shop.import_files(put("eur.csv", text))[0].spend == Decimal("42.00")


def test_metas_chinese_export_reads_like_the_english_one(shop_of, put):
    shop = shop_of(western.META_ADS)
    text = (
        "单日,广告系列名称,广告组名称,广告名称,覆盖人数,展示次数,点击量（全部）,已花费金额 (USD),"
        "链接点击量,报告开始日期,报告结束日期\n"
        "2026-01-05,Spring,Broad,Mug video,900,1000,55,20.00,40,2026-01-05,2026-01-05\n"
    )
    (report,) = shop.import_files(put("m.csv", text))
    assert (report.format, report.rejected) == ("meta_ads", 0)
    day = date(2026, 1, 5)
    assert now(shop, SPEND) == [(day, "meta_ads", "facebook", "Spring", "Mug video", 20, 1000, 40)]


def test_spend_that_the_platform_corrects_later_is_updated(shop_of, put):
    shop = shop_of(western.TIKTOK_ADS)
    take_in(shop, put, western.TIKTOK_ADS)
    (report,) = shop.import_files(put("later.csv", western.TIKTOK_ADS.text.replace("8.50", "8.25")))
    assert (report.accepted, report.updated, report.duplicate) == (1, 1, 1)
    assert [row[5] for row in now(shop, SPEND)] == [12, Decimal("8.25")]
