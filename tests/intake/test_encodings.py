"""Encodings: every line in the one it is in, however the file is cut into blocks."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intake.readers import lines_of, rows_of, unfit_of
from regulars.errors import UnreadableFile
from regulars.intake.files import delimited, text
from regulars.intake.files.containers import GZIP
from regulars.intake.files.encoding import Survey
from regulars.intake.files.part import Part
from regulars.intake.files.reading import chunks
from regulars.intake.files.sheet import look
from regulars.intake.files.text import blocks_of, encoding_of


def may_be_utf8(word: str) -> bool:
    """Whether its bytes in GBK are UTF-8 by accident, as those of 士: nobody can tell then."""
    try:
        word.encode("gbk").decode()
    except UnicodeDecodeError:
        return False
    return True


# Characters of everyday goods; at least two a line.
GOODS = "绿茶红米黑洗衣液儿童牙刷蓝牙耳机保温杯男士衬衫女连裙杭州上海北京广成都武汉交易功"
WORDS = st.text(GOODS, min_size=2).filter(lambda word: not may_be_utf8(word))
ASCII = st.text("abc,12 \"'|", max_size=8)
LINES = st.lists(st.tuples(ASCII, st.one_of(st.just(""), WORDS)), max_size=12)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
SIZES = st.integers(1, 40)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("text") / "file.csv"


def whole_text(path, encoding: str, size: int) -> str:
    return b"".join(block.data for block in blocks_of(Part(path), encoding, size)).decode()


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.booleans())), ENDS, SIZES, st.booleans())
def test_a_mixture_is_read_right_in_blocks_of_any_size(path, lines, end, size, marked):
    end_bytes = end.encode()
    written = [
        text.encode("utf-8" if is_utf8 else "gb18030") + end_bytes for text, is_utf8 in lines
    ]
    path.write_bytes(b"\xef\xbb\xbf" * marked + b"head" + end_bytes + b"".join(written))
    encoding = encoding_of(Part(path), path.read_bytes()[:100])
    wanted = "".join(text + end for text, _ in [("head", True), *lines])
    assert whole_text(path, encoding, size) == wanted


@settings(deadline=None)
@given(LINES, ENDS, SIZES, st.sampled_from(["utf-8", "gb18030", "utf-8-sig", "utf-16"]))
def test_any_blocks_give_the_same_text_and_lines(path, lines, end, size, encoding):
    text = end.join(["head", *(plain + wide for plain, wide in lines)])
    path.write_bytes(text.encode(encoding))
    name = {"utf-16": "utf-16-le"}.get(encoding, encoding)
    blocks = list(blocks_of(Part(path), name, size))
    assert b"".join(block.data for block in blocks).decode() == text
    line = 1
    for block in blocks:
        assert block.line == line
        assert block.breaks == len(block.data.splitlines()) - (
            not block.data.endswith((b"\n", b"\r"))
        )
        line += block.breaks
    assert not any(block.bad for block in blocks)


@settings(deadline=None)
@given(
    st.binary(min_size=1, max_size=60),
    SIZES,
    st.sampled_from(["utf-8", "gb18030+utf-8", "utf-16-be"]),
)
def test_whatever_bytes_come_in_any_blocks_give_the_same_text_and_the_same_bad_lines(
    path, content, size, encoding
):
    assume(not content.startswith(GZIP))
    path.write_bytes(content)

    def found(block_size: int) -> tuple[bytes, list[int]]:
        data, bad = b"", []
        for block in blocks_of(Part(path), encoding, block_size):
            bad += [len(data) + at for at in block.bad]
            data += block.data
        return data, bad

    assert found(size) == found(1 << 16)


@settings(max_examples=30, deadline=None)
@given(st.lists(WORDS, min_size=1), st.sampled_from(["utf-8", "gb18030"]))
def test_a_file_in_one_encoding_is_told_to_be_in_it(path, lines, encoding):
    path.write_bytes("\n".join(["head", *lines]).encode(encoding))
    assert look(path).encoding == encoding


def test_one_stray_line_of_gbk_spoils_nothing(put):
    head, line, stray = "order_id,title\n", "A{},绿茶\n", "B,红茶\n"
    path = put("x.csv", head)
    rows = "".join(line.format(n) for n in range(1000)).encode()
    path.write_bytes(head.encode() + rows + stray.encode("gbk") + rows)
    assert look(path).encoding == "utf-8+gb18030"
    found = rows_of(path)
    assert {row["title"] for row in found} == {"绿茶", "红茶"}
    assert found[1000] == {"order_id": "B", "title": "红茶", "_line": 1002}


def test_stray_lines_of_utf8_in_gbk_are_read_too(put):
    # 绿茶 in UTF-8 can be read as GBK as well, as 缁胯尪: nonsense of rare characters.
    assert "绿茶".encode().decode("gbk") == "缁胯尪"
    path = put("x.csv", "")
    rows = "".join(f"A{n},交易成功\n" for n in range(1000)).encode("gbk")
    path.write_bytes(b"order_id,title\n" + rows + "B,绿茶\n".encode())
    assert look(path).encoding == "gb18030+utf-8"
    assert [row["title"] for row in rows_of(path)] == ["交易成功"] * 1000 + ["绿茶"]


def test_a_short_word_of_gbk_that_might_be_utf8_stays_gbk(put):
    # 茅 in GBK has the bytes of é in UTF-8.
    assert "茅".encode("gbk") == "é".encode()
    path = put("x.csv", "order_id,title\n" + "A,交易成功\n" * 5 + "B,茅\n", "gbk")
    assert rows_of(path)[5]["title"] == "茅"


def test_a_line_that_is_text_in_neither_is_unfit_and_kept(put):
    path = put("x.csv", "")
    path.write_bytes("order_id,title,paid\nA,绿茶,1\nB,红".encode() + b"\xff\xff,2\nC,x,3\n")
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.column, unfit.reason) == (3, "title", "undecodable")
    assert unfit.value == "红\ufffd\ufffd"
    assert unfit.row == {"order_id": "B", "title": "红\ufffd\ufffd", "paid": "2"}
    assert lines_of(path) == [2, 4]


@pytest.mark.parametrize("block", [1, text.BLOCK])
def test_a_bad_line_inside_quotation_marks_makes_the_whole_row_unfit(put, monkeypatch, block):
    monkeypatch.setattr(delimited, "BLOCK", block)
    path = put("x.csv", "")
    path.write_bytes(b'a,b\n1,"x\n\xff\xff\ny"\n2,z\n')
    # One line of the two that are not ASCII must be readable, or the file is refused.
    path.write_bytes(path.read_bytes() + "3,茶\n".encode())
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.column, unfit.row["b"]) == (2, "b", "x\n\ufffd\ufffd\ny")
    assert lines_of(path) == [5, 6]


def test_a_real_replacement_character_is_a_character(put):
    path = put("x.csv", "a,b\n1,\ufffd\n")
    assert unfit_of(path) == []
    assert rows_of(path) == [{"a": "1", "b": "\ufffd", "_line": 2}]


def test_a_file_of_which_most_cannot_be_read_is_refused_with_the_first_bad_line(put):
    path = put("x.csv", "")
    path.write_bytes("a,b\n1,茶\n".encode() + b"2,\xff\xff\n3,\xff\xff\n")
    with pytest.raises(UnreadableFile, match="line 3: is neither UTF-8 nor GB18030"):
        look(path)
    path.write_bytes("a,b\n1,茶\n".encode() + b"2,\xff\xff\n")
    assert len(unfit_of(path)) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("head", ["order_id,title\r\n", "订单编号,宝贝标题\r\n"])
def test_utf16_is_read_with_and_without_a_mark(put, encoding, head):
    path = put("x.csv", head + "A1,绿茶\r\nA2,😀\r\n", encoding)
    sheet = look(path)
    assert sheet.encoding == ("utf-16-le" if encoding == "utf-16" else encoding)
    assert sheet.headers == tuple(head.strip().split(","))
    assert [list(row.values()) for row in rows_of(path)] == [["A1", "绿茶", 2], ["A2", "😀", 3]]


def test_utf16_with_a_mark_for_big_end_first(put):
    path = put("x.csv", "\ufeffa\tb\n1\t茶\n", "utf-16-be")
    assert (look(path).headers, look(path).format) == (("a", "b"), "tsv")


def test_half_a_character_of_utf16_makes_its_row_unfit(put):
    path = put("x.csv", "a,b\n1,茶\n2,X\n3,z\n", "utf-16")
    content = path.read_bytes().replace("X".encode("utf-16-le"), b"\x00\xd8")
    path.write_bytes(content + b"4")
    first, last = unfit_of(path)
    assert (first.line, first.reason, first.row["a"]) == (3, "undecodable", "2")
    assert (last.line, last.reason) == (5, "undecodable")
    assert lines_of(path) == [2, 4]


@pytest.mark.parametrize("block", [1, text.BLOCK])
def test_marks_in_the_middle_of_a_file_cost_no_row(put, monkeypatch, block):
    monkeypatch.setattr(delimited, "BLOCK", block)
    # As where two exports were joined by hand.
    path = put("x.csv", "a,b\n1,x\n\ufeff2,y\n")
    assert [row["a"] for row in rows_of(path)] == ["1", "\ufeff2"]


def test_a_carriage_return_alone_ends_a_line(put):
    path = put("x.csv", "订单,b\r1,x\r2,y\r")
    assert rows_of(path) == [
        {"订单": "1", "b": "x", "_line": 2},
        {"订单": "2", "b": "y", "_line": 3},
    ]


def test_a_long_file_keeps_its_encoding_over_all_blocks(put):
    rows = "".join(f"{n},绿茶{n},杭州市西湖区\n" for n in range(120_000))
    for encoding in ("utf-8", "gb18030"):
        path = put("x.csv", "a,b,c\n" + rows, encoding)
        assert path.stat().st_size > 2 << 20
        found = [row for one in chunks(look(path)) for row in one.table["b"].to_pylist()]
        assert found == [f"绿茶{n}" for n in range(120_000)]


def test_a_survey_counts_lines_and_not_characters():
    survey = Survey()
    survey.add(("茶" * 1000 + "\n").encode() + "米\n红\n绿\n".encode("gbk"), 1)
    assert (survey.utf8, survey.gb18030, survey.neither) == (1, 3, 0)
