"""Rejected rows, however many and however wide, and the memory that an import takes for them."""

from __future__ import annotations

import csv
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from regulars.engines.duckdb import Warehouse
from regulars.errors import UnreadableFile
from regulars.intake import quarantine
from regulars.intake.landing import Landing
from regulars.intake.quarantine import Quarantine
from regulars.intake.reject import Reject, rows_of
from regulars.intake.vault import Vault

HEAD = "order_id,customer_id,phone,placed_at,paid\n"


def bad_rows(rows: int, first: int = 0) -> str:
    return "".join(f"o{n},c{n},13812345678,05.01.2026,10\n" for n in range(first, first + rows))


def content(shop) -> list[dict]:
    """What stands in quarantine, but for the bytes of the seals, which are new every time."""
    return [
        {name: value for name, value in row.items() if name != "sealed"}
        for path in Landing(shop.home.landing).segments("rejects")
        for row in pq.read_table(path).to_pylist()
    ]


@pytest.fixture
def few_allowed(monkeypatch):
    """Quarantine that takes ten rows of a file."""
    monkeypatch.setattr(quarantine, "MOST", 10)


@pytest.fixture
def tiny_batches(monkeypatch):
    """Every rejected row is a batch and a row group of its own."""
    monkeypatch.setattr(quarantine, "_AT_ONCE", 1)
    monkeypatch.setattr(quarantine, "_GROUP", 1)


def test_a_file_with_more_bad_rows_than_quarantine_takes_is_refused(shop, put, few_allowed):
    good = "".join(f"g{n},c{n},,2026-01-05,10\n" for n in range(30))
    slip = "s1,c1,,2026-01-05,ten\n"
    path = put("orders.csv", HEAD + slip + good + bad_rows(12))
    with pytest.raises(UnreadableFile) as refused:
        shop.import_files(path)
    told = str(refused.value)
    # The first row with the commonest reason: after the header, the slip and thirty good rows.
    assert "orders.csv, line 33, placed_at = '05.01.2026': " in told
    assert "this is no time that we can read" in told
    assert "of the first 43 rows 13 cannot be taken in, 12 of them for this reason" in told
    assert "nothing of it was taken in" in told
    assert all(word in refused.value.todo for word in ("--as", "--map", "time_format"))
    assert refused.value.code == "intake.unreadable"


def test_nothing_of_a_refused_file_stays(shop, put, few_allowed):
    shop.import_files(put("a.csv", HEAD + "A,c1,,2026-01-05,10\nB,c1,,soon,10\n"))
    landing = Landing(shop.home.landing)
    before = landing.head(), sorted(shop.home.landing.rglob("*"))
    with pytest.raises(UnreadableFile):
        shop.import_files(put("b.csv", HEAD + "C,c2,,2026-01-05,10\n" + bad_rows(11)))
    assert (landing.head(), sorted(shop.home.landing.rglob("*"))) == before
    assert shop.rejects().num_rows == 1
    (report,) = shop.import_files(put("c.csv", HEAD + "D,c3,,2026-01-05,10\n"))
    assert (report.accepted, report.new_customers) == (1, 1)


def test_as_many_bad_rows_as_quarantine_takes_are_taken(shop, put, few_allowed):
    (report,) = shop.import_files(put("a.csv", HEAD + bad_rows(10) + "A,c1,,2026-01-05,10\n"))
    assert (report.accepted, report.rejected) == (1, 10)
    # The count is of one file, not of all that has ever waited.
    (report,) = shop.import_files(put("b.csv", HEAD + bad_rows(10, first=50)))
    assert report.rejected == 10
    assert shop.rejects().num_rows == 20


def test_the_refusal_shows_no_personal_value(shop, put, few_allowed):
    rows = "".join(f"o{n},c{n},,call 13812345678,10\n" for n in range(11))
    with pytest.raises(UnreadableFile) as refused:
        shop.import_files(put("x.csv", HEAD + rows))
    assert "13812345678" not in str(refused.value)
    assert "placed_at = 'call ***********'" in str(refused.value)


def test_rows_of_which_no_column_is_to_blame_are_told_too(shop, put, few_allowed):
    rows = "".join(f"o{n},c{n},2026-01-05,10\n" for n in range(11))
    with pytest.raises(UnreadableFile, match=r"line 2, '4 cells, 5 headers': not as many cells"):
        shop.import_files(put("x.csv", HEAD + rows))


def test_batches_do_not_show_in_what_is_kept(new_shops, put, monkeypatch):
    text = HEAD + bad_rows(20) + "A,c1\nB,c1,,2026-01-05,10\n" + bad_rows(20, first=20) + "C,c1\n"
    path = put("x.csv", text)
    whole, batched = next(new_shops), next(new_shops)
    # Look-up keys differ from home to home, and with them the hashes.
    (whole.home.keys / "lookup.key").write_bytes((batched.home.keys / "lookup.key").read_bytes())
    with whole, batched:
        whole.import_files(path)
        monkeypatch.setattr(quarantine, "_AT_ONCE", 1)
        monkeypatch.setattr(quarantine, "_GROUP", 1)
        batched.import_files(path)
        assert content(batched) == content(whole)
        assert [row["line"] for row in content(whole)] == [*range(2, 23), *range(24, 45)]
        (segment,) = Landing(batched.home.landing).segments("rejects")
        assert pq.ParquetFile(segment).metadata.num_row_groups == 42


def test_the_same_bad_rows_are_kept_once_in_whatever_batches_they_come(shop, put, tiny_batches):
    path = put("x.csv", HEAD + bad_rows(30))
    shop.import_files(path)
    before = content(shop)
    (again,) = shop.import_files(path)
    assert (again.rejected, content(shop)) == (30, before)
    longer = put("x.csv", HEAD + bad_rows(30) + bad_rows(2, first=30))
    shop.import_files(longer)
    assert [row["line"] for row in content(shop)] == [*range(2, 34)]


def test_a_row_that_comes_back_cut_in_two_over_two_batches_is_two_rows(
    shop, put, tiny_batches, tmp_path
):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten and B: twenty\n"))
    (path,) = shop.export_rejects(tmp_path / "out").files
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerows([{**row, "paid": "ten"}, {**row, "order_id": "B", "paid": "20 or so"}])
    (report,) = shop.import_files(path)
    assert (report.rejected, report.mended, shop.rejects().num_rows) == (2, 0, 2)


def quarantine_of(shop, draft, vault, work) -> Quarantine:
    return Quarantine(work, vault, [], draft, "x.csv")


def wide_rejects(chunk: int, rows: int = 500, columns: int = 40) -> list[Reject]:
    """Rows of 4,000 characters each, none of them like another."""
    lines = range(chunk * rows, (chunk + 1) * rows)
    cells = {line: {f"h{n}": f"{line:>0100}" for n in range(columns)} for line in lines}
    return [Reject(line, "h1", "x", "not_an_amount", False, cells[line]) for line in lines]


def test_of_a_rejected_row_no_more_than_a_hash_stays_in_memory(shop, monkeypatch):
    monkeypatch.setattr(quarantine, "_GROUP", 1 << 20)
    landing = Landing(shop.home.landing)
    with (
        Vault.open(shop.home.keys) as vault,
        Warehouse.in_memory() as work,
        landing.importing() as draft,
        quarantine_of(shop, draft, vault, work) as waiting,
    ):
        waiting.put(wide_rejects(0), {}, 500)
        tracemalloc.start()
        try:
            begun = tracemalloc.get_traced_memory()[0]
            arrow = []
            for chunk in range(1, 11):
                waiting.put(wide_rejects(chunk), {}, 500 * chunk)
                arrow.append(pa.total_allocated_bytes())
            kept = tracemalloc.get_traced_memory()[0] - begun
        finally:
            tracemalloc.stop()
        # 5,000 rows of 4,000 characters: a hash of 16 bytes, in a set that has room, is near 150.
        assert kept < 5_000 * 250
        assert max(arrow) - min(arrow) < 4 << 20
        assert waiting.finish() == waiting.rows == 5_500


def test_nothing_personal_lies_in_the_clear_while_it_waits(shop, tiny_batches):
    landing = Landing(shop.home.landing)
    row = {"phone": "13987654321", "name": "李雷雷", "birth_date": "tomorrow"}
    with (
        Vault.open(shop.home.keys) as vault,
        Warehouse.in_memory() as work,
        landing.importing() as draft,
        quarantine_of(shop, draft, vault, work) as waiting,
    ):
        for line in range(100):
            waiting.put([Reject(line, "phone", row["phone"], "not_text", True, row)], {}, line)
        waiting.finish()
        files = [path for path in draft.folder.rglob("*") if path.is_file()]
        assert files
        for path in files:
            data = path.read_bytes()
            assert row["phone"].encode() not in data
            assert row["name"].encode() not in data


def test_rows_are_sealed_in_batches_of_bounded_bytes_however_wide_they_are():
    narrow = [Reject(n, "a", "", "missing", False, {"a": "1"}) for n in range(1_000)]
    assert [len(batch) for batch in quarantine._batches(narrow)] == [1_000]
    # 10,000 empty cells are 640,000 bytes, and a batch ends with the row that fills 4 MiB.
    empty = dict.fromkeys(map(str, range(10_000)), "")
    wide = [Reject(n, "a", "", "missing", False, empty) for n in range(20)]
    assert [len(batch) for batch in quarantine._batches(wide)] == [7, 7, 6]


def test_without_rejected_rows_there_is_no_segment(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,10\n"))
    assert not list(shop.home.landing.rglob("rejects*"))


def test_the_cells_of_rejected_rows_stay_in_their_table_until_they_are_sealed():
    # 800 rows of 1,000 cells: as dictionaries, 800,000 entries of 100 bytes and more.
    table = pa.table({f"h{n}": pa.array(["1"] * 800) for n in range(1_000)})
    tracemalloc.start()
    try:
        rejects = [Reject(n, "", "", "missing", False, row) for n, row in enumerate(rows_of(table))]
        for batch in quarantine._batches(rejects):
            assert len(batch) * 1_000 * quarantine._CELL < 2 * quarantine._AT_ONCE
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert dict(batch[-1].row) == {f"h{n}": "1" for n in range(1_000)}
