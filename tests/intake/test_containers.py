"""Parts of archives: found by content, read without unpacking, and never at any price."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.readers import rows_of
from regulars.errors import UnreadableFile
from regulars.intake.files import containers, delimited
from regulars.intake.files.parts import Part, parts_of
from regulars.intake.files.reading import chunks
from regulars.intake.files.sheet import look

CSV = b"order_id,paid\nA,10\nB,20\n"
ROWS = [{"order_id": "A", "paid": "10", "_line": 2}, {"order_id": "B", "paid": "20", "_line": 3}]


@pytest.fixture
def zipped(tmp_path):
    """Write an archive of these members."""

    def write(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / "orders.zip"
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path

    return write


def book() -> bytes:
    workbook = openpyxl.Workbook()
    for row in (("order_id", "paid"), ("A", 10), ("B", 20)):
        workbook.active.append(row)
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def noise(count: int) -> bytes:
    return random.Random(1).randbytes(count)


def test_a_plain_file_is_its_only_part(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_bytes(CSV)
    assert parts_of(path) == [Part(path)]
    assert Part(path).name == str(path)
    assert rows_of(path) == rows_of(Part(path)) == ROWS


@pytest.mark.parametrize("name", ["orders.csv.gz", "orders.csv", "orders"])
def test_gzip_is_known_by_its_content_and_not_by_its_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(CSV))
    assert parts_of(path) == [Part(path)]
    assert rows_of(path) == ROWS
    with look(path).open() as stream:
        assert stream.read() == CSV


def test_gzip_in_several_members_is_one_text(tmp_path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(CSV[:15]) + gzip.compress(CSV[15:]))
    assert rows_of(path) == ROWS


def test_an_archive_has_one_part_per_file_and_none_for_what_systems_leave_behind(zipped):
    path = zipped(
        {
            "2026/": b"",
            "2026/a.csv": CSV,
            "__MACOSX/2026/._a.csv": b"\0\1",
            "2026/.DS_Store": b"\0",
            "2026/._b.csv": b"\0",
            "Thumbs.db": b"\0",
            "b.csv": CSV,
        }
    )
    parts = parts_of(path)
    assert parts == [Part(path, "2026/a.csv"), Part(path, "b.csv")]
    assert parts[0].name == f"{path} » 2026/a.csv"
    assert [rows_of(part) for part in parts] == [ROWS, ROWS]


def test_names_in_gbk_are_told_as_they_were_meant(tmp_path, zipped):
    path = zipped({"XXXX.csv": CSV, "订单.csv": CSV})
    # A Chinese Windows writes names in GBK, without the mark for UTF-8.
    path.write_bytes(path.read_bytes().replace(b"XXXX", "退款".encode("gbk")))
    assert [part.member for part in parts_of(path)] == ["退款.csv", "订单.csv"]
    assert rows_of(parts_of(path)[0]) == ROWS


@pytest.mark.parametrize("name", ["../../evil.csv", "/etc/evil.csv", "C:\\evil.csv"])
def test_no_name_in_an_archive_leads_anywhere(tmp_path, zipped, name):
    path = zipped({name: CSV})
    before = sorted(tmp_path.rglob("*"))
    assert rows_of(parts_of(path)[0]) == ROWS
    assert sorted(tmp_path.rglob("*")) == before


def test_a_workbook_or_parquet_file_in_an_archive_is_read_like_any_other(tmp_path, zipped):
    out = io.BytesIO()
    pq.write_table(pa.table({"order_id": ["A", "B"], "paid": ["10", "20"]}), out)
    path = zipped({"orders.xlsx": book(), "orders.parquet": out.getvalue()})
    assert parts_of(path) == [Part(path, "orders.xlsx", "Sheet"), Part(path, "orders.parquet")]
    assert parts_of(path)[0].name == f"{path} » orders.xlsx » Sheet"
    first, second = map(rows_of, parts_of(path))
    assert first == ROWS
    assert [row["paid"] for row in second] == ["10", "20"]
    packed = tmp_path / "orders.xlsx.gz"
    packed.write_bytes(gzip.compress(book()))
    assert rows_of(packed) == ROWS


def test_a_file_of_several_parts_wants_one_of_them_named(zipped):
    path = zipped({"a.csv": CSV, "b.csv": CSV})
    with pytest.raises(UnreadableFile, match=r"holds 2 tables: .*a\.csv, .*b\.csv"):
        look(path)
    assert look(zipped({"a.csv": CSV})).headers == ("order_id", "paid")


def test_a_member_that_is_not_there_is_told(zipped):
    with pytest.raises(UnreadableFile, match="is not in the archive"):
        look(Part(zipped({"a.csv": CSV}), "b.csv"))


def refused(path: Path, says: str) -> None:
    """Whoever takes all parts in meets one sentence that names the file."""
    with pytest.raises(UnreadableFile, match=says) as raised:
        _ = [rows_of(part) for part in parts_of(path)]
    assert str(path) in str(raised.value)
    assert raised.value.todo


def test_archives_within_archives_are_refused(tmp_path, zipped):
    inner = zipped({"a.csv": CSV}).read_bytes()
    for content in (inner, gzip.compress(CSV)):
        refused(zipped({"inner": content}), "inner: is an archive within an archive")
    for content in (inner, gzip.compress(CSV)):
        path = tmp_path / "x.gz"
        path.write_bytes(gzip.compress(content))
        refused(path, "is an archive within an archive")


def test_an_empty_archive_is_refused(zipped):
    refused(zipped({}), "without a file in it")
    refused(zipped({"folder/": b""}), "without a file in it")
    refused(zipped({"a.csv": b""}), "is empty")


def test_an_encrypted_archive_is_refused(zipped):
    path = zipped({"a.csv": CSV})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    refused(path, "a.csv: is encrypted")


def test_a_name_that_stands_twice_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", CSV)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", CSV)
    refused(path, "stands twice")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_expand_without_measure_are_refused(zipped, method):
    refused(zipped({"a.csv": CSV * 100}, method), "packed by an unusual method")


@pytest.mark.parametrize("keep", [30, 0.5, 0.9, -9])
def test_gzip_that_breaks_off_is_refused_with_the_place(tmp_path, keep):
    path = tmp_path / "x.csv.gz"
    whole = gzip.compress(CSV + b"".join(b"%d,%d\n" % pair for pair in enumerate(noise(100_000))))
    path.write_bytes(whole[: int(len(whole) * keep) if isinstance(keep, float) else keep])
    refused(path, r"breaks off after [\d,]+ bytes")


def test_gzip_with_a_wrong_checksum_is_refused(tmp_path):
    path = tmp_path / "x.csv.gz"
    content = bytearray(gzip.compress(CSV))
    content[-6] ^= 0xFF
    path.write_bytes(content)
    refused(path, "breaks off")


def test_a_zip_that_was_cut_off_or_altered_is_refused(zipped):
    path = zipped({"a.csv": CSV + noise(5000).hex().encode()})
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    refused(path, "damaged archive")
    altered = bytearray(whole)
    altered[100] ^= 0xFF
    path.write_bytes(altered)
    refused(path, "a.csv: breaks off after")


def test_a_bomb_is_told_by_what_comes_out_of_it(tmp_path):
    path = tmp_path / "x.csv.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(80):
            file.write(b"order_id,paid\n" + bytes([48]) * (1 << 20))
    refused(path, "expands to 6[4-7] MB or more: a bomb")


def test_a_bomb_is_told_by_its_own_account(zipped):
    refused(zipped({"a.csv": b"0" * (65 << 20)}), "a.csv: expands to 65 MB or more: a bomb")


def test_members_that_are_modest_alone_may_be_a_bomb_together(zipped):
    # As where members lie over one another: each below 64 MB, and all of them in few bytes.
    refused(zipped({f"{n}.csv": b"0" * (33 << 20) for n in range(2)}), "expands to 66 MB")


def test_a_size_that_is_a_lie_helps_no_bomb(zipped):
    path = zipped({"a.csv": b"0" * (65 << 20)})
    content = bytearray(path.read_bytes())
    for begin, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.index(begin) + place, 1000)
    path.write_bytes(content)
    refused(path, "a.csv: breaks off after")


def test_more_than_a_machine_should_expand_is_refused(zipped, monkeypatch):
    monkeypatch.setattr(containers, "MOST_MEMBERS", 3)
    refused(zipped({f"{n}.csv": CSV for n in range(4)}), "holds 4 files")


def test_compression_as_exports_have_it_is_no_bomb(tmp_path):
    path = tmp_path / "x.csv.gz"
    rows = b"".join(b"%d,%d,completed,2026-01-05 10:00:00\n" % (n, n % 977) for n in range(2 << 20))
    assert len(rows) > containers.FROM
    path.write_bytes(gzip.compress(b"order_id,paid,status,placed_at\n" + rows, 9))
    assert sum(chunk.table.num_rows for chunk in chunks(look(path))) == 2 << 20


def test_what_is_no_file_is_refused_at_once(tmp_path):
    refused(tmp_path / "nowhere.csv", "cannot be read")
    refused(tmp_path, "is a folder")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "is a pipe or device")
    refused(Path("/dev/zero"), "is a pipe or device")
    (tmp_path / "empty.csv").touch()
    refused(tmp_path / "empty.csv", "is empty")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(CSV)
    path.chmod(0)
    refused(path, "Permission denied")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7 ...", "is a PDF"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"Rar!\x1a\x07", "is a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7z archive"),
        (b"BZh91AY&SY...", "packed with bzip2"),
        (b"SQLite format 3\0", "SQLite database"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"old kind \(.xls\)"),
        (
            b"\xd0\xcf\x11\xe0" + bytes(2 << 20) + "EncryptedPackage".encode("utf-16-le"),
            "is an encrypted workbook",
        ),
        (b"<html><body><table><tr><td>1", "is a web page"),
        ("\ufeff\r\n<TABLE border=1>".encode(), "is a web page"),
        ("<html><td>订单编号".encode("gb18030"), "is a web page"),
        ("<!DOCTYPE html><td>订单编号".encode("utf-16"), "is a web page"),
        (b"<?xml version='1.0'?><Workbook/>", "is XML"),
        (b'[{"order_id": 1}]', "is one JSON array"),
        (b"[\n  {\n", "is one JSON array"),
        (b'{\n  "orders": [\n', "not one object a line"),
        (b'{"orders": [\n', "not one object a line"),
        (noise(10_000) + bytes(2000), "is no text"),
        (bytes(5000), "is no text"),
        (noise(20_000).replace(b"\0", b"\xff"), "neither UTF-8 nor GB18030"),
        (bytes(257) + b"ustar" + bytes(300), "is a tar archive"),
    ],
)
def test_what_is_no_table_is_told_by_its_name_and_what_to_do(tmp_path, content, says):
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    refused(path, says)


@pytest.mark.parametrize(
    ("member", "says"),
    [("xl/workbook.bin", "xlsb"), ("word/document.xml", "text document")],
)
def test_documents_of_other_kinds_are_told_apart(zipped, member, says):
    refused(zipped({"[Content_Types].xml": b"<Types/>", member: b""}), says)
    refused(zipped({"mimetype": b"", "content.xml": b""}), "OpenDocument")


def test_a_file_that_changes_between_the_look_and_the_end_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(CSV)
    sheet = look(path)
    with path.open("ab") as file:
        file.write(b"C,30\n")
    with pytest.raises(UnreadableFile, match="changed while it was being read; nothing was taken"):
        list(chunks(sheet))
    sheet = look(path)
    found = chunks(sheet)
    assert next(found).table.num_rows == 3
    os.utime(path, (1, 1))
    with pytest.raises(UnreadableFile, match="Wait until it is written"):
        list(found)
    sheet = look(path)
    path.unlink()
    with pytest.raises(UnreadableFile, match="changed while it was being read"):
        list(chunks(sheet))


def test_a_file_that_is_cut_while_it_is_read_is_told_so_and_not_as_damaged(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "BLOCK", 1 << 10)
    path = tmp_path / "x.csv.gz"
    body = b"".join(b"%d,%d\n" % pair for pair in enumerate(noise(300_000)))
    path.write_bytes(gzip.compress(b"a,b\n" + body))
    found = chunks(look(path))
    next(found)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(UnreadableFile, match="changed while it was being read"):
        list(found)


def of_every_kind() -> list[bytes]:
    parquet, archive = io.BytesIO(), io.BytesIO()
    pq.write_table(pa.table({"order_id": ["A", "B"] * 50, "paid": range(100)}), parquet)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("a.csv", CSV)
        members.writestr("b.xlsx", book())
    lines = b'{"order_id": "A", "in": {"list": [1, {"x": 1.5}]}}\n' * 20
    return [CSV, gzip.compress(CSV), book(), parquet.getvalue(), archive.getvalue(), lines]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(of_every_kind()),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=3)), max_size=5),
    st.integers(0, 3),
)
def test_a_file_that_was_altered_anywhere_is_read_or_refused_in_words(
    tmp_path_factory, content, changes, cut
):
    altered = bytearray(content)
    for place, put_there in changes:
        at = int(place * len(altered))
        altered[at : at + cut] = put_there
    path = tmp_path_factory.mktemp("altered") / "file"
    path.write_bytes(altered)
    said = str(path)
    try:
        for part in parts_of(path):
            rows_of(part)
    except UnreadableFile as error:
        said = str(error)
    assert str(path) in said
