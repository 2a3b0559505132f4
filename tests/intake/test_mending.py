"""Rejected rows out, mended as a person with a spreadsheet would, and in again."""

from __future__ import annotations

import csv
import io
import json
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

import forked
from regulars import Shop
from regulars.errors import HomeError
from regulars.intake.landing import Landing
from regulars.intake.vault import Vault

HEAD = "order_id,customer_id,phone,placed_at,paid\n"
Rows = list[dict[str, str]]


def export(shop: Shop, name: str = "out") -> Path:
    """The only file that waits to be mended."""
    (path,) = shop.export_rejects(shop.home.folder.parent / name).files
    return path


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def as_text(rows: Rows, delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def as_workbook(rows: Rows, path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(path)


def mend(path: Path, column: str, value: str, *, only: Callable[[dict[str, str]], bool] = bool):
    """Write the value into the column of the rows, and save the file as it was."""
    rows = read(path)
    for row in rows:
        if only(row):
            row[column] = value
    path.write_text(as_text(rows), encoding="utf-8-sig")
    return path


def counts(shop: Shop) -> tuple[int, int]:
    """Orders landed, rows in quarantine."""
    shop.understand()
    return shop.warehouse.sql("SELECT count(*) AS n FROM orders")["n"][0].as_py(), (
        shop.rejects().num_rows
    )


def test_a_mended_row_is_taken_in_and_leaves_quarantine(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,10\nB,c1,,2026-01-06,ten\n"))
    path = export(shop)
    (row,) = read(path)
    assert row["paid"] == "ten"
    assert row["regulars_reason"] == "line 3, paid: this is no amount"
    (report,) = shop.import_files(mend(path, "paid", "10"))
    assert (report.rows_read, report.accepted, report.rejected, report.mended) == (1, 1, 0, 1)
    assert counts(shop) == (2, 0)
    assert shop.export_rejects(path.parent).files == {}


def test_a_row_that_is_still_bad_stays_once_with_its_new_reason(shop, put):
    shop.import_files(
        put("x.csv", HEAD + "A,c1,,2026-01-05,ten\nB,c1,,2026-01-06,ten\nC,c1,,soon,1\n")
    )
    path = export(shop)
    mend(path, "paid", "7", only=lambda row: row["order_id"] == "A")
    mend(path, "placed_at", "2026-02-30", only=lambda row: row["order_id"] == "B")
    (report,) = shop.import_files(path)
    assert (report.accepted, report.rejected, report.mended) == (1, 2, 1)
    waiting = {(row["column"], row["value"], row["reason"]) for row in shop.rejects().to_pylist()}
    assert len(waiting) == shop.rejects().num_rows == 2
    assert ("placed_at", "soon", "not_a_time") in waiting
    # Whatever file it came back in, it is a row of the file that it first stood in.
    assert {Path(row["file"]).name for row in shop.rejects().to_pylist()} == {"x.csv"}
    # And out and in a second time.
    second = export(shop, "again")
    mend(second, "paid", "1")
    mend(second, "placed_at", "2026-01-07")
    (report,) = shop.import_files(second)
    assert (report.accepted, report.rejected, report.mended) == (2, 0, 2)
    assert counts(shop) == (3, 0)


def test_a_row_that_nobody_touched_stays_where_it_is_once(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\nB,c1,,2026-01-06,ten\n"))
    for _ in range(3):
        path = export(shop)
        (report,) = shop.import_files(path)
        assert (report.accepted, report.rejected, report.mended) == (0, 2, 0)
        assert shop.rejects().num_rows == 2
        path.unlink()


def test_the_same_file_is_mended_further_until_all_is_in(shop, put):
    """As a person does: import, see what is still bad, mend that in the same file, import."""
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\nB,c1,,soon,twenty\n"))
    path = mend(export(shop), "paid", "10", only=lambda row: row["order_id"] == "A")
    shop.import_files(path)
    of_b = {"only": lambda row: row["order_id"] == "B"}
    shop.import_files(mend(path, "paid", "20", **of_b))
    (row,) = shop.rejects().to_pylist()
    assert (row["column"], row["value"], row["reason"]) == ("placed_at", "soon", "not_a_time")
    (report,) = shop.import_files(mend(path, "placed_at", "2026-01-06", **of_b))
    assert (report.accepted, report.duplicate, report.mended) == (1, 1, 1)
    assert counts(shop) == (2, 0)


def test_what_is_put_back_to_what_it_was_still_waits(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\n"))
    path = export(shop)
    for wrong in ("eleven", "ten", "eleven"):
        shop.import_files(mend(path, "paid", wrong))
        assert shop.rejects()["value"].to_pylist() == [wrong]


def test_a_row_cut_in_two_is_two_rows(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten and B: twenty\n"))
    path = export(shop)
    (row,) = read(path)
    path.write_text(as_text([{**row, "paid": "ten"}, {**row, "order_id": "B", "paid": "20 or so"}]))
    (report,) = shop.import_files(path)
    assert report.rejected == shop.rejects().num_rows == 2
    path.write_text(as_text([{**row, "paid": "10"}, {**row, "order_id": "B", "paid": "20"}]))
    (report,) = shop.import_files(path)
    assert (report.accepted, report.mended) == (2, 1)


def test_the_mended_file_again_changes_nothing(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\nB,c1,,2026-01-06,ten\n"))
    path = mend(export(shop), "paid", "3", only=lambda row: row["order_id"] == "A")
    shop.import_files(path)
    before = counts(shop), Landing(shop.home.landing).head()
    (again,) = shop.import_files(path)
    assert (again.accepted, again.duplicate, again.rejected, again.mended) == (0, 1, 1, 0)
    assert (counts(shop), Landing(shop.home.landing).head()) == before


def test_the_first_file_again_brings_no_mended_row_back_into_quarantine(shop, put):
    source = put("x.csv", HEAD + "A,c1,,2026-01-05,10\nB,c1,,2026-01-06,ten\n")
    shop.import_files(source)
    shop.import_files(mend(export(shop), "paid", "10"))
    (again,) = shop.import_files(source)
    assert (again.accepted, again.duplicate, again.rejected) == (0, 1, 1)
    assert counts(shop) == (2, 0)


@pytest.mark.parametrize("saved_as", ["semicolons", "tabs", "gb18030", "utf-16", "xlsx", "zip"])
def test_it_may_be_saved_in_any_way_a_spreadsheet_knows(shop, put, tmp_path, saved_as):
    text = HEAD + "A,c1,,2026-01-05,十块\nB,c王,13812345678,2026-01-06 10:30:00,ten\n"
    shop.import_files(put("x.csv", text))
    rows = read(export(shop))
    for row in rows:
        row["paid"] = "12.50"
    path = tmp_path / "mended"
    if saved_as == "xlsx":
        as_workbook(rows, path)
    elif saved_as == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.rejects.csv", as_text(rows))
    else:
        delimiter = {"semicolons": ";", "tabs": "\t"}.get(saved_as, ",")
        encoding = saved_as if delimiter == "," else "utf-8"
        path.write_bytes(as_text(rows, delimiter).encode(encoding))
    (report,) = shop.import_files(path)
    assert (report.accepted, report.rejected, report.mended) == (2, 0, 2)
    assert counts(shop) == (2, 0)
    shop.understand()
    assert shop.customer("c王").row["phone"][0].as_py() == "138****5678"
    assert shop.people()["monetary"].to_pylist() == [12.5, 12.5]


def test_columns_may_be_moved_and_rows_left_out(shop, put):
    shop.import_files(
        put("x.csv", HEAD + "A,c1,,2026-01-05,ten\nB,c1,,2026-01-06,ten\nC,c1,,2026-01-07,x\n")
    )
    path = export(shop)
    rows = [dict(reversed({**row, "paid": "1"}.items())) for row in read(path)[:2]]
    path.write_text(as_text(rows))
    (report,) = shop.import_files(path)
    assert (report.accepted, report.mended) == (2, 2)
    assert [row["line"] for row in shop.rejects().to_pylist()] == [4]


def test_without_our_columns_it_is_an_ordinary_file(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\n"))
    path = mend(export(shop), "paid", "10")
    rows = [
        {name: cell for name, cell in row.items() if not name.startswith("regulars_")}
        for row in read(path)
    ]
    path.write_text(as_text(rows))
    (report,) = shop.import_files(path)
    assert (report.accepted, report.mended) == (1, 0)
    assert shop.rejects().num_rows == 1


def test_rows_with_cells_too_few_or_too_many_come_out_so_that_they_can_be_mended(shop, put):
    text = HEAD + "A,c1,,2026-01-05\nB,c1,,2026-01-06,1,50\nC,c1,,2026-01-07,3\n"
    shop.import_files(put("x.csv", text))
    path = export(shop)
    few, many = read(path)
    assert [few[name] for name in ("order_id", "placed_at", "paid")] == ["A", "2026-01-05", ""]
    assert [many[name] for name in ("order_id", "placed_at", "paid")] == ["B", "2026-01-06", "1"]
    assert "50" in many["regulars_reason"]
    mend(path, "paid", "1.50")
    (report,) = shop.import_files(path)
    assert (report.accepted, report.rejected, report.mended) == (2, 0, 2)
    assert counts(shop) == (3, 0)


def test_files_of_several_formats_come_out_one_each_and_in_together(shop, put, samples):
    head, *rows = samples["taobao_orders"].text.splitlines()
    bad = "\n".join([head, rows[0].replace("105.00元", "不详"), *rows[1:]]) + "\n"
    shop.import_files(
        put("x.csv", HEAD + "A,c1,,2026-01-05,ten\n"),
        put("淘宝.csv", bad),
        put("c.csv", "customer_id,phone,birth_date\nc9,13812345678,tomorrow\n"),
    )
    exported = shop.export_rejects(shop.home.folder.parent / "out")
    assert {path.name: rows for path, rows in exported.files.items()} == {
        "x.rejects.csv": 1, "淘宝.rejects.csv": 1, "c.rejects.csv": 1
    }  # fmt: skip
    good = {"x": ("paid", "10"), "淘宝": ("买家实际支付金额", "105.00"), "c": ("birth_date", "")}
    paths = [mend(path, *good[path.name.split(".")[0]]) for path in exported.files]
    reports = shop.import_files(*paths)
    assert [report.mended for report in reports] == [1, 1, 1]
    assert {report.format for report in reports} == {"plain", "taobao_orders", "plain_customers"}
    assert shop.rejects().num_rows == 0


def test_one_name_for_two_files_makes_two_mending_files(shop, tmp_path):
    for folder, order in (("a", "A"), ("b", "B")):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "x.csv"
        path.write_text(HEAD + f"{order},c1,,2026-01-05,ten\n")
        shop.import_files(path)
    exported = shop.export_rejects(tmp_path / "out")
    assert len(exported.files) == 2
    for path in exported.files:
        shop.import_files(mend(path, "paid", "10"))
    assert counts(shop) == (2, 0)


def test_the_same_bad_row_in_two_members_of_an_archive_is_two_rows(shop, tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member in ("2025/orders.csv", "2026/orders.csv"):
            archive.writestr(member, HEAD + "A,c1,,2026-01-05,ten\n")
    reports = shop.import_files(path)
    assert [report.rejected for report in reports] == [1, 1]
    assert shop.rejects().num_rows == 2
    exported = shop.export_rejects(tmp_path / "out")
    assert sorted(exported.files.values()) == [1, 1]


def test_rows_of_an_archive_name_both_files(shop, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.csv", HEAD + "A,c1,,2026-01-05,ten\n")
    shop.import_files(path)
    mending = export(shop)
    assert mending.name == "a_b.rejects.csv"
    assert shop.rejects()["file"].to_pylist() == [f"{path} » b.csv"]
    shop.import_files(mend(mending, "paid", "10"))
    assert counts(shop) == (1, 0)


def test_lines_without_headers_come_out_as_lines(shop, put, samples):
    text = samples["cdnow"].text + " 00099 0003 19971399  1   10.00\r\n"
    (report,) = shop.import_files(put("CDNOW.txt", text))
    assert report.rejected == 1
    path = export(shop)
    (row,) = read(path)
    assert row["line"] == " 00099 0003 19971399  1   10.00"
    (report,) = shop.import_files(mend(path, "line", " 00099 0003 19971301  1   10.00"))
    assert report.rejected == 1
    mend(path, "line", " 00099 0003 19971201  1   10.00")
    (report,) = shop.import_files(path)
    assert (report.format, report.accepted, report.rejected) == ("cdnow", 1, 0)
    shop.understand()
    assert shop.people().num_rows == 3


def test_rows_of_json_lines_come_out_as_a_table(shop, put):
    lines = [
        {"order_id": "A", "customer_id": "c1", "placed_at": "2026-01-05", "paid": "ten"},
        {"order_id": "B", "customer_id": "c1", "placed_at": "2026-01-06", "paid": 8.5},
        {"order_id": "C", "customer_id": "c1", "placed_at": "2026-01-07", "paid": 9, "extra": 1},
    ]
    shop.import_files(put("x.jsonl", "\n".join(map(json.dumps, lines)) + "\n"))
    (report,) = shop.import_files(mend(export(shop), "paid", "10"))
    assert (report.accepted, report.mended) == (1, 1)
    assert counts(shop) == (3, 0)


def test_a_line_that_is_no_json_comes_out_too(shop, put):
    good = json.dumps({"order_id": "A", "customer_id": "c1", "placed_at": "2026-01-05", "paid": 1})
    (report,) = shop.import_files(put("x.jsonl", good + '\n{"order_id": "B", "paid": \n'))
    assert (report.rows_read, report.accepted, report.rejected) == (2, 1, 1)
    path = export(shop)
    (row,) = read(path)
    assert '{"order_id": "B"' in "".join(row.values())


def test_personal_cells_come_out_in_full_for_their_owner_only(shop, put):
    text = "customer_id,name,phone,birth_date\nc2,李雷雷,13987654321,tomorrow\n"
    shop.import_files(put("c.csv", text))
    path = export(shop)
    (row,) = read(path)
    assert (row["name"], row["phone"]) == ("李雷雷", "13987654321")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "13987654321" not in str(shop.rejects().to_pylist())
    shop.import_files(mend(path, "birth_date", "1990-01-01"))
    assert shop.rejects().num_rows == 0
    path.unlink()
    secret = b"13987654321"
    shop.close()
    for file in shop.home.folder.rglob("*"):
        assert not file.is_file() or secret not in file.read_bytes(), file


def test_it_is_private_from_its_first_moment(shop, put, tmp_path):
    """Nobody may read it while it is being written, not even for a moment."""
    shop.import_files(put("x.csv", HEAD + "A,c1,13987654321,2026-01-05,ten\n"))
    out = tmp_path / "out"
    child = (
        "import os, sys\n"
        "def seen(event, arguments):\n"
        "    if event == 'os.chmod' and 'rejects' in str(arguments[0]):\n"
        "        print(oct(os.stat(arguments[0]).st_mode & 0o77))\n"
        "sys.addaudithook(seen)\n"
        "from regulars import Shop\n"
        "with Shop(sys.argv[1]) as shop:\n"
        "    (path,) = shop.export_rejects(sys.argv[2]).files\n"
        "print(oct(path.stat().st_mode & 0o77))\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", child, str(shop.home.folder), str(out)],
        capture_output=True, text=True, check=True, umask=0o022,
    )  # fmt: skip
    assert set(found.stdout.split()) == {"0o0"}


def test_rows_whose_key_was_shredded_are_counted_as_forgotten(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\nB,c1,,2026-01-05,ten\n"))
    shop.import_files(put("y.csv", HEAD + "C,c1,,2026-01-05,ten\n"))
    with Vault.open(shop.home.keys) as vault:
        assert vault.shred(["i:1"]) == 1
    exported = shop.export_rejects(shop.home.folder.parent / "out")
    assert ([*exported.files.values()], exported.forgotten) == ([1], 2)
    assert shop.rejects().num_rows == 3


def test_nothing_is_written_over_a_file_that_somebody_has_begun_to_mend(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\n"))
    path = mend(export(shop), "paid", "10")
    before = path.read_bytes()
    with pytest.raises(HomeError, match="there already"):
        shop.export_rejects(path.parent)
    assert path.read_bytes() == before


def test_no_cell_runs_in_the_spreadsheet_that_it_is_mended_in(shop, put):
    """A buyer may call himself a formula; numbers and the ="12" of Taobao are none."""
    text = 'customer_id,name,tags,birth_date\n"=""0012""",=HYPERLINK(""http://x""),@SUM(1),soon\n'
    shop.import_files(put("c.csv", text))
    path = export(shop)
    (row,) = read(path)
    assert row["customer_id"] == '="0012"'
    assert row["name"].startswith("'=HYPERLINK")
    assert row["tags"] == "'@SUM(1)"
    shop.import_files(mend(path, "birth_date", "1990-01-01"))
    shop.import_files(put("o.csv", HEAD + "A,0012,,2026-01-05,10\n"))
    shop.understand()
    assert shop.customer("0012").row["tags"].to_pylist() == [["@SUM(1)"]]


def test_a_row_with_line_breaks_and_quotation_marks_comes_back_as_it_was(shop, put):
    text = (
        "customer_id,name,address,birth_date\n"
        'c1,"O\'Neil ""Bob""","1 Street\nBack, yard;\t|",soon\n'
    )
    shop.import_files(put("c.csv", text))
    path = export(shop)
    (row,) = read(path)
    assert row["name"] == 'O\'Neil "Bob"'
    assert row["address"] == "1 Street\nBack, yard;\t|"
    (report,) = shop.import_files(mend(path, "birth_date", "1990-01-01"))
    assert (report.accepted, report.mended) == (1, 1)


def test_a_header_like_one_of_ours_or_like_another_is_kept_apart(shop, put):
    text = "order_id,customer_id,placed_at,paid,note,note,+\nA,c1,2026-01-05,ten,x,y,z\n"
    shop.import_files(put("x.csv", text))
    path = export(shop)
    (row,) = read(path)
    assert {"x", "y", "z"} <= set(row.values())
    (report,) = shop.import_files(mend(path, "paid", "10"))
    assert (report.accepted, report.mended) == (1, 1)


def test_a_mapped_format_needs_its_mapping_again(shop, put):
    mapping = put(
        "map.toml",
        'kind = "orders"\nplatform = "shop"\n[columns]\norder_id = "No"\nplaced_at = "Day"\n'
        'customer_id = "Who"\npaid = "Sum"\n',
    )
    shop.import_files(put("x.csv", "No,Day,Who,Sum\nA,2026-01-05,c1,ten\n"), mapping=mapping)
    path = mend(export(shop), "Sum", "10")
    (report,) = shop.import_files(path, mapping=mapping)
    assert (report.accepted, report.mended) == (1, 1)
    assert counts(shop) == (1, 0)


def test_an_invented_row_number_mends_nothing(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\n"))
    path = mend(mend(export(shop), "paid", "10"), "regulars_reject", "0" * 32)
    (report,) = shop.import_files(path)
    assert (report.accepted, report.mended) == (1, 0)
    assert shop.rejects().num_rows == 1


def test_the_same_row_mended_twice_in_one_file_counts_once(shop, put):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\n"))
    path = mend(export(shop), "paid", "10")
    rows = read(path)
    path.write_text(as_text(rows + rows))
    (report,) = shop.import_files(path)
    assert report.mended == 1
    assert shop.rejects().num_rows == 0


def test_a_thousand_rows_go_out_and_come_back(shop, put):
    rows = "".join(f"o{n},c{n},,2026-01-05,{'ten' if n % 2 else 10}\n" for n in range(2_000))
    shop.import_files(put("x.csv", HEAD + rows))
    assert shop.rejects().num_rows == 1_000
    path = mend(export(shop), "paid", "10", only=lambda row: row["order_id"].endswith("1"))
    (report,) = shop.import_files(path)
    assert (report.accepted, report.rejected, report.mended) == (200, 800, 200)
    assert counts(shop) == (1_200, 800)


def cli(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return forked.run(forked.verb, "--home", str(home), *arguments)


def test_on_the_command_line(shop, put, tmp_path):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\nB,c1,,2026-01-06,ten\n"))
    home = shop.home.folder
    shop.close()
    out = tmp_path / "out"
    told = cli(home, "rejects", "--export", str(out))
    assert told.returncode == 0, told.stderr
    assert f"{out / 'x.rejects.csv'}  2 rows" in told.stdout
    twice = cli(home, "rejects", "--export", str(out))
    assert twice.returncode == 1
    assert twice.stderr.startswith("home.invalid: ")
    assert len(twice.stderr.splitlines()) == 1
    mend(out / "x.rejects.csv", "paid", "10", only=lambda row: row["order_id"] == "A")
    taken = cli(home, "import", str(out / "x.rejects.csv"))
    assert taken.returncode == 0, taken.stderr
    assert "1 of the rows in quarantine are mended and taken in" in taken.stdout
    rows = json.loads(cli(home, "rejects", "--json").stdout)["rows"]
    assert len(rows) == 1
    third = json.loads(cli(home, "rejects", "--json", "--export", str(tmp_path / "b")).stdout)
    assert list(third["files"].values()) == [1]
    assert third["forgotten"] == 0


def test_a_folder_that_cannot_be_written_is_one_sentence(shop, put, tmp_path):
    shop.import_files(put("x.csv", HEAD + "A,c1,,2026-01-05,ten\n"))
    shop.close()
    blocked = tmp_path / "file"
    blocked.write_text("x")
    told = cli(shop.home.folder, "rejects", "--export", str(blocked))
    assert told.returncode == 1
    assert len(told.stderr.splitlines()) == 1
    assert told.stderr.startswith("home.invalid: ")
