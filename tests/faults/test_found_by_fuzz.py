"""What hostile files have found, each by its smallest example."""

from __future__ import annotations

import gzip
import io
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars import Shop
from regulars.errors import UnknownLayout, UnreadableFile

HEAD = "order_id,customer_id,placed_at,paid"


@pytest.fixture
def shop(tmp_path) -> Shop:
    with Shop.create(tmp_path / "shop", name="x") as shop:
        yield shop


@pytest.mark.parametrize("name", ["_line", "_LINE", "_Line", "PAID", "regulars_Reject"])
def test_a_header_that_differs_from_another_by_case_only(shop, tmp_path, name):
    path = tmp_path / "x.csv"
    path.write_text(f"{HEAD},{name}\nA,c1,2026-01-05,10,99\nB,c1,2026-01-05,ten,98\n")
    (report,) = shop.import_files(path)
    assert (report.accepted, report.rejected, report.paid) == (1, 1, 10)
    assert shop.rejects()["line"].to_pylist() == [3]


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", HEAD + "\n" + "A,c1,2026-01-05,10\n" * 50)
    return out.getvalue()


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(HEAD.split(","))
    book.active.append(["A", "c1", "2026-01-05", 10])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("whole", [zipped, workbook], ids=["archive", "workbook"])
@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("place", [5, 60, -40])
def test_an_archive_that_has_lost_a_byte(shop, tmp_path, whole, packed, place):
    """Its directory then points before the beginning."""
    content = bytearray(whole())
    del content[place]
    path = tmp_path / "x"
    path.write_bytes(packed(bytes(content)))
    try:
        (report,) = shop.import_files(path)
    except UnreadableFile:
        return
    # A workbook can lose a byte of what is no data.
    assert (whole, report.accepted) == (workbook, 1)


@pytest.mark.parametrize("from_end", range(20, 900, 40))
def test_a_parquet_file_with_a_damaged_byte(shop, tmp_path, from_end):
    """It may still read as something else; it must never end in anything but our own errors."""
    table = pa.table({name: ["x", "2026-01-05", None, "7"] for name in HEAD.split(",")})
    path = tmp_path / "x.parquet"
    pq.write_table(table, path)
    data = bytearray(path.read_bytes())
    data[-from_end] ^= 0x41
    path.write_bytes(data)
    try:
        (report,) = shop.import_files(path)
    except (UnreadableFile, UnknownLayout):
        return
    assert report.rows_read == report.accepted + report.duplicate + report.rejected
