"""The contract that every source keeps: recognised, counted exactly, idempotent, order-free."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from intake.shapes import each_shape, of_each_shape, shape
from regulars import Shop
from regulars.app.as_of import refresh
from regulars.engines.duckdb import parquet
from regulars.intake.landed import landed
from regulars.intake.landing import Landing
from regulars.intake.records import Kind
from regulars.intake.sources import ALL
from regulars.intake.vault import Vault
from samples import SAMPLES, Sample


def canonical(shop) -> dict[str, list[dict]]:
    """The canonical tables without numbers that depend on the order of rows."""
    refresh(shop.warehouse, shop.home)
    tables = {
        "orders": "SELECT * EXCLUDE (order_no, customer_id) FROM orders ORDER BY ALL",
        "lines": "SELECT * EXCLUDE (order_no, import_no, line_no, customer_id) FROM order_lines"
        " ORDER BY ALL",
        "customers": "SELECT * EXCLUDE (customer_id, traits), traits::VARCHAR FROM customers"
        " ORDER BY ALL",
        "products": "SELECT * FROM products ORDER BY ALL",
    }
    found = {name: shop.warehouse.sql(query).to_pylist() for name, query in tables.items()}
    return {**found, "events": landed_events(shop)}


def landed_events(shop) -> list[dict]:
    """What landing holds of events, and by which of their ids they go."""
    landing = Landing(shop.home.landing)
    if not (segments := landing.segments("events")):
        return []
    return shop.warehouse.sql(
        "SELECT * EXCLUDE (customer_id, import_no, line, sealed)"
        f" FROM {landed(segments, Kind.EVENT)}"
        f" LEFT JOIN {parquet(landing.segments('ids'))} USING (customer_id) ORDER BY ALL"
    ).to_pylist()


class Plainly:
    """Shops that hash alike, and what each sample comes to as it is, worked out once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, dict[str, list[dict]]] = {}
        self._keys = folder / "keys"
        Shop.create(folder / "first", name="x").close()
        Vault.open(folder / "first" / "keys").close()
        shutil.copytree(folder / "first" / "keys", self._keys)

    def new(self, folder: Path, sample: Sample) -> Shop:
        """An empty shop for the sample."""
        where = {"currency": sample.currency, "time_zone": sample.time_zone}
        shop = Shop.create(folder, name="x", **where)
        shutil.copytree(self._keys, shop.home.keys, dirs_exist_ok=True)
        return shop

    def found(self, sample: Sample) -> dict[str, list[dict]]:
        """The canonical tables that come of the sample."""
        if sample.source not in self._found:
            folder = self._folder / sample.source
            folder.mkdir()
            path = folder / sample.file
            path.write_bytes(sample.text.encode())
            with self.new(folder / "shop", sample) as shop:
                shop.import_files(path)
                self._found[sample.source] = canonical(shop)
        return self._found[sample.source]


@pytest.fixture(scope="module")
def plainly(tmp_path_factory) -> Plainly:
    return Plainly(tmp_path_factory.mktemp("plainly"))


def test_there_is_a_sample_of_every_source(samples):
    assert set(samples) == {source.name for source in ALL}


def test_every_shape_has_one_that_stands_for_it():
    assert {shape(sample) for sample in of_each_shape()} == {shape(sample) for sample in SAMPLES}


def test_it_is_recognised_and_its_totals_are_those_worked_out_by_hand(shop, put, sample):
    (report,) = shop.import_files(put(sample.file, sample.text))
    assert report.format == sample.source
    found = {name: getattr(report, name) for name in sample.expected}
    assert found == sample.expected
    assert report.rows_read == report.accepted + report.duplicate + report.rejected
    assert report.rejected == 0


@each_shape
def test_the_same_file_again_adds_nothing_and_shows_the_same_totals(shop, put, sample):
    path = put(sample.file, sample.text)
    (first,) = shop.import_files(path)
    (again,) = shop.import_files(path)
    assert (again.accepted, again.duplicate) == (0, first.accepted)
    assert {name: getattr(again, name) for name in ("orders", "gross", "paid", "refunded")} == {
        name: getattr(first, name) for name in ("orders", "gross", "paid", "refunded")
    }


@each_shape
def test_a_longer_export_that_overlaps_adds_exactly_what_is_new(shop, put, sample):
    lines = sample.text.splitlines(keepends=True)
    head = 1 if sample.has_headers else 0
    shorter = "".join(lines[: head + max(1, (len(lines) - head) // 2)])
    (first,) = shop.import_files(put("part_" + sample.file, shorter))
    (second,) = shop.import_files(put(sample.file, sample.text))
    assert first.accepted + second.accepted == sample.expected["rows_read"]
    assert second.duplicate == first.accepted


@each_shape
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_the_encoding_does_not_matter(shop, put, sample, encoding):
    (report,) = shop.import_files(put(sample.file, sample.text, encoding))
    assert {name: getattr(report, name) for name in sample.expected} == sample.expected
    if not sample.text.isascii():
        assert report.encoding == encoding


@each_shape
def test_the_order_of_rows_does_not_matter(plainly, tmp_path, put, sample):
    lines = sample.text.splitlines(keepends=True)
    head, body = (lines[:1], lines[1:]) if sample.has_headers else ([], lines)
    back = body[::-1]
    if sample.together:
        # What belongs together stays so: the first row of a thing says what the others leave out.
        rows = list(csv.reader(io.StringIO(sample.text)))
        assert len(rows) == len(lines), "no line breaks within cells, for this test"
        key = rows[0].index(sample.together)
        things: dict[str, list[str]] = {}
        for row, line in zip(rows[1:], body, strict=True):
            things.setdefault(row[key], []).append(line)
        back = [line for thing in reversed(things.values()) for line in thing]
    with plainly.new(tmp_path / "back", sample) as shop:
        shop.import_files(put(sample.file, "".join(head + back)))
        assert canonical(shop) == plainly.found(sample)


@each_shape
def test_tabs_and_parquet_do_as_well_as_commas(plainly, tmp_path, put, sample):
    if not sample.has_headers:
        pytest.skip("has no headers")
    rows = list(csv.reader(io.StringIO(sample.text)))
    # A cell that wears a tab cannot do so where tabs part the cells.
    tsv = "\n".join("\t".join(cell.strip("\t") for cell in row) for row in rows) + "\n"
    table = pa.table(
        {
            header: pa.array([row[place] or None for row in rows[1:]], pa.string())
            for place, header in enumerate(rows[0])
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    for path in (put("x.tsv", tsv), tmp_path / "x.parquet"):
        with plainly.new(tmp_path / f"shop{path.suffix}", sample) as shop:
            shop.import_files(path)
            assert canonical(shop) == plainly.found(sample), path.suffix


@each_shape
def test_a_file_as_users_leave_it_is_read_like_a_clean_one(shop, put, sample):
    """A title, columns in another order, one of their own, a delimiter after each row, a total."""
    if not sample.has_headers:
        pytest.skip("has no headers")
    source = next(one for one in ALL if one.name == sample.source)
    is_exact = source.exact
    is_kept = any(not beginning for _, beginning in source.rest)
    headers, *rows = csv.reader(io.StringIO(sample.text))
    own = [] if is_exact else ["备注X"]
    out = io.StringIO()
    csv.writer(out).writerows(
        [
            ["导出报表"],
            [],
            own + headers[::-1],
            ["合计"] + [""] * len(own + headers),
            *((["重要,\n客户"] if own else []) + row[::-1] + [""] for row in rows),
        ]
    )
    (report,) = shop.import_files(put(sample.file, out.getvalue(), "gb18030"))
    wanted = {**sample.expected, "rejected": 1, "rows_read": sample.expected["rows_read"] + 1}
    assert {name: getattr(report, name) for name in wanted} == wanted
    assert report.format == sample.source
    assert shop.rejects()["line"].to_pylist() == [4]
    assert report.passed_over == ["line 1: 导出报表"]
    assert ("备注X" in report.ignored) is not (is_exact or is_kept)


@each_shape
def test_a_workbook_with_a_title_does_as_well(shop, tmp_path, sample):
    if not sample.has_headers:
        pytest.skip("has no headers")
    book = openpyxl.Workbook()
    for row in (["导出报表", "一月"], [], *csv.reader(io.StringIO(sample.text))):
        book.active.append([cell or None for cell in row])
    book.active.merge_cells("A1:A2")
    book.save(tmp_path / "x.xlsx")
    (report,) = shop.import_files(tmp_path / "x.xlsx")
    wanted = {**sample.expected, "rejected": 0}
    assert {name: getattr(report, name) for name in wanted} == wanted
    assert report.passed_over == ["line 1: 导出报表 一月"]


def test_headers_alone_are_an_empty_import(shop, put, sample):
    if not sample.has_headers:
        pytest.skip("has no headers")
    (report,) = shop.import_files(put(sample.file, sample.text.splitlines()[0] + "\n"))
    assert (report.format, report.rows_read, report.accepted) == (sample.source, 0, 0)


def test_a_cell_that_is_none_is_rejected_with_line_column_and_reason(shop, put, sample):
    """Whatever amount or time the source requires, a word in its place goes to quarantine."""
    if not sample.has_headers:
        pytest.skip("a line with a word is of another look")
    source = next(one for one in ALL if one.name == sample.source)
    rows = list(csv.reader(io.StringIO(sample.text)))
    headers = [header.strip() for header in rows[0]]
    typed = {"placed_at", "quantity", "gross", "unit_price", "birth_date", "cost"}
    target = next(
        (
            (headers.index(name), name)
            for field in source.fields
            for name in field.headers
            if field.column in typed and name in headers
        ),
        None,
    )
    if target is None:
        pytest.skip("has neither amounts nor times")
    place, header = target
    rows[1][place] = "garbage"
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    (report,) = shop.import_files(put(sample.file, out.getvalue()))
    assert report.rejected == 1
    assert report.rows_read == report.accepted + report.duplicate + report.rejected
    (row,) = shop.rejects().to_pylist()
    assert (row["line"], row["column"].strip(), row["value"]) == (2, header, "garbage")
    assert row["reason"].startswith("not_a")
