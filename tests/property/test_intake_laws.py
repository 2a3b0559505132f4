"""Laws of intake, for any orders: exact accounting, idempotence, commuting, honest as-of."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from property.examples import examples
from regulars import Shop
from regulars.intake import importing
from regulars.intake.files.chunk import Chunk
from regulars.intake.landing import Landing

HEAD = "order_id,customer_id,placed_at,status,product_id,quantity,paid,refunded,closed_at\n"
FIRST = date(2026, 1, 1)
AFTER_ALL = max(datetime.now(UTC).date(), FIRST + timedelta(days=120)) + timedelta(days=2)
CELLS = st.tuples(
    st.sampled_from("ABCDEF"),  # few orders, so that rows meet
    st.sampled_from(["c1", "c2", "c3", ""]),
    st.integers(0, 60),
    st.sampled_from(["completed", "paid", "placed", "cancelled", "", "nonsense"]),
    st.sampled_from(["p1", "p2"]),
    st.sampled_from(["1", "2", "x"]),
    st.sampled_from(["10", "20.5", "0", "ten"]),
    st.sampled_from(["", "0", "5"]),
    st.sampled_from(["", "later"]),
)


def row(cells) -> str:
    order, customer, day, status, product, quantity, paid, refunded, closed = cells
    # An order has one customer, who may not be named yet, and one day, as in any real export. Two
    # amounts of one thing without any time contradict each other; there the later import holds.
    placed = FIRST + timedelta(days=(ord(order) * 7) % 60)
    who = f"c{ord(order) % 3}" if customer else ""
    after = placed + timedelta(days=day) if closed else ""
    return f"{order},{who},{placed},{status},{product},{quantity},{paid},{refunded},{after}\n"


FILES = st.lists(st.lists(CELLS.map(row), min_size=1, max_size=8), min_size=1, max_size=3)


def answers(shop: Shop, as_of: date) -> list[tuple]:
    """Every customer by the shop's own number, without our labels."""
    shop.understand(as_of)
    hidden = {"customer_id"}
    return sorted(
        str({name: value for name, value in row.items() if name not in hidden})
        for row in shop.people().to_pylist()
    )


def take(shop: Shop, files: list[list[str]]) -> list:
    reports = []
    for number, rows in enumerate(files):
        path = shop.home.folder / f"{number}.csv"
        path.write_text(HEAD + "".join(rows))
        reports += shop.import_files(path)
    return reports


@examples(5)
@given(FILES)
def test_read_is_accepted_and_duplicate_and_rejected_and_again_adds_nothing(files):
    with tempfile.TemporaryDirectory() as folder, Shop.create(Path(folder) / "s") as shop:
        for rows, report in zip(files, take(shop, files), strict=True):
            assert report.rows_read == len(rows)
            assert report.rows_read == report.accepted + report.duplicate + report.rejected
        quarantined = shop.rejects().num_rows
        landed = [entry.number for entry in _entries(shop)]
        for rows, report in zip(files, take(shop, files), strict=True):
            assert report.accepted == 0
            assert report.duplicate + report.rejected == len(rows)
        assert shop.rejects().num_rows == quarantined
        assert [entry.number for entry in _entries(shop)] == landed


@examples(4)
@given(FILES)
def test_imports_commute_up_to_our_labels(files):
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, order in (("a", files), ("b", files[::-1])):
            with Shop.create(Path(folder) / name) as shop:
                take(shop, order)
                if not _entries(shop):
                    return
                found.append(answers(shop, AFTER_ALL))
    assert found[0] == found[1]


@examples(4)
@given(FILES, st.lists(CELLS.map(row), min_size=1, max_size=8))
def test_later_records_change_no_earlier_answer(files, later):
    as_of = FIRST + timedelta(days=59)
    # The same orders again in another state carry no time, so they count from the import on; other
    # orders are placed after the day.
    moved = [
        text.replace(text.split(",")[2], str(as_of + timedelta(days=1)), 1).replace(
            text[0], "L" + text[0], 1
        )
        for text in later
    ]
    changed = [",".join([*text.rstrip("\n").split(",")[:7], "1", "\n"]) for text in files[0]]
    with tempfile.TemporaryDirectory() as folder, Shop.create(Path(folder) / "s") as shop:
        take(shop, files)
        if not _entries(shop):
            return
        before = answers(shop, as_of)
        take(shop, [moved, changed])
        assert answers(shop, as_of) == before


@examples(5)
@given(FILES, st.integers(1, 3))
def test_however_files_are_cut_into_chunks_landing_is_the_same(files, size):
    whole = importing.chunks

    def cut(*arguments):
        for chunk in whole(*arguments):
            for start in range(0, chunk.table.num_rows, size):
                yield Chunk(chunk.table.slice(start, size), [] if start else chunk.unfit)

    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, chunks in (("a", whole), ("b", cut)):
            with Shop.create(Path(folder) / name) as shop:
                with patch.object(importing, "chunks", chunks):
                    reports = take(shop, files)
                counts = [(one.accepted, one.duplicate, one.updated, one.paid) for one in reports]
                found.append((counts, _lines(shop)))
    assert found[0] == found[1]


def _lines(shop: Shop) -> list[str]:
    """What landing holds of lines, but for the time of the import."""
    paths = Landing(shop.home.landing).segments("lines")
    rows = [row for path in paths for row in pq.read_table(path).to_pylist()]
    return sorted(str({k: v for k, v in row.items() if k != "known_at"}) for row in rows)


def _entries(shop: Shop) -> list:
    return Landing(shop.home.landing).entries()
