"""JSON lines: every key a column, every number to its last digit, every bad line told."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.readers import lines_of, rows_of, unfit_of
from regulars.errors import UnreadableFile
from regulars.intake.files import chunk, json_lines
from regulars.intake.files.json_lines import flat
from regulars.intake.files.part import Part
from regulars.intake.files.reading import chunks
from regulars.intake.files.sheet import look
from regulars.intake.files.text import blocks_of


def cells(line: str) -> dict[str, str]:
    return flat(line.encode())


def test_an_object_a_line_is_known_by_its_content(put):
    path = put("orders.csv", '{"order_id": "A", "paid": 12.50}\n\n{"order_id": "B", "paid": 3}\n')
    sheet = look(path)
    assert (sheet.format, sheet.encoding, sheet.headers) == ("jsonl", "utf-8", ("order_id", "paid"))
    assert sheet.first_lines == ('"order_id","paid"', '"A","12.50"', '"B","3"')
    assert rows_of(path) == [
        {"order_id": "A", "paid": "12.50", "_line": 1},
        {"order_id": "B", "paid": "3", "_line": 3},
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_json_comes_in_other_encodings_too(put, encoding):
    text = '{"标题": "绿茶"}\n{"标题": "红茶"}\n'
    assert [row["标题"] for row in rows_of(put("x", text, encoding))] == ["绿茶", "红茶"]


@pytest.mark.parametrize(
    "number",
    ["1.50", "1E5", "-0.0", "123456789012345678901234567890", "0.1000000000000000000001", "1e400"],
)
def test_numbers_keep_their_text(number):
    assert cells(f'{{"n": {number}, "in": {{"n": {number}}}, "list": [{number}]}}') == {
        "n": number, "in.n": number, "list": number,
    }  # fmt: skip


def test_values_of_every_kind():
    assert cells('{"t": true, "f": false, "n": null, "e": "", "l": [], "o": {}}') == {
        "t": "true", "f": "false", "n": "", "e": "", "l": "",
    }  # fmt: skip
    assert cells('{"l": ["a", 1, true, null]}') == {"l": "a|1|true|"}
    assert cells('{"l": [{"sku": "a", "n": 1.0}, 2]}') == {"l": '[{"sku": "a", "n": 1.0}, 2]'}
    assert cells('{"a": {"b": {"c": [[1]]}}}') == {"a.b.c": "[[1]]"}
    assert cells('{"a": "\\u7eff\\n\\"\\ud83d\\ude00"}') == {"a": '绿\n"😀'}


def test_keys_that_flatten_alike_lose_nothing():
    assert cells('{"a.b": 1, "a": {"b": 2}}') == {"a.b": "1", "a.b.2": "2"}


def test_a_key_that_comes_late_is_a_column_from_the_start(put):
    rows = "".join(f'{{"a": {n}}}\n' for n in range(5000))
    path = put("x.jsonl", rows + '{"a": 1, "b": {"c": "late"}, "_line": 7}\n')
    assert look(path).headers == ("a", "b.c", "_line.2")
    *_, before, last = rows_of(path)
    assert before == {"a": "4999", "b.c": None, "_line.2": None, "_line": 5000}
    assert last == {"a": "1", "b.c": "late", "_line.2": "7", "_line": 5001}


@pytest.mark.parametrize(
    "bad",
    [
        "[1]",
        "7",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1',
        '{"a": 1} {"a": 2}',
        "{'a': 1}",
        '{"a": "\\ud800"}',
        '{"a": 01}',
        '{"a": "tab\there"}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"a":' * 50_000 + "1" + "}" * 50_000,
    ],
)
def test_a_line_that_is_no_object_is_unfit_and_kept(put, bad):
    path = put("x.jsonl", '{"a": 1}\n' + bad + '\n{"a": 2}\n')
    (unfit,) = unfit_of(path)
    assert (unfit.line, unfit.reason, unfit.row) == (2, "not_json", {"+": bad})
    assert unfit.value == (bad if len(bad) <= 200 else bad[:200] + "…")
    assert lines_of(path) == [1, 3]


def test_cells_that_none_may_hold_are_unfit(put):
    long = "x" * 70_000
    text = f'{{"a": "ok"}}\n{{"a": "x\\u0000y", "b": 1}}\n{{"a": "{long}"}}\n'
    path = put("x.jsonl", text)
    path.write_bytes(path.read_bytes() + b'{"a": "\xff\xff"}\n' + '{"a": "茶"}\n'.encode())
    assert [(one.line, one.column, one.reason) for one in unfit_of(path)] == [
        (2, "a", "nul"), (3, "a", "cell_too_long"), (4, "", "undecodable"),
    ]  # fmt: skip
    assert unfit_of(path)[0].row == {"a": "x\0y", "b": "1"}
    assert lines_of(path) == [1, 5]


def test_keys_that_are_values_are_refused(put, monkeypatch):
    monkeypatch.setattr(json_lines, "MOST_COLUMNS", 100)
    path = put("x.jsonl", "".join(f'{{"A{n}": 1}}\n' for n in range(200)))
    with pytest.raises(UnreadableFile, match="line 101: has more than 100 different keys"):
        look(path)


def test_chunks_are_bounded_by_rows_and_by_bytes(put, monkeypatch):
    path = put("x.jsonl", "".join(f'{{"a": "{n:05d}"}}\n' for n in range(1000)))
    for name, most in (("ROWS", 300), ("BYTES", 5000)):
        with monkeypatch.context() as patch:
            patch.setattr(chunk, name, most)
            patch.setattr(json_lines, "BYTES", chunk.BYTES)
            found = [one.table.num_rows for one in chunks(look(path))]
        assert len(found) > 1
        assert sum(found) == 1000


def test_a_key_that_was_not_there_at_the_look_is_not_lost_in_silence(put):
    path = put("x.jsonl", '{"a": 1}\n{"a": 2, "b": 3}\n')
    (found,) = json_lines.read_json_lines(blocks_of(Part(path), "utf-8"), ("a",), ("a",))
    (unfit,) = found.chunk.unfit
    assert (unfit.line, unfit.reason, unfit.row) == (2, "not_json", {"+": '{"a": 2, "b": 3}'})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abc", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), JSON, max_size=4))
def test_no_value_is_lost(found):
    """Every text and number of the object stands in one of its cells."""
    line = json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass")
    shown = "\n".join(flat(line).values())

    def check(value: object, *, within_json: bool) -> None:
        if isinstance(value, dict):
            for one in value.values():
                check(one, within_json=within_json)
        elif isinstance(value, list):
            nested = within_json or any(isinstance(one, dict | list) for one in value)
            for one in value:
                check(one, within_json=nested)
        elif isinstance(value, bool | None):
            pass
        elif isinstance(value, str) and within_json:
            assert json.dumps(value, ensure_ascii=False)[1:-1] in shown
        else:
            assert str(value) in shown

    check(found, within_json=False)
