"""Import against DuckDB's own reading of the same file, and import of what is known already."""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path

import duckdb

from benchmarks.inputs import YEAR, next_export, of_shopify, with_people, year
from benchmarks.timing import Row, in_turn, taken, taken_often
from regulars import Shop

_numbers = count()


def new_shop(folder: Path) -> Shop:
    """A shop with an empty home."""
    return Shop.create(folder / f"shop_{next(_numbers)}", name="bench", time_zone="UTC")


def read_bare(csv: Path) -> None:
    """DuckDB reads the file into a table."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE t AS FROM read_csv('{csv}')").complete()


def import_anew(folder: Path, csv: Path) -> None:
    """The file into a shop of its own."""
    with new_shop(folder) as shop:
        shop.import_files(csv)


def measure(folder: Path) -> list[Row]:
    """First import, the same file again, an export that overlaps, personal fields."""
    rows = []
    for lines in (YEAR // 10, YEAR):
        csv = year(folder, lines)
        size = f"{lines:,} lines"
        ours, bare = in_turn(partial(import_anew, folder, csv), partial(read_bare, csv))
        rows.append(Row("import", size, ours, bare, "read_csv into a table", "<= 5"))
        later = next_export(csv)
        with new_shop(folder) as shop:
            shop.import_files(csv)
            again = taken_often(partial(shop.import_files, csv))
            rows.append(Row("  the same file again", size, again, ours, "its first import"))
            overlap = taken(partial(shop.import_files, later))
            rows.append(Row("  an export that is 90 % known", size, overlap, ours, "first import"))
            few = Path(f"{later}.few.csv")
            with later.open() as all_lines, few.open("w") as first:
                first.writelines(line for line, _ in zip(all_lines, range(1001), strict=False))
            small = taken(partial(shop.import_files, few))
            rows.append(Row("  1,000 of its lines", f"into {lines:,}", small, ours, "first import"))
    for orders in (30_000, 300_000):
        rows += _several_records(folder, orders)
    for orders in (30_000, 300_000):
        csv = with_people(folder, orders, orders // 3)
        ours, bare = in_turn(partial(import_anew, folder, csv), partial(read_bare, csv), runs=1)
        size = f"{orders:,} orders"
        note = f"{ours.work / orders * 1e6:.0f} us of work a row"
        rows.append(
            Row("import with phone, name, address", size, ours, bare, "read_csv", note=note)
        )
        with new_shop(folder) as shop:
            shop.import_files(csv)
            again = taken_often(partial(shop.import_files, csv))
            rows.append(Row("  the same file again", size, again, ours, "its first import"))
    return rows


def _several_records(folder: Path, orders: int) -> list[Row]:
    """Rows that become an order and a line: again, and a tenth later with some orders changed."""
    csv = of_shopify(folder, orders)
    later = of_shopify(folder, orders, first=orders // 10, changed=100)
    size = f"{2 * orders:,} rows"
    ours, bare = in_turn(partial(import_anew, folder, csv), partial(read_bare, csv), runs=1)
    with new_shop(folder) as shop:
        shop.import_files(csv)
        again = taken_often(partial(shop.import_files, csv))
        overlap = taken(partial(shop.import_files, later))
        once_more = taken_often(partial(shop.import_files, later))
    return [
        Row("import of Shopify orders", size, ours, bare, "read_csv"),
        Row("  the same file again", size, again, ours, "its first import"),
        Row("  90 % known, 1 % of them changed", size, overlap, ours, "first import"),
        Row("  that file again", size, once_more, ours, "first import"),
    ]
