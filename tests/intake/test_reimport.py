"""Importing what is known already: only what is new is taken in, counted, sealed and written."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from intake.shapes import each_shape
from regulars import Shop
from regulars.errors import LandingDamaged
from regulars.intake import importing, set_aside
from regulars.intake.digest import PLACE
from regulars.intake.files.chunk import Chunk
from regulars.intake.landing import Landing
from regulars.intake.sources import ALL
from regulars.intake.vault import Vault

HEAD = "order_id,customer_id,placed_at,status,product_id,quantity,paid,refunded\n"
PERSONAL = "order_id,customer_id,placed_at,product_id,paid,phone,recipient_name\n"


def line(order: int, product: str = "p", status: str = "completed", refunded: str = "") -> str:
    return f"{order},c{order % 7},2026-01-{order % 27 + 1:02},{status},{product},1,10,{refunded}\n"


def landed(shop: Shop, kind: str) -> pa.Table:
    paths = Landing(shop.home.landing).segments(kind)
    return pa.concat_tables([pq.read_table(path) for path in paths], promote_options="default")


def orders_of(shop: Shop) -> list[tuple]:
    shop.understand("2026-02-01")
    found = shop.warehouse.sql("SELECT order_id, customer_id, status, paid, refunded FROM orders")
    return sorted(tuple(row.values()) for row in found.to_pylist())


def test_of_an_export_that_overlaps_only_the_new_rows_are_taken_in(shop, put, new_shops):
    first = [line(number) for number in range(30)]
    second = [line(number) for number in range(3, 34)]
    shop.import_files(put("a.csv", HEAD + "".join(first)))
    report = shop.import_files(put("b.csv", HEAD + "".join(second)))[0]
    assert (report.rows_read, report.accepted, report.duplicate) == (31, 4, 27)
    assert report.orders == 31
    assert landed(shop, "lines").num_rows == 34
    other = next(new_shops)
    other.import_files(put("all.csv", HEAD + "".join(first + second[-4:])))
    assert orders_of(shop) == orders_of(other)


def test_a_small_file_is_compared_with_all_that_a_large_landing_holds(shop, put):
    shop.import_files(put("a.csv", HEAD + "".join(line(number) for number in range(200))))
    changed = line(150, refunded="10")
    report = shop.import_files(put("b.csv", HEAD + line(7) + changed + line(500)))[0]
    assert (report.accepted, report.duplicate, report.updated) == (2, 1, 1)


def test_equal_rows_are_counted_over_imports(shop, put):
    # Two equal lines are two pieces bought; an export with three of them tells of one more.
    counts = []
    for number, times in enumerate((2, 3, 1, 3)):
        counts.append(
            shop.import_files(put(f"{number}.csv", HEAD + line(1) * times + line(2)))[0].accepted
        )
    assert counts == [3, 1, 0, 0]
    assert sorted(landed(shop, "lines")["occurrence"].to_pylist()) == [1, 1, 2, 3]


def test_rows_of_one_thing_in_several_states_are_known_again_in_any_order(shop, put):
    rows = [line(1), line(1, refunded="10"), line(1, refunded="5"), line(1, status="paid")]
    shop.import_files(put("a.csv", HEAD + "".join(rows)))
    again = shop.import_files(put("b.csv", HEAD + "".join(rows[::-1])))[0]
    assert (again.accepted, again.duplicate) == (0, 4)


def test_a_column_that_is_empty_throughout_makes_nothing_new(shop, put):
    shop.import_files(put("a.csv", HEAD + line(1) + line(2)))
    wider = HEAD.replace("\n", ",coupon,city\n") + "".join(
        line(number).replace("\n", ",,\n") for number in (1, 2)
    )
    assert shop.import_files(put("b.csv", wider))[0].accepted == 0


def test_a_column_told_later_is_an_update(shop, put):
    shop.import_files(put("a.csv", HEAD + line(1) + line(2)))
    wider = HEAD.replace("\n", ",coupon\n") + line(1).replace("\n", ",SPRING\n")
    report = shop.import_files(put("b.csv", wider))[0]
    assert (report.accepted, report.updated) == (1, 1)


def test_however_the_file_is_cut_into_chunks_landing_is_the_same(shop, put, new_shops, monkeypatch):
    # Columns that fill up in later chunks only, equal rows in different chunks, a rejected row.
    rows = [line(1), line(2), line(1), line(3, refunded="2"), line(1), "9,c9,2026-01-05,?,p,1,1,\n"]
    file = put("a.csv", HEAD + "".join(rows))
    first = shop.import_files(file)[0]
    whole = importing.chunks

    def cut(*arguments):
        for chunk in whole(*arguments):
            for start in range(chunk.table.num_rows):
                yield Chunk(chunk.table.slice(start, 1), chunk.unfit if start == 0 else [])

    monkeypatch.setattr(importing, "chunks", cut)
    other = next(new_shops)
    assert other.import_files(file)[0] == first
    assert sorted(map(str, landed(other, "lines").to_pylist())) == sorted(
        map(str, landed(shop, "lines").to_pylist())
    )


def personal(order: int, name: str = "张三", phone: str = "13812345678") -> str:
    return f"{order},c{order % 3},2026-01-05,p,10,{phone},{name}\n"


def test_personal_fields_are_sealed_once_per_customer_and_only_for_new_rows(shop, put, monkeypatch):
    sealed: list[tuple] = []
    seal = Vault.seal

    def noting(vault, items):
        sealed.extend(item for item in items if item[0].startswith("c:"))
        return seal(vault, items)

    monkeypatch.setattr(Vault, "seal", noting)
    first = PERSONAL + "".join(personal(number) for number in range(30))
    shop.import_files(put("a.csv", first))
    assert len(sealed) == 3  # three customers, whose rows all say the same
    shop.import_files(put("b.csv", first + personal(40) + personal(41, "李四")))
    assert [fields["recipient_name"] for _, fields in sealed[3:]] == ["张三", "李四"]
    table = landed(shop, "lines")
    with Vault.open(shop.home.keys) as vault:
        items = zip(table["customer_id"].to_pylist(), table["sealed"].to_pylist(), strict=True)
        opened = vault.unseal([(f"c:{who}", value) for who, value in items])
    assert {one["recipient_name"] for one in opened if one} == {"张三", "李四"}
    assert len(opened) == 32
    assert None not in opened


def test_what_waits_to_be_sealed_cannot_be_read_on_the_disk(shop, put, monkeypatch):
    written: list[bytes] = []
    put_aside = set_aside.SetAside.put

    def looking(self, table):
        put_aside(self, table)
        written.extend(path.read_bytes() for path in self._paths)

    monkeypatch.setattr(set_aside.SetAside, "put", looking)
    shop.import_files(put("a.csv", PERSONAL + personal(1, "Aabbccddeeff") * 50))
    assert written
    assert not any(b"Aabbcc" in one or b"138123" in one for one in written)
    left = [path.name for path in shop.home.landing.rglob("*") if "aside" in path.name]
    assert left == []


def test_landing_of_another_version_is_refused_in_one_sentence(shop, put):
    shop.import_files(put("a.csv", HEAD + line(1)))
    log = shop.home.landing / "log.jsonl"
    entry = json.loads(log.read_text())
    log.write_text(json.dumps({**entry, "version": 1}) + "\n")
    with pytest.raises(LandingDamaged, match="another version") as error:
        shop.import_files(put("b.csv", HEAD + line(2)))
    assert "import the files again" in str(error.value.todo)


@pytest.fixture
def long_way(monkeypatch):
    """The lines that were normalised, in order."""
    lines: list[int] = []
    whole = importing.normalise

    def noting(work, bound, raw, locale):
        lines.extend(raw["_line"].to_pylist())
        return whole(work, bound, raw, locale)

    monkeypatch.setattr(importing, "normalise", noting)
    return lines


def test_what_an_earlier_import_landed_is_passed_by_and_counted_as_seen(shop, put, long_way):
    rows = [line(number) for number in range(40)]
    first = shop.import_files(put("a.csv", HEAD + "".join(rows)))[0]
    long_way.clear()
    again = shop.import_files(put("b.csv", HEAD + "".join([*rows, line(40)])))[0]
    assert long_way == [42]
    assert (again.accepted, again.duplicate, again.orders) == (1, 40, 41)
    assert again.paid == first.paid + 10


@each_shape
def test_whatever_its_source_a_known_file_is_passed_by(shop, put, sample, long_way):
    path = put(sample.file, sample.text)
    (first,) = shop.import_files(path)
    if not first.accepted:
        pytest.skip("of this sample nothing is taken in")
    long_way.clear()
    (again,) = shop.import_files(path)
    # Rows that are rejected, or tell of nothing, are looked at anew each time.
    silent = max(0, sample.text.count("\n") - 1 - first.rows_read)
    assert len(set(long_way)) <= first.rejected + silent
    nothing_new = replace(
        first, accepted=0, duplicate=first.accepted, updated=0, new_customers=0, strangers=False
    )
    assert again == nothing_new


def test_every_record_of_a_row_stands_in_one_place():
    # What passes rows by counts on it: a row may become several lines, but not of several orders.
    for source in ALL:
        for part in (source, *source.also):
            if part.unpack:
                rule = part.derive.get(PLACE[part.record], "")
                assert not re.search(r"\bitem(_no)?\b", rule), source.name


SHOPIFY = "Name,Created at,Financial Status,Email,Total,Lineitem name,Lineitem quantity,"
SHOPIFY += "Lineitem price\n"


def shopify(order: int, status: str = "paid") -> list[str]:
    """An order of two goods: its own cells stand on its first row only."""
    head = f"#{order},2026-01-05 10:00:00 +0800"
    return [f"{head},{status},a@x.cn,30,Tee,1,20\n", f"{head},,,,Mug,1,10\n"]


def test_of_an_order_that_changed_all_rows_are_looked_at_once_more_and_then_known(
    shop, put, long_way
):
    before = [row for order in range(10) for row in shopify(order)]
    after = shopify(0, "refunded") + before[2:]
    shop.import_files(put("a.csv", SHOPIFY + "".join(before)))
    long_way.clear()
    changed = shop.import_files(put("b.csv", SHOPIFY + "".join(after)))[0]
    # The second row of the order stays as it is and comes out of landing, with its line.
    assert set(long_way) == {2}
    assert (changed.accepted, changed.updated, changed.duplicate) == (1, 1, 19)
    long_way.clear()
    again = shop.import_files(put("c.csv", SHOPIFY + "".join(after)))[0]
    assert long_way == []
    assert (again.accepted, again.duplicate, again.orders) == (0, 20, 10)
    assert (again.paid, again.refunded) == (changed.paid, changed.refunded) == (300, 30)


def test_equal_rows_are_known_as_often_as_they_stood_there(shop, put, long_way):
    rows = [line(1), line(1), line(2)]
    shop.import_files(put("a.csv", HEAD + "".join(rows)))
    long_way.clear()
    again = shop.import_files(put("b.csv", HEAD + "".join(rows)))[0]
    assert (again.duplicate, long_way) == (3, [])
    more = shop.import_files(put("c.csv", HEAD + "".join([*rows, line(1)])))[0]
    assert (more.accepted, more.duplicate, long_way) == (1, 3, [5])


JD = "订单号,下单时间,订单状态,订单金额,商品名称,京东价,订购数量\n"


def jd(goods: str, amount: int) -> str:
    """A line of an order, with the order's amount, which each of its lines tells."""
    return f"1,2026-01-05 10:00:00,完成,{amount},{goods},5,1\n"


def test_what_each_line_tells_of_its_order_is_told_by_those_that_are_known_as_well(
    shop, put, new_shops
):
    found = []
    for home in (shop, next(new_shops)):
        home.import_files(put("a.csv", JD + jd("杯", 10) + jd("碗", 10)))
        if home is not shop:
            shutil.rmtree(home.home.folder / "cache")
        found.append(home.import_files(put("b.csv", JD + jd("杯", 20) + jd("碗", 10)))[0])
    # The first line tells of another amount by now, the second one of the former: of both.
    assert found[0] == found[1]
    assert (found[0].gross, found[0].accepted, found[0].updated) == (30, 1, 1)


TWO = [line(1), line(1, refunded="5")]
"""Two lines of an order that only counting tells apart, and that say different things."""


@pytest.mark.parametrize("kept", TWO)
def test_an_order_that_was_cut_goes_the_long_way(shop, put, new_shops, kept):
    # Alone, each of the two is the first of its kind; of the one that was the second, that is new.
    found = []
    for home in (shop, next(new_shops)):
        home.import_files(put("a.csv", HEAD + "".join(TWO)))
        if home is not shop:
            shutil.rmtree(home.home.folder / "cache")
        found.append(home.import_files(put("b.csv", HEAD + kept))[0])
    assert found[0] == found[1]
    assert found[0].accepted + found[0].duplicate == 1


def test_that_cutting_matters(shop, put):
    shop.import_files(put("a.csv", HEAD + "".join(TWO)))
    taken = [shop.import_files(put("b.csv", HEAD + one))[0].accepted for one in TWO]
    assert sorted(taken) == [0, 1]


def test_an_order_whose_rows_are_known_from_different_files_goes_the_long_way(shop, put):
    for number, one in enumerate(TWO):
        assert shop.import_files(put(f"{number}.csv", HEAD + one))[0].accepted == 1
    # Together they are two lines, of which neither file told.
    both = shop.import_files(put("both.csv", HEAD + "".join(TWO)))[0]
    assert (both.accepted, both.duplicate) == (1, 1)


def test_a_lost_cache_is_made_anew_though_nothing_is_new(shop, put, long_way):
    path = put("a.csv", SHOPIFY + "".join(shopify(1) + shopify(2)))
    shop.import_files(path)
    shutil.rmtree(shop.home.folder / "cache")
    shop.import_files(path)
    long_way.clear()
    assert shop.import_files(path)[0].duplicate == 4
    assert long_way == []


def test_but_not_of_rows_of_which_more_is_sealed_than_told_apart_by(shop, put, long_way):
    path = put("a.csv", PERSONAL + "".join(personal(number) for number in range(10)))
    shop.import_files(path)
    shutil.rmtree(shop.home.folder / "cache")
    again = shop.import_files(path)[0]
    long_way.clear()
    assert shop.import_files(path)[0] == again
    assert len(long_way) == again.orders == again.duplicate == 10


def test_beside_another_landing_the_cache_is_worth_nothing(shop, put, long_way):
    path = put("a.csv", HEAD + line(1) + line(2))
    shop.import_files(path)
    shutil.rmtree(shop.home.landing)
    long_way.clear()
    assert shop.import_files(path)[0].accepted == 2
    assert long_way == [2, 3]


def test_who_bought_is_asked_anew_when_the_customers_file_has_come(shop, put, samples):
    # A buyer number of Olist is new with every order, until the customers file says whose it is.
    orders, customers = samples["olist_orders"], samples["olist_customers"]
    path = put(orders.file, orders.text)
    shop.import_files(path)
    shop.import_files(put(customers.file, customers.text))
    with_cache = shop.import_files(path)[0]
    shutil.rmtree(shop.home.folder / "cache")
    assert shop.import_files(path)[0] == replace(
        with_cache, accepted=0, duplicate=with_cache.rows_read, updated=0
    )


@pytest.mark.parametrize("damage", ["deleted", "half", "another's"])
def test_without_its_cache_an_import_ends_the_same(shop, put, new_shops, damage):
    rows = HEAD + "".join(line(number) for number in range(40))
    path = put("a.csv", rows)
    shop.import_files(path)
    cache = shop.home.folder / "cache" / "000001.parquet"
    if damage == "deleted":
        cache.unlink()
    elif damage == "half":
        cache.write_bytes(cache.read_bytes()[: cache.stat().st_size // 2])
    else:
        other = next(new_shops)
        other.import_files(path)
        cache.write_bytes((other.home.folder / "cache" / "000001.parquet").read_bytes())
    (again,) = shop.import_files(path)
    assert (again.accepted, again.duplicate, again.orders) == (0, 40, 40)


def test_a_cache_that_cannot_be_written_does_not_fail_the_import(shop, put):
    (shop.home.folder / "cache").write_text("no folder")
    path = put("a.csv", HEAD + line(1))
    assert shop.import_files(path)[0].accepted == 1
    assert shop.import_files(path)[0].duplicate == 1


def test_with_another_time_zone_the_same_cells_are_another_time(put, tmp_path):
    path = put("a.csv", "order_id,customer_id,placed_at,paid\n1,c1,2026-01-05 01:00:00,10\n")
    with Shop.create(tmp_path / "s", time_zone="Asia/Shanghai") as shop:
        shop.import_files(path)
        settings = shop.home.folder / "regulars.toml"
        settings.write_text(settings.read_text().replace("Asia/Shanghai", "UTC"))
    with Shop(tmp_path / "s") as shop:
        (report,) = shop.import_files(path)
        assert (report.accepted, report.updated) == (1, 1)


def test_the_cache_does_not_show_what_its_fingerprints_are_salted_with(shop, put, monkeypatch):
    salts = []
    made = importing.salt_of

    def watched(*args):
        salts.append(made(*args))
        return salts[-1]

    monkeypatch.setattr(importing, "salt_of", watched)
    shop.import_files(put("a.csv", PERSONAL + "1,c1,2026-01-05,p,10,13812345678,x\n"))
    shown = (shop.home.folder / "cache" / "000001.parquet").read_bytes()
    assert salts
    assert salts[0].encode() not in shown


def test_a_parquet_file_with_our_mending_header_is_no_traceback(shop, tmp_path):
    table = pa.table({"order_id": ["1"], "placed_at": ["2026-01-05"], "paid": ["1"]})
    path = tmp_path / "x.parquet"
    pq.write_table(table.append_column("regulars_reject", pa.array(["none"])), path)
    assert shop.import_files(path)[0].accepted == 1
