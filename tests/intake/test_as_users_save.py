"""Files as spreadsheets, users and exports leave them: each read rightly, or one clear sentence."""

from __future__ import annotations

import openpyxl
import pytest

from intake.readers import inline, rows_of, unfit_of, workbook
from regulars.errors import UnknownLayout
from regulars.intake.files.sheet import look

HEAD = "order_id,customer_id,placed_at,paid\n"
ROWS = "A,c1,2026-01-05,10\nB,c2,2026-01-06,20\n"


def test_a_delimiter_after_each_row_is_no_cell(put):
    path = put("x.csv", "a,b\n1,2,\n3,4,,\n5,6,\n\n7,8,  \n")
    assert look(path).headers == ("a", "b", "")
    assert [(row["a"], row["b"], row["_line"]) for row in rows_of(path)] == [
        ("1", "2", 2), ("3", "4", 3), ("5", "6", 4), ("7", "8", 6),
    ]  # fmt: skip
    assert unfit_of(path) == []


def test_nor_is_one_after_some_rows_and_the_order_of_rows_stays(put):
    path = put("x.csv", 'a,b\n1,2\n3,"4\n,",\n5,6\n7,8,,\n9,10\n')
    assert [(row["a"], row["b"], row["_line"]) for row in rows_of(path)] == [
        ("1", "2", 2), ("3", "4\n,", 3), ("5", "6", 5), ("7", "8", 6), ("9", "10", 7),
    ]  # fmt: skip


def test_nor_is_one_missed_after_rows_below_those_that_have_it(put):
    path = put("x.csv", "a,b\n" + "1,2,\n" * 30 + "3,4\n5\n")
    assert len(rows_of(path)) == 31
    assert [(one.line, one.value) for one in unfit_of(path)] == [(33, "1 cells, 3 headers")]


def test_what_stands_beyond_the_headers_is_never_dropped(put):
    path = put("x.csv", "a,b\n1,2,\n3,4,x\n5,6,,y\n7\n")
    assert [row["a"] for row in rows_of(path)] == ["1"]
    assert [(one.line, one.value) for one in unfit_of(path)] == [
        (3, "3 cells, 2 headers"), (4, "4 cells, 2 headers"), (5, "1 cells, 2 headers"),
    ]  # fmt: skip


def test_empty_columns_are_not_told_of_and_filled_ones_without_a_header_are(shop, put):
    (report,) = shop.import_files(put("x.csv", "order_id,,placed_at,paid,\n1,,2026-01-05,10,\n"))
    assert (report.accepted, report.ignored) == (1, [])
    (report,) = shop.import_files(put("y.csv", "order_id,placed_at,paid,\n2,2026-01-05,10,x\n"))
    assert (report.accepted, report.ignored) == (1, ["column 4, which has no header"])


@pytest.mark.parametrize("dress", ["{}\t", "\t{}", "\t{}\t"])
def test_tabs_around_cells_do_not_part_them(shop, put, dress):
    lines = (HEAD + ROWS).splitlines()
    text = "\n".join(",".join(dress.format(cell) for cell in line.split(",")) for line in lines)
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.format, report.accepted, report.paid) == ("plain", 2, 30)


def test_commas_within_headers_do_not_part_what_tabs_do(put):
    assert look(put("x.tsv", "name, first\tb\tc\n1\t2\t3\n")).headers == ("name, first", "b", "c")


def test_a_formula_that_is_just_a_text_is_that_text(tmp_path):
    """="1001" keeps a number's digits; programs write such cells without their result."""
    book = openpyxl.Workbook()
    for row in (("a", "b"), ('="1001"', '="say ""x"""'), ('="1"&"2"', "x"), ("=1+1", "x")):
        book.active.append(row)
    book.save(tmp_path / "x.xlsx")
    (row,) = rows_of(tmp_path / "x.xlsx")
    assert (row["a"], row["b"]) == ("1001", 'say "x"')
    assert [one.reason for one in unfit_of(tmp_path / "x.xlsx")] == ["formula_without_value"] * 2


def test_the_result_of_a_formula_comes_before_what_it_says(tmp_path):
    cells = '<c r="A2" t="str"><f>"old"</f><v>new</v></c>'
    rows = f'<row r="1">{inline("A1", "a")}</row><row r="2">{cells}</row>'
    assert rows_of(workbook(tmp_path / "x.xlsx", rows))[0]["a"] == "new"


def test_a_header_that_stands_twice_is_taken_where_it_stands_first(shop, put):
    text = "order_id,customer_id,placed_at,paid,paid,Order_ID\nA,c1,2026-01-05,10,99,Z\n"
    (report,) = shop.import_files(put("x.csv", text))
    assert (report.accepted, report.paid) == (1, 10)
    assert report.ignored == ["paid.2", "Order_ID.2"]


def test_the_template_gives_no_header_to_a_column_when_it_is_another_ones(shop, put):
    with pytest.raises(UnknownLayout) as refused:
        shop.import_files(put("x.csv", "No,When,shipping,paid,refunded\n1,2026-01-05,1,10,0\n"))
    text = str(refused.value)
    for line in ('shipping = "shipping"', 'paid = "paid"', 'refunded = "refunded"'):
        assert f"\n{line}" in text
    for line in ("# recipient_name", "# paid_at", "# closed_at"):
        assert f'\n{line} = ""' in text


def test_a_file_of_very_many_unknown_columns_is_refused_at_once(shop, put):
    text = "\n".join(",".join(f"c{row}_{n}" for n in range(5000)) for row in range(12))
    with pytest.raises(UnknownLayout) as refused:
        shop.import_files(put("x.csv", text))
    assert len(str(refused.value)) < 5000
