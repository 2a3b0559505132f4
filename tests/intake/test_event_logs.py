"""Event logs as files: what becomes of them, row by row."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from intake.event_files import events, message
from regulars.edges.cli.intake_verbs import summary
from regulars.engines.duckdb import parquet
from regulars.errors import SettingsError, UnknownLayout
from regulars.intake.landing import Landing


def test_behaviours_are_named_as_the_segment_spec_does(shop, put, samples):
    for source in ("user_behavior", "rees46", "jdata", "jdata_2019"):
        sample = samples[source]
        shop.import_files(put(sample.file, sample.text))
    found = Counter((row["platform"], row["name"]) for row in events(shop))
    assert found == {
        ("user_behavior", "Product Viewed"): 2,
        ("user_behavior", "Product Added"): 1,
        ("user_behavior", "Product Added to Wishlist"): 1,
        ("user_behavior", "Product Purchased"): 1,
        ("rees46", "Product Viewed"): 1,
        ("rees46", "Product Added"): 1,
        ("rees46", "Product Removed"): 1,
        ("rees46", "Product Purchased"): 1,
        ("jdata", "Product Viewed"): 2,  # of 2016 type 1, of 2019 type 1
        ("jdata", "Product Clicked"): 1,
        ("jdata", "Product Added"): 2,  # of 2016 type 2, of 2019 type 5
        ("jdata", "Product Added to Wishlist"): 1,
        ("jdata", "Product Removed"): 1,
        ("jdata", "Product Purchased"): 2,  # of 2016 type 4, of 2019 type 2
    }
    assert {row["type"] for row in events(shop)} == {"track"}


def test_a_purchase_without_an_order_number_is_an_event_and_no_order(shop, put, samples):
    for source in ("user_behavior", "rees46", "jdata"):
        shop.import_files(put(samples[source].file, samples[source].text))
    kinds = {s.kind for entry in Landing(shop.home.landing).entries() for s in entry.segments}
    assert kinds == {"events", "ids"}


def test_each_layout_has_the_zone_of_its_platform(shop, put, samples):
    first = {}
    for source in ("user_behavior", "rees46", "jdata"):
        shop.import_files(put(samples[source].file, samples[source].text))
    for row in reversed(events(shop)):
        first[row["platform"]] = row["placed_at"].astimezone(UTC)
    assert first == {
        "user_behavior": datetime(2017, 11, 26, 1, 0, tzinfo=UTC),  # date -u -d @1511658000
        "rees46": datetime(2019, 10, 1, 0, 0, tzinfo=UTC),  # as it says
        "jdata": datetime(2016, 1, 31, 15, 59, 2, tzinfo=UTC),  # 23:59:02 in Beijing
    }


@pytest.mark.parametrize(
    ("count", "at"),
    [
        ("1511658000", datetime(2017, 11, 26, 1, 0, tzinfo=UTC)),
        ("1511658000123", datetime(2017, 11, 26, 1, 0, 0, 123_000, tzinfo=UTC)),
        ("1511658000.5", datetime(2017, 11, 26, 1, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_unix_times_are_seconds_or_milliseconds(shop, put, count, at):
    mapping = 'kind = "events"\ntime_format = "unix"\n[columns]\nname = "what"\nat = "t"\n'
    mapping += 'customer_id = "who"\n'
    (report,) = shop.import_files(
        put("log.csv", f"what,t,who\nopened,{count},u1\n"), mapping=put("map.toml", mapping)
    )
    assert (report.accepted, report.rejected) == (1, 0)
    assert [row["placed_at"].astimezone(UTC) for row in events(shop)] == [at]


@pytest.mark.parametrize("time", ["-2134949234", "4102444800000000", "15116580", "soon"])
def test_a_time_that_cannot_be_true_rejects_its_row_alone(shop, put, time):
    text = f"1,2,3,pv,1511658000\n1,2,3,pv,1511658001\n1,2,3,pv,{time}\n"
    (report,) = shop.import_files(put("x.csv", text), format="user_behavior")
    assert (report.accepted, report.rejected) == (2, 1)
    (row,) = shop.rejects().to_pylist()
    assert (row["line"], row["column"], row["value"]) == (3, "timestamp", time)


def test_a_word_that_the_layout_does_not_have_rejects_its_row(shop, put, samples):
    text = samples["rees46"].text.replace(",purchase,", ",borrow,")
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.accepted, report.rejected) == (3, 1)
    (row,) = shop.rejects().to_pylist()
    assert (row["column"], row["value"], row["reason"]) == ("event_type", "borrow", "unknown_event")


def test_equal_rows_of_one_file_are_events_in_their_own_right(shop, put):
    row = "1,2,3,pv,1511658000\n"
    (first,) = shop.import_files(put("a.csv", row * 2))
    (again,) = shop.import_files(put("b.csv", row * 2))
    (more,) = shop.import_files(put("c.csv", row * 3))
    assert (first.accepted, again.accepted, more.accepted) == (2, 0, 1)
    assert sorted(one["occurrence"] for one in events(shop)) == [1, 2, 3]


def test_a_message_told_again_is_a_duplicate_whatever_else_it_says(shop, put):
    text = message(1, userId="7") + message(2, userId="7") + message(1, userId="7", more=1)
    (first,) = shop.import_files(put("a.jsonl", text))
    assert (first.rows_read, first.accepted, first.duplicate, first.events) == (3, 2, 1, 2)
    (again,) = shop.import_files(put("a.jsonl", text))
    assert (again.accepted, again.duplicate, again.events) == (0, 3, 2)
    # Another file tells the first of them at another time, and a new one.
    late = message(1, userId="7", timestamp="2026-01-09T00:00:00Z") + message(3, userId="7")
    (other,) = shop.import_files(put("b.jsonl", late))
    assert (other.accepted, other.duplicate) == (1, 1)
    assert [row["message_id"] for row in events(shop)] == ["m1", "m2", "m3"]


def test_further_cells_stay_as_properties(shop, put, samples):
    for source in ("rees46", "jdata", "plain_events"):
        shop.import_files(put(samples[source].file, samples[source].text))
    found = {}
    for row in events(shop):
        found.setdefault(row["platform"], []).append(json.loads(row.get("properties", "null")))
    assert found["rees46"][:2] == [
        {"category_id": "2103807459595387724", "brand": "shiseido"},
        {"category_id": "2053013552326770905", "brand": "aqua"},
    ]
    assert found["jdata"][1] == {"model_id": "0.0", "brand": "403"}
    assert found["shop"][0] == {"page_number": "1"}
    assert found["shop"][4] is None


def test_a_category_without_a_code_goes_by_its_number(shop, put, samples):
    shop.import_files(put("x.csv", samples["rees46"].text))
    assert [row["category"] for row in events(shop)][:2] == [
        "2103807459595387724",
        "appliances.kitchen",
    ]


def test_a_segment_log_says_what_the_spec_says(shop, put, samples):
    (report,) = shop.import_files(put("x.jsonl", samples["segment_log"].text))
    page, identify, viewed, ordered, screen = events(shop)
    assert report.ignored == []
    assert (page["type"], page["name"], page["url"]) == ("page", "首页", "https://shop.example/")
    assert (page["source"], page["campaign"]) == ("wechat", "春")  # out of the page's address
    assert "name" not in identify
    assert json.loads(identify["properties"]) == {"plan": "gold"}
    assert (viewed["product_id"], viewed["category"]) == ("p1", "茶")
    assert viewed["amount"] == Decimal("12.5")
    assert (viewed["source"], viewed["campaign"]) == ("douyin", "spring")
    assert json.loads(viewed["properties"])["tags"] == ["new", "sale"]
    assert (ordered["order_id"], ordered["amount"]) == ("A1", 25)
    assert ordered["product_id"] == "p1"  # the only one of the order
    assert ordered["placed_at"].astimezone(UTC) == datetime(2026, 1, 5, 2, 3, tzinfo=UTC)
    assert (screen["type"], screen["name"]) == ("screen", "Cart")
    assert page["received_at"].astimezone(UTC) == datetime(2026, 1, 5, 2, 0, 1, tzinfo=UTC)


def test_the_tables_of_a_warehouse_keep_their_types(shop, tmp_path, samples):
    headers, *rows = csv.reader(samples["segment_tracks"].text.splitlines())
    cells = {name: [row[i] or None for row in rows] for i, name in enumerate(headers)}
    typed = {name: pa.array(column) for name, column in cells.items()}
    at = [datetime(2026, 1, 5, 2, 2, tzinfo=UTC), datetime(2026, 1, 5, 2, 3, tzinfo=UTC)]
    typed["timestamp"] = pa.array(at, pa.timestamp("ms", "UTC"))
    typed["price"] = pa.array([12.5, 9.0])
    typed["in_stock"] = pa.array([True, None])
    typed["products"] = pa.array(['[{"sku":"p1"}]', None])
    pq.write_table(pa.table(typed), tmp_path / "product_viewed.parquet")
    (report,) = shop.import_files(tmp_path / "product_viewed.parquet")
    first, second = events(shop)
    assert report.format == "segment_tracks"
    assert (first["name"], first["product_id"], first["amount"]) == ("Product Viewed", "p1", 12.5)
    assert json.loads(first["properties"]) == {
        "price": 12.5, "shade": "深绿", "in_stock": True, "products": [{"sku": "p1"}],
    }  # fmt: skip
    assert json.loads(first["context"]) == {
        "page_url": "https://shop.example/p1?x=1", "campaign_source": "wechat",
    }  # fmt: skip
    assert second["placed_at"].astimezone(UTC) == at[1]


def test_times_may_be_counts_and_types_in_capitals(shop, put):
    text = message(1, userId="7", timestamp=1767578400, type="TRACK")
    text += message(2, userId="7", timestamp=1767578400123)
    (report,) = shop.import_files(put("x.jsonl", text))
    assert (report.accepted, report.rejected) == (2, 0)
    first, second = events(shop)
    # date -u -d @1767578400
    assert first["placed_at"].astimezone(UTC) == datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
    assert second["placed_at"].astimezone(UTC) == datetime(2026, 1, 5, 2, 0, 0, 123_000, tzinfo=UTC)
    assert (first["type"], first["name"]) == ("track", "Cart Viewed")


@pytest.mark.parametrize(
    "told",
    [
        {"userId": {"a": 1}},
        {"userId": [1, 2]},
        {"properties": [1]},
        {"properties": "x"},
        {"properties": {"products": "none"}},
        {"properties": {"products": [5, None]}},
        {"context": "x"},
        {"context": {"page": "x", "campaign": [1], "traits": "y"}},
        {"context": {"page": {"url": "https://x.cn/?utm_source=%zz%E6"}}},
        {"type": "identify", "event": None, "traits": {"email": 5, "phone": ["a"], "name": {}}},
        {"type": "identify", "event": None, "traits": "x"},
        {"event": "Order Completed", "properties": {"order_id": {"a": 1}, "revenue": "x"}},
        {"event": "E\0x", "properties": {"\0": "\0"}},
        {"messageId": None},
    ],
    ids=str,
)
def test_a_message_that_is_odd_within_is_kept_or_rejected_and_stops_nothing(shop, put, told):
    (report,) = shop.import_files(put("x.jsonl", message(1, userId="7") + message(2, **told)))
    assert report.rows_read == report.accepted + report.rejected == 2


def test_an_amount_in_another_currency_stays_with_the_properties(shop, put):
    told = {"revenue": 25, "currency": "USD"}
    shop.import_files(put("x.jsonl", message(1, userId="7", properties=told)))
    (row,) = events(shop)
    assert "amount" not in row
    assert json.loads(row["properties"]) == told


def test_a_value_that_is_no_number_does_not_reject_an_event(shop, put):
    (report,) = shop.import_files(
        put("x.jsonl", message(1, userId="7", properties={"value": "high", "quantity": "few"}))
    )
    assert (report.accepted, report.rejected) == (1, 0)


def test_a_line_that_is_no_message_is_rejected_alone(shop, put):
    text = (
        message(1, userId="7")
        + "[1]\n"
        + '{"type":"dance","userId":"7","timestamp":"2026-01-05T02:00:00Z"}\n'
        + "{\n"
    )
    text += message(2, userId="7", event=None) + message(3, userId="7", timestamp=None)
    text += message(4, userId="7", timestamp="2999-01-01T00:00:00Z") + message(5, userId="7")
    (report,) = shop.import_files(put("x.jsonl", text), format="segment_log")
    assert (report.rows_read, report.accepted, report.rejected) == (8, 2, 6)
    reasons = {row["line"]: row["reason"] for row in shop.rejects().to_pylist()}
    assert reasons == {
        2: "missing", 3: "unknown_event", 4: "not_json", 5: "missing", 6: "missing",
        7: "not_a_time",
    }  # fmt: skip


def test_rejected_lines_come_back_mended(shop, put, tmp_path):
    text = message(1, userId="7") + message(2, userId="7", event=None)
    shop.import_files(put("x.jsonl", text))
    (path,) = shop.export_rejects(tmp_path / "mending").files
    mended = path.read_text().replace('""event"": null', '""event"": ""Cart Viewed""')
    path.write_text(mended)
    (report,) = shop.import_files(path)
    assert (report.format, report.accepted, report.mended) == ("segment_log", 1, 1)
    assert shop.rejects().num_rows == 0


def test_a_mapping_names_the_files_own_words(shop, put):
    mapping = """kind = "events"
platform = "kiosk"
[columns]
name = "动作"
at = "时间"
customer_id = "会员"
product_id = "货号"
[names]
"看" = "Product Viewed"
"加购" = "Product Added"
"""
    text = "动作,时间,会员,货号,门店\n看,2026-01-05 10:00,1,p1,一店\n加购,2026-01-05 10:01,1,p1,\n"
    (report,) = shop.import_files(put("x.csv", text), mapping=put("map.toml", mapping))
    assert (report.kind, report.accepted) == ("events", 2)
    first, second = events(shop)
    assert (first["name"], first["platform"], first["type"]) == ("Product Viewed", "kiosk", "track")
    assert json.loads(first["properties"]) == {"门店": "一店"}
    assert second["name"] == "Product Added"


def test_a_mapping_without_a_time_says_so(shop, put):
    with pytest.raises(SettingsError, match=r'at = "the header in your file"'):
        shop.import_files(
            put("x.csv", "a,b\n1,2\n"),
            mapping=put("map.toml", 'kind = "events"\n[columns]\nname = "a"\n'),
        )


def test_an_unknown_log_is_answered_with_a_template_for_events(shop, put):
    text = "event,moment,user_id,shelf\nopened,2026-01-05,7,3\n"
    with pytest.raises(UnknownLayout) as refused:
        shop.import_files(put("x.csv", text), kind="events")
    assert re.search(r'^kind = "events"$', str(refused.value), re.MULTILINE)
    assert re.search(r'^name = "event"', str(refused.value), re.MULTILINE)
    assert "[names]" in str(refused.value)


def test_the_summary_tells_of_events(shop, put, samples):
    (report,) = shop.import_files(put("x.csv", samples["user_behavior"].text))
    assert "  5 events of 2 customers and visitors, 2017-11-26 to 2017-11-27" in summary(report)


def test_two_hours_of_taobao_are_counted_as_plain_python_counts_them(shop, shared):
    path = shared("events/taobao_user_behavior_2h.csv")
    rows = list(csv.reader(path.read_text().splitlines()))
    (report,) = shop.import_files(path)
    assert (report.format, report.accepted, report.rejected) == ("user_behavior", len(rows), 0)
    assert report.customers == len({user for user, *_ in rows})
    words = {"Product Viewed": "pv", "Product Purchased": "buy", "Product Added": "cart",
             "Product Added to Wishlist": "fav"}  # fmt: skip
    segments = Landing(shop.home.landing).segments("events")
    found = shop.warehouse.sql(
        f"SELECT name, count(*) AS n, sum(epoch(placed_at))::BIGINT AS t,"
        f" sum(product_id::BIGINT)::BIGINT AS p FROM {parquet(segments)} GROUP BY name"
    ).to_pylist()
    wanted = {
        name: (
            sum(row[3] == word for row in rows),
            sum(int(row[4]) for row in rows if row[3] == word),
            sum(int(row[1]) for row in rows if row[3] == word),
        )
        for name, word in words.items()
    }
    assert {row["name"]: (row["n"], row["t"], row["p"]) for row in found} == wanted
    (again,) = shop.import_files(path)
    assert (again.accepted, again.duplicate) == (0, len(rows))


def test_of_a_real_log_that_breaks_off_only_the_last_row_is_rejected(shop, shared):
    path = shared("events/rees46_2019_10_head.csv")
    rows = list(csv.DictReader(path.read_text().splitlines()))
    whole = [row for row in rows if row["user_session"]]
    assert len(rows) - len(whole) == 1
    (report,) = shop.import_files(path)
    assert (report.rows_read, report.accepted, report.rejected) == (len(rows), len(whole), 1)
    (row,) = shop.rejects().to_pylist()
    assert (row["line"], row["reason"]) == (len(rows) + 1, "wrong_cell_count")
    assert row["value"] == "8 cells, 9 headers"
    assert report.customers == len({row["user_id"] for row in whole})
    segments = Landing(shop.home.landing).segments("events")
    (sums,) = shop.warehouse.sql(
        "SELECT sum(amount) AS amount, count(DISTINCT session) AS sessions,"
        f" min(placed_at)::VARCHAR AS first FROM {parquet(segments)}"
    ).to_pylist()
    assert sums["amount"] == sum(Decimal(row["price"]) for row in whole)
    assert sums["sessions"] == len({row["user_session"] for row in whole})


def test_a_copy_of_user_behavior_with_headers_is_known_by_them(shop, put, samples):
    text = "User_ID,Item_ID,Category_ID,Behavior_type,Timestamp\n" + samples["user_behavior"].text
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.format, report.accepted, report.rejected) == ("user_behavior", 5, 0)


def test_rejected_rows_of_a_file_without_headers_come_back_mended(shop, put, tmp_path):
    text = "1,2,3,pv,1511658000\n1,2,3,pv,1511658001\n1,2,3,pw,1511658002\n"
    shop.import_files(put("x.csv", text), format="user_behavior")
    (path,) = shop.export_rejects(tmp_path / "mending").files
    path.write_text(path.read_text().replace(",pw,", ",pv,"))
    (report,) = shop.import_files(path)
    assert (report.format, report.accepted, report.mended) == ("user_behavior", 1, 1)
    assert shop.rejects().num_rows == 0


def test_a_typed_rees46_file_says_the_same_as_text(shop, put, tmp_path, samples):
    headers, *rows = csv.reader(samples["rees46"].text.splitlines())
    cells = {name: [row[i] or None for row in rows] for i, name in enumerate(headers)}
    typed = {name: pa.array(column) for name, column in cells.items()}
    at = [datetime.fromisoformat(cell.removesuffix(" UTC")) for cell in cells["event_time"]]
    typed["event_time"] = pa.array(at, pa.timestamp("us"))
    for name in ("product_id", "user_id"):
        typed[name] = pa.array([int(cell) for cell in cells[name]])
    typed["price"] = pa.array([float(cell) for cell in cells["price"]])
    pq.write_table(pa.table(typed), tmp_path / "x.parquet")
    as_text, as_typed = shop.import_files(
        put("x.csv", samples["rees46"].text), tmp_path / "x.parquet"
    )
    assert (as_text.accepted, as_typed.accepted, as_typed.duplicate) == (4, 0, 4)


def test_words_for_names_are_for_events_only(shop, put):
    mapping = 'kind = "spend"\n[columns]\nday = "d"\nspend = "s"\n[names]\n"a" = "b"\n'
    with pytest.raises(SettingsError, match=r"\[names\] is for events"):
        shop.import_files(put("x.csv", "d,s\n2026-01-05,1\n"), mapping=put("map.toml", mapping))
