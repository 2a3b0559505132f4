"""Workbooks: cells as an export to CSV would have them; nothing hidden, nothing spoilt."""

from __future__ import annotations

import datetime as dt
import zipfile

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from intake.readers import MAIN, inline, lines_of, rows_of, unfit_of, workbook
from regulars.errors import UnreadableFile
from regulars.intake.files import chunk, worksheet
from regulars.intake.files import workbook as workbook_module
from regulars.intake.files.parts import Part, parts_of
from regulars.intake.files.reading import chunks
from regulars.intake.files.sheet import look

HEAD = f"<row>{inline('A1', 'order_id')}{inline('B1', 'paid')}</row>"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "book.xlsx"


@pytest.fixture
def saved(path):
    """A workbook of these rows, as openpyxl writes it."""

    def write(*rows, **sheets):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        for title, more in sheets.items():
            sheet = book.create_sheet(title)
            for row in more:
                sheet.append(row)
        book.save(path)
        return path

    return write


def text_of(path, cell: str, style: str = "", **options) -> str | None:
    """The text of a number with the first style, or of a cell of that XML."""
    xml = cell if cell.startswith("<c") else f'<c r="A2"{style}><v>{cell}</v></c>'
    workbook(path, f'<row r="1">{inline("A1", "x")}</row><row r="2">{xml}</row>', **options)
    (row,) = rows_of(path)
    return row["x"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("3", "3"),
        ("3.0", "3"),
        ("-12.5", "-12.5"),
        ("0.1", "0.1"),
        ("59.699999999999996", "59.7"),  # 19.9 * 3, which a spreadsheet shows as 59.7
        ("1E-4", "0.0001"),
        ("1.5E3", "1500"),
        ("1.2345678901234E+14", "123456789012340"),
        ("999999999999999", "999999999999999"),  # 15 digits: the last that are kept
        ("13812345678", "13812345678"),
        ("-0", "0"),
    ],
)
def test_a_number_is_written_as_it_is_shown(path, written, text):
    assert text_of(path, written) == text


@pytest.mark.parametrize(
    ("number_format", "written", "text"),
    [
        # Day 1 is 1900-01-01, and by an old mistake there is a day 60, 1900-02-29: so day 61 is
        # 1900-03-01 and 46027 is 2026-01-05.
        ("yyyy-mm-dd", "46027", "2026-01-05"),
        ("yyyy-mm-dd", "46027.5", "2026-01-05 12:00:00"),
        ("yyyy/m/d h:mm", "46027.75", "2026-01-05 18:00:00"),
        ("yyyy/m/d h:mm", "46027", "2026-01-05 00:00:00"),
        ('yyyy"年"m"月"d"日"', "46027", "2026-01-05"),
        ("[$-804]yyyy-mm-dd", "46027", "2026-01-05"),
        ("mmm-yy", "46027", "2026-01-05"),
        ("h:mm:ss", "0.5", "12:00:00"),
        ("h:mm", "46027.25", "2026-01-05 06:00:00"),
        ("[h]:mm", "1.5", "36:00:00"),
        ("yyyy-mm-dd", "61", "1900-03-01"),
        ("yyyy-mm-dd", "59", "1900-02-28"),
        ("yyyy-mm-dd hh:mm:ss", "46027.999999999", "2026-01-06 00:00:00"),
        ("yyyy-mm-dd", "99999999", "99999999"),
        ("yyyy-mm-dd", "-1", "-1"),
        ("000000", "1234", "001234"),
        ('"No." 0', "1234", "1234"),
        ("0.00", "12.5", "12.5"),
        ("[Red]0.00", "12.5", "12.5"),
        ("@", "46027", "46027"),
    ],
)
def test_what_a_number_means_its_format_says(path, number_format, written, text):
    code = number_format.replace('"', "&quot;")
    formats = f'<numFmt numFmtId="176" formatCode="{code}"/>'
    assert text_of(path, written, ' s="0"', formats=formats, styles=(176,)) == text


@pytest.mark.parametrize(
    ("number", "written", "text"),
    [
        (14, "46027", "2026-01-05"),
        (22, "46027.5", "2026-01-05 12:00:00"),
        (31, "46027", "2026-01-05"),  # yyyy年m月d日, which has a number and no code (ECMA-376)
        (57, "46027", "2026-01-05"),
        (33, "0.25", "06:00:00"),
        (46, "2", "48:00:00"),
        (2, "46027", "46027"),
    ],
)
def test_formats_that_every_spreadsheet_has(path, number, written, text):
    assert text_of(path, written, ' s="0"', styles=(number,)) == text


def test_a_workbook_may_count_from_1904(path):
    assert text_of(path, "44565", ' s="0"', styles=(14,), dates="1") == "2026-01-05"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c r="A2" t="b"><v>1</v></c>', "TRUE"),
        ('<c r="A2" t="b"><v>0</v></c>', "FALSE"),
        ('<c r="A2" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="A2" t="d"><v>2026-01-05T10:00:00</v></c>', "2026-01-05 10:00:00"),
        ('<c r="A2" t="str"><f>A1&amp;"x"</f><v>Ax</v></c>', "Ax"),
        ('<c r="A2"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="A2" t="s"><v>1</v></c>', "绿茶 特级"),
        ('<c r="A2" t="s"><v>0</v></c>', "a\nb"),
        ('<c r="A2" t="inlineStr"><is><r><t>绿</t></r><r><t>茶</t></r></is></c>', "绿茶"),
        ('<c r="A2" t="inlineStr"><is><t>a_x000D_b</t></is></c>', "a\rb"),
        ('<c r="A2"><v>0x10</v></c>', "0x10"),
        ('<c r="A2"><v>1_000</v></c>', "1_000"),
        ("<c><v>7</v></c>", "7"),
        ('<c r="A2" t="inlineStr"><is><t>茶</t><rPh><t>cha</t></rPh></is></c>', "茶"),
    ],
)
def test_cells_of_every_type(path, cell, text):
    texts = (
        "<si><t>a\nb</t></si><si><r><t>绿茶</t></r><r><rPr/><t> 特级</t></r>"
        '<rPh sb="0" eb="1"><t>lv</t></rPh></si>'
    )
    assert text_of(path, cell, texts=texts) == text


def test_what_openpyxl_writes_comes_back(saved):
    path = saved(
        ("text", "number", "time", "day", "clock", "flag", "rich", "long", "none"),
        (
            "茶", 12.5, dt.datetime.fromisoformat("2026-01-05 10:30"), dt.date(2026, 1, 5),
            dt.time(9, 30), True,
            CellRichText("绿", TextBlock(InlineFont(b=True), "茶")), "x" * 5000, None,
        ),
    )  # fmt: skip
    (row,) = rows_of(path)
    assert list(row.values()) == [
        "茶", "12.5", "2026-01-05 10:30:00", "2026-01-05", "09:30:00", "TRUE", "绿茶", "x" * 5000,
        None, 2,
    ]  # fmt: skip


@pytest.mark.parametrize("number", [1234567890123456, 2026010500000000001, 1e15, -1e18])
def test_a_number_that_lost_its_last_digits_makes_its_row_unfit(saved, number):
    path = saved(("order_id", "paid"), ("A", 1), (number, 2))
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.column, unfit.reason) == (3, "order_id", "digits_lost")
    assert float(unfit.value) == float(number)
    assert unfit.row["paid"] == "2"
    assert [row["order_id"] for row in rows_of(path)] == ["A"]


def test_a_formula_without_a_result_makes_its_row_unfit(saved):
    path = saved(("order_id", "paid"), ("A", "=1+1"), ("B", 2))
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.column, unfit.value) == (2, "paid", "=1+1")
    assert unfit.reason == "formula_without_value"
    assert unfit.row == {"order_id": "A", "paid": "=1+1"}
    assert lines_of(path) == [3]


def test_a_formula_whose_result_is_an_empty_text_is_an_empty_cell(path):
    empty = '<c r="B2" t="str"><f>""</f><v></v></c>'
    workbook(path, HEAD + row(2, inline("A2", "A"), empty))
    assert rows_of(path) == [{"order_id": "A", "paid": None, "_line": 2}]


def test_what_is_lost_in_a_column_that_nobody_takes_does_no_harm(saved):
    path = saved(("order_id", "parcel", "note"), ("A", 1234567890123456, "=1+1"))
    assert unfit_of(path, needed={"order_id"}) == []
    (row,) = rows_of(path, needed={"order_id"})
    assert row["order_id"] == "A"
    assert unfit_of(path, needed={"parcel"})[0].column == "parcel"


def test_the_line_is_the_row_of_the_sheet_and_blank_rows_count(saved):
    path = saved((), (), ("order_id", "paid"), (), ("A", 1), (None, ""), ("B", 2))
    assert look(path).header_line == 3
    assert lines_of(path) == [5, 7]


def test_a_title_above_the_headers_is_passed_over(saved):
    path = saved(
        ("二月订单",), ("导出时间: 2026-03-01",), (), ("order_id", "paid", "city"), ("A", 1, "x")
    )
    sheet = look(path)
    assert (sheet.headers, sheet.header_line) == (("order_id", "paid", "city"), 4)
    assert lines_of(path) == [5]


def test_one_narrow_column_has_headers_and_no_title(saved):
    assert look(saved(("order_id",), ("A",), ("B",))).headers == ("order_id",)
    assert look(saved(("order_id",), ("A", 1))).headers == ("order_id",)


def test_cells_beyond_the_headers_make_a_row_unfit(saved):
    path = saved(("order_id", "paid"), ("A", 1, None, "more"), ("B", 2))
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.value, unfit.reason) == (2, "4 cells, 2 headers", "wrong_cell_count")
    assert unfit.row == {"order_id": "A", "paid": "1", "+": ",more"}


def test_headers_alike_and_blank_can_be_told_apart(saved):
    path = saved(("a", "a", None, "b"), (1, 2, 3, 4))
    assert look(path).headers == ("a", "a.2", "", "b")
    (row,) = rows_of(path)
    assert row == {"a": "1", "a.2": "2", "": "3", "b": "4", "_line": 2}


def test_hidden_and_empty_sheets_are_no_parts(saved):
    path = saved(("a",), (1,), hidden=[("b",), (2,)], empty=[], more=[("c",), (3,)])
    book = openpyxl.load_workbook(path)
    book["hidden"].sheet_state = "hidden"
    book.save(path)
    assert parts_of(path) == [Part(path, sheet="Sheet"), Part(path, sheet="more")]
    assert [rows_of(part) for part in parts_of(path)] == [
        [{"a": "1", "_line": 2}],
        [{"c": "3", "_line": 2}],
    ]
    with pytest.raises(UnreadableFile, match="holds 2 tables"):
        look(path)
    with pytest.raises(UnreadableFile, match="is no visible sheet"):
        look(Part(path, sheet="hidden"))


def test_a_workbook_without_a_filled_sheet_is_refused(saved):
    with pytest.raises(UnreadableFile, match="no visible sheet with anything in it"):
        look(saved())


def test_the_first_rows_are_told_as_csv(saved):
    sheet = look(saved(("order_id", "note"), ("A", 'say "x"')))
    assert sheet.first_lines == ('"order_id","note"', '"A","say ""x"""')
    assert (sheet.format, sheet.encoding, sheet.delimiter) == ("xlsx", "binary", ",")


def test_a_long_sheet_comes_in_chunks_of_several_batches(saved, monkeypatch):
    path = saved(("n",), *((n,) for n in range(5000)))
    monkeypatch.setattr(chunk, "ROWS", 2000)
    found = [one.table for one in chunks(look(path))]
    assert [table.num_rows for table in found] == [2000, 2000, 1000]
    assert len(found[0].to_batches()) > 1
    assert [row["n"] for row in rows_of(path)] == [str(n) for n in range(5000)]
    assert lines_of(path) == list(range(2, 5002))


def test_names_with_a_prefix_are_the_same_names(path):
    rows = '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row>'
    rows += '<x:row r="2"><x:c r="A2"><x:v>2</x:v></x:c></x:row>'
    workbook(path, "")
    members = {}
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.xml"] = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'.encode()
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    assert rows_of(path) == [{"1": "2", "_line": 2}]


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (HEAD + "<row><c r='A2'><v>1</v>", "a sheet: (no element found|mismatched tag)"),
        (HEAD + row(2, '<c r="A2" t="s"><v>99</v></c>'), "refers to text number 99"),
        (HEAD + row(2, '<c r="ZZZZ2"><v>1</v></c>'), "there is no column 'ZZZZ'"),
        (HEAD + row(2, '<c r="Ä2"><v>1</v></c>'), "there is no column"),
        (HEAD + '<row r="99999999999"/>', "there is no row"),
        (HEAD + '<row r="-1"/>', "there is no row"),
        (HEAD + '<row r="x"/>', "invalid literal"),
        (HEAD + row(2, '<c r="A2" s="x"><v>1</v></c>'), "invalid literal"),
        (HEAD + row(2, "<c r='A2' t='inlineStr'><is><t>" + "x" * (17 << 20)), "longer than 16 MB"),
    ],
)
def test_a_damaged_sheet_is_refused_in_one_sentence(path, rows, says):
    with pytest.raises(UnreadableFile, match=f"damaged workbook.*{says}") as raised:
        rows_of(Part(workbook(path, rows), sheet="Sheet1"))
    assert str(path) in str(raised.value)


def test_a_number_of_a_style_that_is_not_there_is_a_plain_number(path):
    assert text_of(path, "5", ' s="7"') == "5"


@pytest.mark.parametrize(
    "before",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        "<!-- " + "x" * 70_000 + ' --><!DOCTYPE x [<!ENTITY a "b">]>',
    ],
)
def test_xml_with_entities_of_its_own_is_refused(path, before):
    rows = HEAD + row(2, '<c r="A2" t="str"><v>1</v></c>')
    with pytest.raises(UnreadableFile, match="declares a document type"):
        rows_of(Part(workbook(path, rows, before=before), sheet="Sheet1"))


@pytest.mark.parametrize(
    "member", ["xl/_rels/workbook.xml.rels", "xl/workbook.xml", "xl/styles.xml"]
)
def test_entities_are_refused_wherever_they_stand(path, member):
    workbook(path, HEAD)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members[member] = b'<!DOCTYPE x [<!ENTITY a "b">]>' + members[member]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(UnreadableFile, match="declares a document type"):
        parts_of(path)


def test_a_sheet_that_expands_beyond_reason_is_a_bomb(path):
    rows = HEAD + row(2, inline("A2", "")) * (3 << 20)
    with pytest.raises(UnreadableFile, match="a bomb"):
        parts_of(workbook(path, rows))


def test_texts_beyond_reason_are_a_bomb(path, monkeypatch):
    monkeypatch.setattr(workbook_module, "_MOST_TEXT", 1000)
    workbook(path, HEAD, texts="<si><t>x</t></si>" * 1000)
    with pytest.raises(UnreadableFile, match="a bomb"):
        parts_of(path)


@pytest.mark.parametrize("missing", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
def test_a_workbook_that_lacks_a_part_is_refused(path, missing):
    workbook(path, HEAD)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != missing}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(UnreadableFile, match="damaged workbook"):
        parts_of(path)


def test_a_workbook_that_was_cut_off_or_altered_is_refused(saved):
    path = saved(("order_id", "paid"), *((f"A{n}", n) for n in range(2000)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFile, match="damaged"):
        rows_of(path)
    with zipfile.ZipFile(path.parent / "whole.zip", "w") as _:
        pass
    altered = bytearray(whole)
    place = whole.index(b"xl/worksheets/sheet1.xml") + 2000
    altered[place] ^= 0xFF
    path.write_bytes(altered)
    with pytest.raises(UnreadableFile, match="damaged"):
        rows_of(path)


def test_a_cell_with_a_zero_byte_or_without_end_makes_its_row_unfit(path):
    rows = HEAD + row(2, inline("A2", "a_x0000_b")) + row(3, inline("A3", "x" * 70_000))
    rows += row(4, inline("A4", "ok"), inline("B4", "_xD800_"))
    workbook(path, rows)
    first, second = unfit_of(path)
    assert (first.line, first.column, first.reason) == (2, "order_id", "nul")
    assert (second.line, second.reason, len(second.value)) == (3, "cell_too_long", 201)
    assert len(second.row["order_id"]) == 70_000
    assert rows_of(path) == [{"order_id": "ok", "paid": "\ufffd", "_line": 4}]


def test_a_stream_of_xml_is_parsed_whatever_its_blocks(path, monkeypatch):
    workbook(path, HEAD + row(2, inline("A2", "绿茶"), '<c r="B2"><v>12.5</v></c>'))
    whole = rows_of(path)
    for size in (1, 7, 64):
        monkeypatch.setattr(worksheet, "_BLOCK", size)
        assert rows_of(path) == whole
