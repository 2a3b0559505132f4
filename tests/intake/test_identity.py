"""Who a row is of: one key decides (ADR 3), whatever that key looks like."""

from __future__ import annotations

import pytest

HEAD = "order_id,customer_id,phone,email,placed_at,paid\n"
BARE = "order_id,customer_id,placed_at,paid\n"
MAPPING = '[columns]\norder_id = "No"\nplaced_at = "At"\npaid = "Paid"\ncustomer_id = "Who"\n'
WITH_PHONE = MAPPING + 'phone = "Phone"\n'


def numbers(shop) -> dict[str, int | None]:
    """The customer number of each order."""
    shop.understand()
    found = shop.warehouse.sql(
        "SELECT order_id, customer_id FROM orders WHERE known_until > now() ORDER BY ALL"
    )
    return {row["order_id"]: row["customer_id"] for row in found.to_pylist()}


@pytest.mark.parametrize("first", ["with a phone", "without"])
def test_a_customer_known_by_an_address_stays_one_without_the_phone_column(shop, put, first):
    files = [
        put("a.csv", HEAD + "1,Ada@Mail.com,13812345678,,2026-01-05,10\n"),
        put("b.csv", BARE + "2,ada@mail.com,2026-02-05,10\n"),
    ]
    shop.import_files(*(files if first == "with a phone" else files[::-1]))
    assert numbers(shop) == {"1": 1, "2": 1}


def test_so_does_one_whose_column_is_mapped(shop, put):
    shop.import_files(
        put("a.csv", "No,At,Paid,Who,Phone\n1,2026-01-05,10,ada@mail.com,13812345678\n"),
        mapping=put("a.toml", WITH_PHONE),
    )
    shop.import_files(
        put("b.csv", "No,At,Paid,Who\n2,2026-02-05,10,ada@mail.com\n"),
        mapping=put("b.toml", MAPPING),
    )
    assert numbers(shop) == {"1": 1, "2": 1}


def test_a_number_in_the_customer_column_outweighs_the_phone_of_the_same_row(shop, put):
    """A household shares a phone; the shop's own numbers tell its people apart."""
    shop.import_files(
        put(
            "a.csv",
            HEAD
            + "1,ada@mail.com,13812345678,,2026-01-05,10\n"
            + "2,bo@mail.com,13812345678,,2026-01-05,10\n"
            + "3,c3,13812345678,,2026-01-05,10\n"
            + "4,13900000000,13812345678,,2026-01-05,10\n"
            + "5,,13812345678,,2026-01-05,10\n"
            + "6,,,bo@mail.com,2026-01-05,10\n",
        )
    )
    assert numbers(shop) == {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "6": 2}


def test_customers_meet_their_orders_by_the_same_text(shop, put):
    customers = "customer_id,phone,gender\nada@mail.com,13812345678,f\n"
    shop.import_files(put("c.csv", customers), put("o.csv", BARE + "1,ada@mail.com,2026-01-05,9\n"))
    shop.understand()
    (person,) = shop.people().to_pylist()
    assert (person["gender"], person["phone"], person["monetary"]) == ("f", "138****5678", 9)
    assert shop.customer("ada@mail.com").row["customer_id"].to_pylist() == [1]


@pytest.mark.parametrize(
    "spelt",
    ["138-1234-5678", "138 1234 5678", "+86 13812345678", "8613812345678", "0086 13812345678"],
)
def test_a_phone_in_the_customer_column_is_one_however_it_is_spelt(shop, put, spelt):
    shop.import_files(
        put("a.csv", BARE + f"1,{spelt},2026-01-05,10\n"),
        put("b.csv", BARE + "2,13812345678,2026-01-05,10\n"),
    )
    assert numbers(shop) == {"1": 1, "2": 1}
    shop.close()
    for path in shop.home.folder.rglob("*.parquet"):
        assert spelt.encode() not in path.read_bytes(), path


def test_numbers_that_are_no_phones_stay_numbers(shop, put):
    """Of ten digits, of twelve, of eleven that no mobile has, of fifteen."""
    keys = ("1381234567", "138123456789", "12812345678", "100000000000001", "13-8", "1")
    rows = "".join(f"{place},{key},2026-01-05,10\n" for place, key in enumerate(keys))
    shop.import_files(put("a.csv", BARE + rows))
    shop.understand()
    assert set(shop.people()["ref"].to_pylist()) == set(keys)


@pytest.mark.parametrize(
    "masked", ["138****5678", "1**********", "+86 138****5678", "l***@mail.com"]
)
def test_a_masked_phone_in_the_customer_column_is_nobody(shop, put, masked):
    """It may be that of many: their orders are guests', and are counted as such."""
    rows = f"1,{masked},,,2026-01-05,10\n2,{masked},,,2026-01-06,10\n"
    known = f"3,{masked},13812345678,,2026-01-06,10\n"
    (report,) = shop.import_files(put("a.csv", HEAD + rows + known))
    assert (report.accepted, report.guests, report.customers) == (3, 2, 1)
    assert numbers(shop) == {"1": None, "2": None, "3": 1}
