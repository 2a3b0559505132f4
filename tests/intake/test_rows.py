"""Rows of delimited text: each with its line, and none lost, whatever the cells hold."""

from __future__ import annotations

import time
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intake.readers import lines_of, rows_of, unfit_of
from regulars.errors import UnreadableFile
from regulars.intake.files import delimited, splitting, text
from regulars.intake.files.part import Part
from regulars.intake.files.reading import chunks
from regulars.intake.files.sheet import look
from regulars.intake.files.splitting import pieces_of
from regulars.intake.files.text import blocks_of

CELLS = st.text('a"\n\r, 茶', max_size=6)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=10)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("rows") / "file.csv"


def written(rows: list[tuple[str, ...]], end: str) -> tuple[str, list[int]]:
    """Rows as CSV, and the line on which each begins, counted as an editor counts."""
    out, lines = "a,b,c" + end, []
    for row in rows:
        lines.append(1 + out.replace("\r\n", "\n").replace("\r", "\n").count("\n"))
        out += ",".join(map(quoted, row)) + end
    return out, lines


def quoted(cell: str) -> str:
    doubled = cell.replace('"', '""')
    return f'"{doubled}"' if set(cell) & set('",\n\r') else cell


@settings(max_examples=300, deadline=None)
@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.integers(1, 40), st.integers(1, 4))
def test_cells_and_lines_are_exact_wherever_blocks_and_windows_end(path, rows, end, size, window):
    content, lines = written(rows, end)
    path.write_bytes(content.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", max(1, size // delimited.BATCHES))
        patch.setattr(splitting, "_WINDOW", window)
        try:
            found = [row for one in chunks(look(path)) for row in one.table.to_pylist()]
        except UnreadableFile as error:
            assume("swallows" not in str(error))
            raise
    wanted = [
        {"a": a or None, "b": b or None, "c": c or None, "_line": line}
        for (a, b, c), line in zip(rows, lines, strict=True)
        if a or b or c
    ]
    assert found == wanted


@settings(deadline=None)
@given(st.text('a"\n\r,', max_size=60), st.integers(1, 30))
def test_whatever_the_quotation_marks_pieces_hold_all_text_and_every_row_once(path, content, size):
    path.write_bytes(b"x\n" + content.encode())
    pieces = list(pieces_of(Part(path), blocks_of(Part(path), "utf-8", size), ","))
    assert b"".join(piece.data for piece in pieces) == path.read_bytes()
    lines = [line for piece in pieces for line in piece.bounds()[1].tolist()]
    assert lines[:1] == [1]
    assert all(one < two for one, two in pairwise(lines))
    large = pieces_of(Part(path), blocks_of(Part(path), "utf-8", 1 << 20), ",")
    assert lines == [line for piece in large for line in piece.bounds()[1].tolist()]


@settings(deadline=None)
@given(st.text('a"\n,', max_size=40))
def test_every_row_is_taken_or_unfit(path, content):
    """As many rows come out as the text has, by the rules of the parser."""
    path.write_bytes(b"a,b\nfirst,row\n" + content.encode())
    try:
        good, bad = rows_of(path), unfit_of(path)
    except UnreadableFile as error:
        assume("swallows" not in str(error))
        raise
    lines = [row["_line"] for row in good] + [one.line for one in bad]
    assert len(set(lines)) == len(lines)
    blank = sum(not line.strip(',"') for line in content.split("\n"))
    assert len(lines) + blank >= 1 + (content.count("\n") if '"' not in content else 0)


def test_a_line_break_in_a_cell_at_the_end_of_a_block_shifts_no_line(put):
    # A block ends between the two characters of the line break inside the quoted cell.
    row = b'1,"x\r\ny"\r\n'
    pad = b"a" * (text.BLOCK - len(b"a,b\r\n") - len(b"2,\r\n") - len(b'1,"x\r'))
    path = put("x.csv", "")
    path.write_bytes(b"a,b\r\n" + b"2," + pad[:50_000] + b"\r\n")
    filler = b"3,z\r\n" * ((text.BLOCK - path.stat().st_size - 5) // 5)
    head = path.read_bytes() + filler
    head += b"z" * (text.BLOCK - len(head) - len(b',"x\r')) + b',"x\r\ny"\r\n'
    assert head[text.BLOCK - 1 : text.BLOCK + 1] == b"\r\n"
    path.write_bytes(head + row + b"last,1\r\n")
    lines = lines_of(path)
    count = len(filler) // 5
    assert lines[-3:] == [count + 3, count + 5, count + 7]
    assert rows_of(path)[-3]["b"] == "x\r\ny"


def test_the_wrong_number_of_cells_makes_a_row_unfit_with_its_cells(put):
    path = put("x.csv", 'a,b,c\n1,2\n\n"x\ny",2,3\n4,5,6,"7,8",9\n')
    few, many = unfit_of(path)
    assert (few.line, few.column, few.value) == (2, "", "2 cells, 3 headers")
    assert (few.reason, few.row) == ("wrong_cell_count", {"a": "1", "b": "2"})
    assert (many.line, many.value) == (6, "5 cells, 3 headers")
    assert many.row == {"a": "4", "b": "5", "c": "6", "+": "7,8,9"}
    assert lines_of(path) == [4]


def test_a_last_line_that_was_cut_off_is_unfit(put):
    (unfit,) = unfit_of(put("x.csv", "a,b,c\n1,2,3\n4,5"))
    assert (unfit.line, unfit.value) == (3, "2 cells, 3 headers")


@pytest.mark.parametrize("cut", ['4,5,"6', '4,"5,6\n', '4,5,"'])
def test_a_last_row_whose_quotation_mark_is_open_is_unfit_even_if_its_cells_number_right(put, cut):
    path = put("x.csv", f"a,b,c\n1,2,3\n{cut}")
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.reason) == (3, "wrong_cell_count")
    assert "a quotation mark is never closed" in unfit.value
    assert unfit.row["a"] == "4"
    assert lines_of(path) == [2]


def test_a_zero_byte_makes_its_row_unfit(put):
    rows = "".join(f"{n},x\n" for n in range(100))
    path = put("x.csv", "a,b\n" + rows + 'p,"q\n\0r"\n' + rows)
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.column, unfit.value) == (102, "b", "q\n\0r")
    assert (unfit.reason, unfit.row) == ("nul", {"a": "p", "b": "q\n\0r"})
    assert lines_of(path) == [*range(2, 102), *range(104, 204)]


def test_a_file_with_a_tail_of_zeros_loses_only_the_tail(put):
    # As after a power failure: the file has its length, and its end was never written.
    rows = "".join(f"{n},x\n" for n in range(10_000))
    path = put("x.csv", "a,b\n" + rows + "10000" + "\0" * 3000)
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.reason) == (10_002, "nul")
    assert len(lines_of(path)) == 10_000


@pytest.mark.parametrize("quoted", [False, True])
def test_a_cell_too_long_makes_its_row_unfit_and_breaks_nothing(put, quoted):
    cell = "x" * 200_000 if not quoted else '"' + "x,\n" * 70_000 + '"'
    path = put("x.csv", f"a,b\n1,y\n2,{cell}\n3,z\n")
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.column, unfit.reason) == (3, "b", "cell_too_long")
    assert len(unfit.value) == 201
    assert unfit.row["b"] == cell.strip('"')
    assert lines_of(path) == [2, 4 if not quoted else 70_004]


def test_the_longest_cell_that_may_be(put):
    for length, fits in ((1 << 16, True), ((1 << 16) + 1, False)):
        path = put("x.csv", f"a,b\n1,{'x' * length}\n2,y\n")
        assert len(rows_of(path)) == (2 if fits else 1)


def test_a_long_row_of_short_cells_is_a_row(put):
    wide = ",".join(f"h{n}" for n in range(9000))
    cells = ",".join("12345678" for _ in range(9000))
    path = put("x.csv", f"{wide}\n{cells}\n{cells}\n")
    assert len(cells) > delimited.LONGEST_CELL
    assert unfit_of(path) == []
    assert [row["h8999"] for row in rows_of(path)] == ["12345678"] * 2


def test_ten_thousand_columns_take_seconds_and_not_minutes(put):
    wide = ",".join(f"h{n}" for n in range(10_000))
    path = put("x.csv", wide + "\n" + (",".join(["1234"] * 10_000) + "\n") * 200)
    begun = time.monotonic()
    assert sum(one.table.num_rows for one in chunks(look(path))) == 200
    assert time.monotonic() - begun < 20


def test_a_row_longer_than_any_memory_should_hold_is_refused(put):
    path = put("x.csv", "a,b\n1,2\n" + "x" * (17 << 20))
    with pytest.raises(UnreadableFile, match="line 3: has a row longer than 16 MB"):
        look(path)


def test_a_quotation_mark_that_is_never_closed_in_a_large_file_is_refused_with_its_line(put):
    path = put("x.csv", 'a,b\n1,2\n3,"4\n' + "5,6\n" * (5 << 20))
    begun = time.monotonic()
    with pytest.raises(UnreadableFile, match="line 3: has a row longer than 16 MB") as raised:
        rows_of(path)
    assert "quotation mark" in raised.value.todo
    assert time.monotonic() - begun < 20


def test_a_quotation_mark_that_swallows_two_rows_and_more_is_refused(put):
    with pytest.raises(UnreadableFile, match=r"line 3, b: .*swallows the rows after it"):
        rows_of(put("x.csv", 'a,b\n1,2\n3,"4\n5,6\n7,8\n9,0"\n'))
    with pytest.raises(UnreadableFile, match=r"line 3: .*swallows the rows after it"):
        rows_of(put("x.csv", 'a,b\n1,2\n3,"4\n5,6\n7,8\n'))


def test_quotation_marks_within_a_cell_are_characters(put):
    path = put("x.csv", 'a,b\n27" screen,x\n"say ""hi""",y\n"in"ner,z\n')
    assert [row["a"] for row in rows_of(path)] == ['27" screen', 'say "hi"', "inner"]
    assert lines_of(path) == [2, 3, 4]


def test_headers_over_two_lines_are_one_row(put):
    path = put("x.csv", '\n\n"order\nid",paid\nA,1\n')
    sheet = look(path)
    assert (sheet.headers, sheet.header_line) == (("order\nid", "paid"), 3)
    assert lines_of(path) == [5]


def test_an_open_quotation_mark_in_the_headers_is_refused(put):
    with pytest.raises(UnreadableFile, match="line 1: has a quotation mark in its headers"):
        look(put("x.csv", '"a,b\n1,2\n'))


def test_blank_rows_are_passed_over_and_counted_as_lines(put):
    path = put("x.csv", 'a,b\r\n\r\n1,2\r\n,\r\n"",""\r\n3,4\r\n\r\n')
    assert lines_of(path) == [3, 6]
    assert unfit_of(path) == []


def test_headers_alone_are_no_rows(put):
    for content in ("a,b", "a,b\n", "a,b\n\n\n"):
        assert rows_of(put("x.csv", content)) == []


def test_many_unfit_rows_are_told_in_order(put):
    rows = "".join(f"{n},x\n" if n % 2 else f"{n}\n" for n in range(1000))
    found = unfit_of(put("x.csv", "a,b\n" + rows))
    assert [one.line for one in found] == list(range(2, 1002, 2))
    assert [one.row for one in found[:2]] == [{"a": "0"}, {"a": "2"}]


def test_a_chunk_has_several_batches_and_progress_ends_at_the_whole(put):
    path = put("x.csv", "a,b\n" + "".join(f"{n},{n * 7}\n" for n in range(1_500_000)))
    told: list[tuple[int, int]] = []
    found = [one.table for one in chunks(look(path), lambda *done: told.append(done))]
    assert len(found) > 1
    assert all(len(table.to_batches()) > 1 for table in found)
    assert sum(table.num_rows for table in found) == 1_500_000
    size = path.stat().st_size
    assert told == sorted(told)
    assert told[-1] == (size, size)
    last = found[-1].slice(found[-1].num_rows - 1).to_pylist()
    assert last == [{"a": "1499999", "b": str(1_499_999 * 7), "_line": 1_500_001}]


def test_parquet_may_hold_what_no_cell_may_and_such_rows_are_unfit(tmp_path):
    bad = pa.array([b"x", b"\xff", b"a\0b", b"y" * 70_000, None], pa.binary()).view(pa.string())
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"id": [1, 2, 3, 4, 5], "name": bad}), path)
    found = unfit_of(path)
    assert [(one.line, one.reason) for one in found] == [
        (2, "undecodable"), (3, "nul"), (4, "cell_too_long"),
    ]  # fmt: skip
    assert found[0].row == {"id": "2", "name": "\ufffd"}
    assert lines_of(path) == [1, 5]


def test_parquet_columns_of_one_name_can_be_told_apart(tmp_path):
    table = pa.Table.from_arrays([pa.array(["1"])] * 3, names=["a", "a", "_line"])
    pq.write_table(table, tmp_path / "x.parquet")
    assert rows_of(tmp_path / "x.parquet") == [{"a": "1", "a.2": "1", "_line.2": "1", "_line": 1}]


def test_parquet_that_was_altered_is_refused(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": [str(n) for n in range(50_000)]}), path, compression="zstd")
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="damaged Parquet"):
        rows_of(path)


def test_plain_lines_have_one_column(put):
    sheet = look(put("x.txt", " 1 2\n\n 3\0 4\r\n 5 6")).as_lines()
    (found,) = chunks(sheet)
    assert found.table.to_pylist() == [{"line": " 1 2", "_line": 1}, {"line": " 5 6", "_line": 4}]
    assert [(one.line, one.reason) for one in found.unfit] == [(3, "nul")]
