"""What came in once and must not do harm: odd names, swallowed rows, absurd values, lost keys."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars import Shop
from regulars.errors import HomeError, SettingsError, UnreadableFile, VaultError
from regulars.intake.vault import Vault

HEAD = "order_id,customer_id,placed_at,paid\n"


def monetary(shop: Shop) -> dict[str, Decimal]:
    shop.understand()
    return {row["ref"]: row["monetary"] for row in shop.people().to_pylist()}


def test_a_home_may_have_any_name_and_never_reads_its_neighbour(tmp_path, put):
    for name, who in (("G1", "anna"), ("G[1]", "ben"), ("Bob's *% shop", "carl")):
        with Shop.create(tmp_path / name) as shop:
            shop.import_files(put("x.csv", HEAD + f"1,{who},2026-01-05,10\n"))
            assert shop.import_files(put("x.csv", HEAD + f"1,{who},2026-01-05,10\n"))[0].duplicate
            assert monetary(shop) == {who: 10}
            assert shop.plan().table.num_rows <= 1
            assert shop.rebuild().identical


def test_a_path_that_the_engine_cannot_take_is_refused_at_once(tmp_path):
    with pytest.raises(HomeError, match="question mark"):
        Shop.create(tmp_path / "what?")


def test_headers_may_be_called_anything(shop, put):
    text = 'order_id,customer_id,placed_at,paid,C_PAID,c_customer_key,_line,paid,paid.2,"a""b"\n'
    shop.import_files(put("x.csv", text + "o1,c1,2026-01-05,10,99,evil,7,8,9,x\n"))
    assert monetary(shop) == {"c1": 10}


def test_a_platform_is_a_name_and_no_sql(shop, put):
    for platform in ("x'; DROP TABLE stage; --", "x' || 'y", "A B"):
        mapping = put("m.toml", f'platform = "{platform}"\n[columns]\norder_id = "order_id"\n')
        with pytest.raises(SettingsError, match="platform"):
            shop.import_files(put("x.csv", HEAD), mapping=mapping)
    mapping = put(
        "bob's.toml", '[columns]\ncustomer_id = "customer_id"\n'.replace("[", 'kind="customers"\n[')
    )
    assert shop.import_files(put("c.csv", "customer_id,x\nc1,1\n"), mapping=mapping)[0].accepted


@pytest.mark.parametrize("closing", ["", '"'])
def test_a_quotation_mark_that_swallows_rows_is_refused(shop, put, closing):
    rows = [f"o{n},c{n},2026-01-05,10\n" for n in range(50)]
    rows[5] = 'o5,"tea,2026-01-05,10\n'
    rows[40] = f"o40,c40{closing},2026-01-05,10\n"
    with pytest.raises(UnreadableFile, match="line 7"):
        shop.import_files(put("x.csv", HEAD + "".join(rows)))


def test_line_breaks_inside_a_cell_are_no_swallowed_rows(shop, put):
    text = 'order_id,customer_id,placed_at,paid,product_name\no1,c1,2026-01-05,10,"a\nb\nc, d\ne"\n'
    assert shop.import_files(put("x.csv", text))[0].accepted == 1


def test_absurd_amounts_are_slips_and_poison_nothing(shop, put):
    text = "order_id,customer_id,placed_at,paid,quantity,unit_price\n"
    rows = "a,c1,2026-01-05,99999999999999,,\nb,c1,2026-01-05,,99999999999,99999999999\n"
    (report,) = shop.import_files(put("x.csv", text + rows + "c,c1,2026-01-05,10,,\n"))
    assert (report.accepted, report.rejected) == (1, 2)
    assert set(shop.rejects()["reason"].to_pylist()) == {"too_large"}
    assert monetary(shop) == {"c1": 10}


def test_amounts_in_another_currency_are_not_added_up(shop, put):
    text = "order_id,customer_id,placed_at,paid,currency\n"
    rows = "a,c1,2026-01-05,10,CNY\nb,c1,2026-01-05,10,RMB\nc,c1,2026-01-05,10,USD\n"
    (report,) = shop.import_files(put("x.csv", text + rows))
    assert (report.accepted, report.rejected) == (2, 1)
    assert shop.rejects()["reason"].to_pylist() == ["another_currency"]


def test_parquet_keeps_to_the_same_rules_in_every_guise(shop, tmp_path):
    zoned = datetime(2026, 1, 5, 2, tzinfo=UTC)
    table = pa.table(
        {
            "order_id": pa.array(["a", "b", "c"]).dictionary_encode(),
            "customer_id": pa.array(["c1", "", "c2"]).dictionary_encode(),
            "placed_at": pa.array([zoned, zoned, datetime(1899, 1, 1, tzinfo=UTC)],
                                  pa.timestamp("ns", "UTC")),
            "paid": pa.array(["¥1,200.50", "7", "8"], pa.string_view()),
        }
    )  # fmt: skip
    pq.write_table(table, tmp_path / "x.parquet")
    (report,) = shop.import_files(tmp_path / "x.parquet")
    assert (report.accepted, report.rejected, report.guests) == (2, 1, 1)
    assert monetary(shop) == {"c1": Decimal("1200.50")}


@pytest.mark.parametrize(
    "time", ["2026-01-01 10:00:00 America/New_York", "2026-01-01 10:00:00 CST", "2026-01-01 10"]
)
def test_a_time_that_we_cannot_read_is_not_guessed(shop, put, time):
    assert shop.import_files(put("x.csv", HEAD + f"1,c1,{time},10\n"))[0].rejected == 1


@pytest.mark.parametrize(
    ("time", "utc"),
    [
        ("2026-01-01 10:00:00", "02:00"),
        ("2026-01-01T10:00:00Z", "10:00"),
        ("2026-01-01 10:00:00-08", "18:00"),
        ("2026-01-01T10:00:00.5+08:00", "02:00"),
        ("2026-01-01T10:00", "02:00"),
        ("2026/1/1 10:00", "02:00"),
    ],
)
def test_times_with_and_without_a_zone(shop, put, time, utc):
    shop.import_files(put("x.csv", HEAD + f"1,c1,{time},10\n"))
    shop.understand()
    at = shop.warehouse.sql("SELECT placed_at FROM purchases").to_pylist()[0]["placed_at"]
    assert at.astimezone(UTC).strftime("%H:%M") == utc


def test_a_correction_without_a_time_holds_from_the_later_import(shop, put):
    shop.import_files(put("a.csv", HEAD + "".join(f"o{n},c1,2026-01-05,10\n" for n in range(20))))
    (report,) = shop.import_files(
        put("b.csv", HEAD + "".join(f"o{n},c1,2026-01-05,12\n" for n in range(20)))
    )
    assert report.updated == 20
    assert monetary(shop) == {"c1": 240}


def test_a_guest_who_is_known_later_becomes_a_customer(shop, put):
    shop.import_files(put("a.csv", HEAD + "".join(f"o{n},,2026-01-05,10\n" for n in range(20))))
    shop.import_files(put("b.csv", HEAD + "".join(f"o{n},c1,2026-01-05,10\n" for n in range(20))))
    assert monetary(shop) == {"c1": 200}


def test_whose_an_order_with_two_customers_is_does_not_depend_on_the_order_of_files(new_shops, put):
    texts = [f"o1,{who},2026-01-05,tea {who},10\n" for who in ("c1", "c2")]
    head = "order_id,customer_id,placed_at,product_name,paid\n"
    found = []
    for order in (texts, texts[::-1]):
        with next(new_shops) as shop:
            for number, text in enumerate(order):
                shop.import_files(put(f"{number}.csv", head + text))
            found.append({ref: paid for ref, paid in monetary(shop).items() if paid})
    assert found[0] == found[1]


def test_a_line_export_in_an_older_state_changes_nothing(shop, put):
    orders = "订单编号,买家会员名,买家实际支付金额,订单创建时间,订单付款时间\n"
    lines = "子订单编号,主订单编号,标题,价格,购买数量,订单状态\n"
    shop.import_files(
        put("o.csv", orders + "1,a,10,2026-01-05 10:00:00,2026-01-05 10:01:00\n"),
        put("l.csv", lines + "11,1,茶,10,1,交易成功\n"),
        put("s.csv", lines + "11,1,茶,10,1,买家已付款，等待卖家发货\n"),
    )
    shop.understand()
    kept = shop.warehouse.sql("SELECT status FROM order_lines WHERE known_until > now()")
    assert kept["status"].to_pylist() == ["completed"]


def test_a_customer_who_was_forgotten_and_comes_back_stops_nobody(shop, put):
    customers = "customer_id,phone\nc1,13812345678\n"
    shop.import_files(put("c.csv", customers), put("a.csv", HEAD + "1,c1,2026-01-05,10\n"))
    with Vault.open(shop.home.keys) as vault:
        vault.shred(["c:1"])
    text = "order_id,customer_id,phone,placed_at,paid\n2,c1,13900000000,2026-02-05,10\n"
    shop.import_files(put("b.csv", text))
    shop.understand()
    assert shop.people()["phone"].to_pylist() == ["139****0000"]


def test_lost_keys_are_told_and_never_made_anew(shop, put):
    shop.import_files(put("a.csv", HEAD + "1,c1,2026-01-05,10\n"))
    (shop.home.keys / "lookup.key").unlink()
    with pytest.raises(VaultError, match="Restore keys/"):
        shop.import_files(put("b.csv", HEAD + "2,c1,2026-01-05,10\n"))
    assert {one.level for one in shop.doctor() if one.subject == "keys"} == {"error"}


def test_a_customer_number_that_is_a_phone_goes_into_the_vault(shop, put):
    shop.import_files(put("a.csv", HEAD + "1,13812345678,2026-01-05,10\n2,c2,2026-01-05,5\n"))
    assert monetary(shop) == {"138****5678": 10, "c2": 5}
    assert shop.customer("13812345678").row["monetary"].to_pylist() == [10]
    shop.close()
    for path in shop.home.folder.rglob("*"):
        if path.is_file():
            assert b"13812345678" not in path.read_bytes(), path


def test_shifted_cells_give_nobody_away(shop, put):
    text = HEAD + "1,c1,13812345678,10\n2,c1,2026-01-05,secret@mail.com\n"
    assert shop.import_files(put("a.csv", text))[0].rejected == 2
    assert shop.rejects()["value"].to_pylist() == ["***********", "***@***"]


def test_a_customer_of_whom_only_a_masked_phone_is_left_is_nobody(shop, put):
    mapping = put("m.toml", 'kind = "customers"\n[columns]\nphone = "phone"\ngender = "gender"\n')
    text = "phone,gender\n138****1234,f\n13812345678,m\n"
    (report,) = shop.import_files(put("c.csv", text), mapping=mapping)
    assert (report.accepted, report.rejected, report.customers) == (1, 1, 1)


def test_an_interrupted_understanding_leaves_the_earlier_one_whole(shop, put):
    rows = "".join(f"o{n},c{n},2026-0{1 + n % 5}-05,10\n" for n in range(30))
    shop.import_files(put("a.csv", HEAD + rows))
    shop.understand()

    def stop(name: str) -> None:
        if name == "people":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shop.understand("2026-02-28", stop)
    assert shop.people()["monetary"].to_pylist() == [10] * 30
    assert shop.warehouse.sql("SELECT count(*) AS n FROM purchases")["n"].to_pylist() == [30]


def test_a_rebuild_touches_nothing_where_landing_is_damaged(shop, put):
    from regulars.errors import LandingDamaged

    shop.import_files(put("a.csv", HEAD + "1,c1,2026-01-05,10\n"))
    shop.understand()
    segment = shop.home.landing / "000001" / "lines.parquet"
    kept = segment.read_bytes()
    segment.write_bytes(kept[:-1] + b"x")
    with pytest.raises(LandingDamaged):
        shop.rebuild()
    assert monetary(shop) if segment.write_bytes(kept) else None
    assert shop.people().num_rows == 1


def test_a_home_that_cannot_be_is_not_made(tmp_path):
    for wrong in ({"time_zone": "Shanghai"}, {"currency": "yuan"}):
        with pytest.raises(SettingsError):
            Shop.create(tmp_path / "shop", **wrong)
    with Shop.create(tmp_path / "shop", name='a\\b "c"\nd') as shop:
        assert shop.home.settings.shop.name == 'a\\b "c"\nd'


ORDERS = [("A", "c1", "2026-01-05", "10.5"), ("B", "c2", "2026-01-06 09:30:00", "20")]


def in_every_guise() -> dict[str, bytes]:
    """The same orders, as files of every kind that can be read."""
    text = HEAD + "".join(",".join(row) + "\n" for row in ORDERS)
    names = HEAD.strip().split(",")
    book = openpyxl.Workbook()
    book.active.append(["一月订单"])
    book.active.append(names)
    for order_id, customer_id, placed_at, paid in ORDERS:
        at = datetime.fromisoformat(placed_at)
        book.active.append([order_id, customer_id, at, float(paid)])
    xlsx, archive = io.BytesIO(), io.BytesIO()
    book.save(xlsx)
    with zipfile.ZipFile(archive, "w") as members:
        members.writestr("一月/订单.csv", text)
    lines = "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in ORDERS)
    return {
        "csv": text.encode(),
        "csv.gz": gzip.compress(text.encode()),
        "utf-16": text.encode("utf-16"),
        "zip": archive.getvalue(),
        "xlsx": xlsx.getvalue(),
        "jsonl": lines.encode(),
        "tsv": text.replace(",", "\t").encode(),
    }


def test_the_same_orders_in_every_guise_are_the_same_orders(shop, tmp_path):
    for number, (name, content) in enumerate(in_every_guise().items()):
        path = tmp_path / name
        path.write_bytes(content)
        (report,) = shop.import_files(path)
        assert (report.rows_read, report.rejected) == (2, 0), name
        assert report.duplicate == (2 if number else 0), name
    assert monetary(shop) == {"c1": Decimal("10.5"), "c2": 20}


def test_rows_that_cannot_be_taken_apart_are_counted_and_kept_with_their_reason(shop, tmp_path):
    path = tmp_path / "x.csv"
    rows = [
        b"A,c1,2026-01-05,10",
        b"B,c1,2026-01-05",
        b"C,c1,2026-01-05,10,11,12",
        b"D,c\0,2026-01-05,10",
        b"E,\xff\xff,2026-01-05,10",
        b"F," + b"x" * 200_000 + b",2026-01-05,10",
        "G,王,2026-01-05,10".encode(),
        "H,李,2026-01-05,10".encode("gbk"),
        b'I,"c1,2026-01-05,10',
    ]
    path.write_bytes(HEAD.encode() + b"\n".join(rows))
    (report,) = shop.import_files(path)
    assert (report.rows_read, report.accepted, report.rejected) == (9, 3, 6)
    assert report.encoding == "utf-8+gb18030"
    found = {row["line"]: row["reason"] for row in shop.rejects().to_pylist()}
    assert found == {
        3: "wrong_cell_count", 4: "wrong_cell_count", 5: "nul", 6: "undecodable",
        7: "cell_too_long", 10: "wrong_cell_count",
    }  # fmt: skip
    (again,) = shop.import_files(path)
    assert (again.accepted, again.duplicate, again.rejected) == (0, 3, 6)


def test_order_numbers_that_a_spreadsheet_spoilt_are_rejected_and_never_mixed_up(shop, tmp_path):
    book = openpyxl.Workbook()
    for row in (
        HEAD.strip().split(","),
        ("1", "c1", "2026-01-05", 10),
        (2026010512345678901, "c1", "2026-01-05", 10),
        ("2026010512345678901", "c1", "2026-01-05", 10),
        ("3", "c1", "2026-01-05", "=5+5"),
    ):
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    (report,) = shop.import_files(tmp_path / "x.xlsx")
    assert (report.accepted, report.rejected) == (2, 2)
    assert {row["line"]: row["reason"] for row in shop.rejects().to_pylist()} == {
        3: "digits_lost", 5: "formula_without_value",
    }  # fmt: skip


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"\x1f\x8b\x08broken", b"PK\x03\x04broken", b"{"])
def test_what_cannot_be_read_changes_nothing(shop, tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile) as raised:
        shop.import_files(path)
    assert str(path) in str(raised.value)
    assert raised.value.todo
    assert shop.rejects().num_rows == 0
