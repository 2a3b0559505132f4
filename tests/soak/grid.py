"""A sample as headers and rows, and what can go wrong with it cell by cell and row by row."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from samples import SAMPLES, Sample

HOSTILE_CELLS = (
    "", " ", "\t", "\u3000", "\u00a0", "\u200b", "\ufeff", "-", "--", "null", "NULL", "None",
    "N/A", "#N/A", "#REF!", "=1+1", '="123"', "'", "''", '"', '""', '"""', '="', "'123",
    "\t123", "NaN", "nan", "inf", "-inf", "Infinity", "1e400", "-1e400", "1e-400", "1e308",
    "1e18", "0x10", "9" * 15, "9" * 16, "9" * 18, "9" * 19, "9" * 40, "9" * 400, "-" + "9" * 18,
    "0" * 300 + "1", "99999999.99", "9999999999", "10000000000", "99999999999999.9999",
    "0.00001", "1.23456789", "-0", "+5", "５０", "１２.３４", "12。5", "1,234.50", "1.234,50",
    "1 234", "1'234", "1,2,3", "¥12", "￥12", "12元", "$5", "USD 5", "5 CNY", "(5)", "5-", "½",
    "٣", "Ⅷ", "一百", "true", "yes", "0001-01-01", "9999-12-31", "9999-12-31 23:59:59",
    "10000-01-01", "-0001-01-01", "1970-01-01", "1979-12-31", "2100-01-01", "2026-02-30",
    "2026-13-01", "2026-02-29", "2024-02-29", "20260105", "2026-03-29 02:30:00",
    "1986-05-04 00:30:00", "1991-09-15 00:30:00", "2026-01-05T25:00:00",
    "2026-01-05T08:00:00+99:00", "2026-01-05T08:00:00Z", "2026-01-05 08:00:00.123456789",
    "2026/1/5", "05.01.2026", "01/02/2026", "2026年1月5日", "2026年13月45日", "1767571200",
    "45000.5", "24:00", "infinity", "-infinity", "epoch", "now", "today", "13812345678",
    "138****1234", "138 1234 5678", "+86-138-1234-5678", "##密文==", "$$AbCd==", "a@x.com",
    "a@", "@", "a@b@c", "A" * 300 + "@x.com", "王小明", "张𠮷", "👨‍👩‍👧‍👦", "a\u0301",
    "\u202eabc", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), "Ω" * 500,
    "x" * 70_000, "a,b", "a;b", "a|b", "a\tb", "a\nb", "a\r\nb", "a\rb", 'a"b', "a\x00b",
    "\x00", "a\x1fb", "\x01", "\x1a", "\x7f", "\x85", "\u2028", "\x0b", "\x0c", "a\\", "\\N",
    "\\", "/*", "--", "';DROP TABLE x", "{}", "{a}", "%s", "$1", "?", "<script>", "&amp;",
    "../../etc/passwd", "C:\\x", "[1]", "{'a':1}", "completed", "cancelled", "交易成功",
    "refunded", "placed", "unknown", "COMPLETED", "\ufffd",
)  # fmt: skip

HOSTILE_HEADERS = (
    "", " ", "_line", "_LINE", "line", "key", "state", "occurrence", "row_no", "rowid", "_bad",
    "_slip", "_things", "item", "item_no", "c_paid", "import_no", "sealed", "customer_id",
    "order_id", "platform", "known_at", "regulars_reject", "regulars_format", "regulars_reason",
    "+", "a.b", 'a"b', "a'b", "a,b", "a;b", "a\nb", "x" * 5_000, "select", "from step0", "值",
    "🙂", "\ufefforder_id", "订单编号", "__index_level_0__", "%", "?", "{", "\x00", "NULL", "1",
    "1.0",
)  # fmt: skip


@dataclass
class Grid:
    """Headers (none where the format has none) and rows of cells."""

    source: str
    headers: list[str] | None
    rows: list[list[str]]
    done: list[str] = field(default_factory=list)
    """What has been done to it, in words."""


def grid_of(sample: Sample) -> Grid:
    """The sample taken apart."""
    if not sample.has_headers:
        return Grid(sample.source, None, [[line] for line in sample.text.splitlines()])
    headers, *rows = csv.reader(io.StringIO(sample.text))
    return Grid(sample.source, headers, rows)


def one_cell(rng: random.Random, grid: Grid) -> None:
    """A few cells become something that no such cell should hold."""
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        row, place = _anywhere(rng, grid)
        if row is not None:
            value = rng.choice(HOSTILE_CELLS)
            row[place] = value if rng.random() < 0.8 else row[place] + value
            grid.done.append(f"cell {place} = {value[:40]!r}")


def same_cell_everywhere(rng: random.Random, grid: Grid) -> None:
    """A whole column of one hostile value."""
    _, place = _anywhere(rng, grid)
    value = rng.choice(HOSTILE_CELLS)
    for row in grid.rows:
        if place < len(row):
            row[place] = value
    grid.done.append(f"column {place} = {value[:40]!r}")


def cell_of_another_sample(rng: random.Random, grid: Grid) -> None:
    """A cell out of another platform's file."""
    row, place = _anywhere(rng, grid)
    other, there = _anywhere(rng, grid_of(rng.choice(SAMPLES)))
    if row is not None and other is not None:
        row[place] = other[there]
        grid.done.append(f"cell {place} = {other[there][:40]!r}")


def random_text(rng: random.Random, grid: Grid) -> None:
    """Letters from anywhere in Unicode."""
    row, place = _anywhere(rng, grid)
    if row is not None:
        points = (
            rng.choice(
                (rng.randrange(1, 128), rng.randrange(1, 0xD800), rng.randrange(0xE000, 0x110000))
            )
            for _ in range(rng.randrange(1, 30))
        )
        row[place] = "".join(map(chr, points))
        grid.done.append(f"cell {place} = {row[place]!r}")  # fmt: skip


def full_width(rng: random.Random, grid: Grid) -> None:
    """Digits and signs as a Chinese input method writes them."""
    row, place = _anywhere(rng, grid)
    if row is not None:
        row[place] = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in row[place])
        grid.done.append(f"cell {place} full width")


def rows_gone(rng: random.Random, grid: Grid) -> None:
    """Some rows, or all of them, are missing."""
    keep = rng.choice((0, 1, max(len(grid.rows) // 2, 1)))
    grid.rows = rng.sample(grid.rows, min(keep, len(grid.rows)))
    grid.done.append(f"{keep} rows kept")


def rows_again(rng: random.Random, grid: Grid) -> None:
    """A row several times."""
    if grid.rows:
        times = rng.choice((1, 2, 50, 1_000))
        row = rng.choice(grid.rows)
        grid.rows += [list(row) for _ in range(times)]
        grid.done.append(f"a row {times} times more")


def rows_shuffled(rng: random.Random, grid: Grid) -> None:
    """Rows in another order."""
    rng.shuffle(grid.rows)
    grid.done.append("rows shuffled")


def row_of_nothing(rng: random.Random, grid: Grid) -> None:
    """A row of empty cells, or of blanks."""
    width = len(grid.headers or [""])
    grid.rows.insert(rng.randrange(len(grid.rows) + 1), [rng.choice(("", " ", "\u3000"))] * width)
    grid.done.append("an empty row")


def columns_swapped(rng: random.Random, grid: Grid) -> None:
    """Two headers change places, the cells do not."""
    if grid.headers and len(grid.headers) > 1:
        one, two = rng.sample(range(len(grid.headers)), 2)
        grid.headers[one], grid.headers[two] = grid.headers[two], grid.headers[one]
        grid.done.append(f"headers {one} and {two} swapped")


def column_gone(rng: random.Random, grid: Grid) -> None:
    """A column is missing."""
    if grid.headers and len(grid.headers) > 1:
        place = rng.randrange(len(grid.headers))
        gone = grid.headers.pop(place)
        for row in grid.rows:
            if place < len(row):
                row.pop(place)
        grid.done.append(f"without {gone!r}")


def column_twice(rng: random.Random, grid: Grid) -> None:
    """A header stands twice."""
    if grid.headers:
        place = rng.randrange(len(grid.headers))
        grid.headers.append(grid.headers[place])
        for row in grid.rows:
            row.append(rng.choice((row[place] if place < len(row) else "", "", "9")))
        grid.done.append(f"{grid.headers[place]!r} twice")


def column_more(rng: random.Random, grid: Grid) -> None:
    """A column that nobody knows, or one called like something of ours."""
    if grid.headers is not None:
        name = rng.choice(HOSTILE_HEADERS)
        place = rng.randrange(len(grid.headers) + 1)
        grid.headers.insert(place, name)
        for row in grid.rows:
            row.insert(min(place, len(row)), rng.choice(("", "x", rng.choice(HOSTILE_CELLS))))
        grid.done.append(f"column {name[:40]!r} more")


def header_respelt(rng: random.Random, grid: Grid) -> None:
    """A header in another spelling."""
    if grid.headers:
        place = rng.randrange(len(grid.headers))
        old = grid.headers[place]
        grid.headers[place] = rng.choice(
            (old.upper(), f" {old} ", old.replace("_", " "), f"\ufeff{old}", f'"{old}"', old + "*")
        )
        grid.done.append(f"header {grid.headers[place]!r}")


def rows_of_another_width(rng: random.Random, grid: Grid) -> None:
    """Rows with cells too few or too many."""
    for _ in range(rng.choice((1, 1, 3))):
        if grid.rows and grid.headers is not None:
            row = rng.choice(grid.rows)
            if rng.random() < 0.5 and len(row) > 1:
                del row[rng.randrange(1, len(row)) :]
            else:
                row += rng.choice((["x"], ["", ""], ["1", "2", "3"] * 20))
            grid.done.append("a row of another width")


def header_row_again(rng: random.Random, grid: Grid) -> None:
    """Two exports pasted together: the headers stand among the rows."""
    if grid.headers:
        grid.rows.insert(rng.randrange(len(grid.rows) + 1), list(grid.headers))
        grid.done.append("headers again")


def title_above(rng: random.Random, grid: Grid) -> None:
    """A title above the headers, as spreadsheets have."""
    if grid.headers and grid.rows:
        grid.rows.insert(0, grid.headers)
        grid.headers = [rng.choice(("2026年订单", "Export", "x"))]
        if rng.random() < 0.5:
            grid.headers += [""] * (len(grid.rows[0]) - 1)
        grid.done.append("a title above")


MUTATIONS: tuple[Callable[[random.Random, Grid], None], ...] = (
    one_cell, one_cell, one_cell, same_cell_everywhere, cell_of_another_sample, random_text,
    full_width, rows_gone, rows_again, rows_shuffled, row_of_nothing, columns_swapped, column_gone,
    column_twice, column_more, header_respelt, rows_of_another_width, header_row_again, title_above,
)  # fmt: skip


def _anywhere(rng: random.Random, grid: Grid) -> tuple[list[str] | None, int]:
    rows = [row for row in grid.rows if row]
    if not rows:
        return None, 0
    row = rng.choice(rows)
    return row, rng.randrange(len(row))
