"""Cells as exports and spreadsheets disguise them: understood, or rejected with their reason."""

from __future__ import annotations

from decimal import Decimal

import pytest

from regulars import Shop

HEAD = "order_id,customer_id,placed_at,paid\n"


def reasons(shop: Shop) -> list[tuple[str, str, str]]:
    return [(row["column"], row["value"], row["reason"]) for row in shop.rejects().to_pylist()]


def paid(shop: Shop) -> list[Decimal]:
    from regulars.app.as_of import refresh

    refresh(shop.warehouse, shop.home)
    rows = shop.warehouse.sql("SELECT paid FROM orders ORDER BY order_id").to_pylist()
    return [row["paid"] for row in rows]


def test_the_comma_is_the_decimal_point_where_semicolons_part_the_cells(shop, put):
    text = HEAD.replace(",", ";") + (
        "A;c1;2026-01-05;12,50\n"
        "B;c1;2026-01-05;1.234,50\n"
        "C;c1;2026-01-05;1,234.50\n"  # cannot be anything else than the other way round
        "D;c1;2026-01-05;99.90\n"
        "E;c1;2026-01-05;1234,5678\n"
        "F;c1;2026-01-05;1,234\n"  # a thousand, or one and a bit
    )
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.accepted, report.rejected) == (5, 1)
    assert reasons(shop) == [("paid", "1,234", "either_amount")]
    assert paid(shop) == [
        Decimal(value) for value in ("12.5", "1234.5", "1234.5", "99.9", "1234.5678")
    ]


def test_full_width_digits_are_digits(shop, put):
    text = HEAD + "A,c1,2026-01-05,１２３．５０\nB,c1,2026-01-05,￥９\nC,c1,2026-01-05,－５\n"
    (report,) = shop.import_files(put("x.csv", text))
    assert report.rejected == 0
    assert paid(shop) == [Decimal("123.5"), Decimal(9), Decimal(-5)]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("1.23457E+17", "digits_lost"),
        ("2E+18", "digits_lost"),
        ("=A2", "formula"),
        ("#N/A", "formula"),
        ("#REF!", "formula"),
    ],
)
@pytest.mark.parametrize("column", ["order_id", "customer_id"])
def test_a_number_that_a_spreadsheet_has_spoilt_is_no_number(shop, put, number, reason, column):
    row = {"order_id": "A", "customer_id": "c1", column: number}
    text = f"{HEAD}{row['order_id']},{row['customer_id']},2026-01-05,1\nB,c2,2026-01-05,2\n"
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.accepted, report.rejected) == (1, 1)
    assert reasons(shop) == [(column, number, reason)]


def test_a_number_in_a_text_formula_is_a_number(shop, put):
    text = (
        HEAD + '"=""202601050001""",c1,2026-01-05,1\n#1001,c2,2026-01-05,2\n3E5,c3,2026-01-05,3\n'
    )
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.accepted, report.rejected) == (3, 0)
    assert (
        shop.import_files(put("y.csv", HEAD + "202601050001,c1,2026-01-05,1\n"))[0].duplicate == 1
    )


def test_a_formula_for_an_amount_is_no_amount(shop, put):
    (report,) = shop.import_files(put("x.csv", HEAD + "A,c1,2026-01-05,=10*2\n"))
    assert report.rejected == 1
    assert reasons(shop) == [("paid", "=10*2", "not_an_amount")]


def test_a_time_that_clocks_skipped_does_not_exist(tmp_path, put):
    # New York went from 2:00 to 3:00 on 8 March 2026, and ran through 1:00 to 2:00 twice on
    # 1 November 2026.
    text = HEAD + (
        "A,c1,2026-03-08 01:59:59,1\n"
        "B,c1,2026-03-08 02:30:00,1\n"
        "C,c1,2026-03-08 03:00:00,1\n"
        "D,c1,2026-03-08T02:30:00Z,1\n"
        "E,c1,2026-11-01 01:30:00,1\n"
    )
    with Shop.create(tmp_path / "ny", time_zone="America/New_York", currency="USD") as shop:
        (report,) = shop.import_files(put("x.csv", text))
        assert (report.accepted, report.rejected) == (4, 1)
        assert reasons(shop) == [("placed_at", "2026-03-08 02:30:00", "no_such_time")]
        from regulars.app.as_of import refresh

        refresh(shop.warehouse, shop.home)
        rows = shop.warehouse.sql(
            "SELECT strftime(placed_at AT TIME ZONE 'UTC', '%d %H:%M') AS t FROM orders"
            " ORDER BY order_id"
        ).to_pylist()
    assert [row["t"] for row in rows] == ["08 06:59", "08 07:00", "08 02:30", "01 06:30"]


def test_only_old_times_fall_into_the_gaps_of_a_zone_that_gave_summer_time_up(shop, put):
    # China had summer time until 1991; on 14 April 1991 clocks went from 2:00 to 3:00.
    text = HEAD + "A,c1,1991-04-14 02:30:00,1\nB,c1,2026-04-14 02:30:00,1\n"
    shop.import_files(put("x.csv", text))
    assert [reason for *_, reason in reasons(shop)] == ["no_such_time"]


def test_spend_comes_in_by_day_and_source_and_a_corrected_export_replaces_it(shop, put):
    head = "日期,source,campaign,spend\n".replace("日期", "date")
    first = head + "2026-01-05,douyin,a,100\n2026-01-05,douyin,a,50\n2026-01-06,,b,7\n"
    later = head + "2026-01-05,douyin,a,100\n2026-01-05,douyin,a,50\n2026-01-06,,b,9.5\n"
    (report,) = shop.import_files(put("x.csv", first), kind="spend")
    assert (report.format, report.spend) == ("plain_spend", Decimal(157))
    (report,) = shop.import_files(put("y.csv", later))
    assert (report.accepted, report.duplicate, report.updated) == (1, 2, 1)
    from regulars.app.as_of import refresh

    refresh(shop.warehouse, shop.home)
    rows = shop.warehouse.sql(
        "SELECT day::VARCHAR AS day, sum(spend) AS spend FROM spend"
        " WHERE known_until > TIMESTAMPTZ '2100-01-01' GROUP BY 1 ORDER BY 1"
    ).to_pylist()
    assert rows == [
        {"day": "2026-01-05", "spend": Decimal(150)},
        {"day": "2026-01-06", "spend": Decimal("9.5")},
    ]
