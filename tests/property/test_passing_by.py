"""Passing rows by changes nothing: with the cache and without it, every import ends the same."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from property.examples import examples
from property.exports import LAYOUTS, Layout
from regulars import Shop
from regulars.app.as_of import refresh
from regulars.intake.landing import Landing
from regulars.intake.records import Kind
from regulars.intake.vault import Vault

TABLES = ("orders", "order_lines", "pending_lines", "customers", "products", "spend")


def landed(shop: Shop) -> list:
    """All that landing holds but for the times at which it came in, personal fields opened."""
    landing = Landing(shop.home.landing)
    found = []
    with Vault.open(shop.home.keys) as vault:
        for kind in Kind:
            for path in landing.segments(str(kind)):
                rows = pq.read_table(path).to_pylist()
                for row in rows:
                    row.pop("known_at")
                    if sealed := row.pop("sealed", None):
                        row["opened"] = vault.unseal([(f"c:{row['customer_id']}", sealed)])
                # A column that is empty throughout may be left out.
                told = [
                    {name: cell for name, cell in row.items() if cell is not None} for row in rows
                ]
                found.append(sorted(str(sorted(row.items())) for row in told))
    return found


def take(
    folder: Path, name: str, layout: Layout, exports: list[list[str]], *, forgets: bool
) -> list:
    """All that can be seen of a shop after each of the imports."""
    seen = []
    with Shop.create(folder / name, name="x", time_zone="Asia/Shanghai") as shop:
        if (folder / "keys").exists():
            shutil.copytree(folder / "keys", shop.home.keys, dirs_exist_ok=True)
        else:
            shutil.copytree(shop.home.keys, folder / "keys")
        for number, rows in enumerate(exports):
            path = folder / f"{number}.csv"
            path.write_text(layout.head + "".join(rows))
            (report,) = shop.import_files(path, format=layout.source)
            if forgets:
                shutil.rmtree(shop.home.folder / "cache", ignore_errors=True)
            seen.append(report)
        seen.append(landed(shop))
        if any(report.accepted for report in seen[:-1]):
            refresh(shop.warehouse, shop.home)
            for table in TABLES:
                rows = shop.warehouse.sql(f"FROM {table}").to_pylist()
                for row in rows:
                    # A change without a time of its own is known from its import on.
                    row.pop("known_at", None)
                    if until := row.pop("known_until", None):
                        row["is_past"] = until.year < 2100
                seen.append(sorted(map(str, rows)))
        seen.append(shop.rejects().drop_columns(["import_no"]).to_pylist())
    return seen


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.source)
@examples(2)
@given(data=st.data())
def test_with_and_without_the_cache_every_import_ends_the_same(layout, data):
    exports = data.draw(layout.exports)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with_cache = take(folder, "with", layout, exports, forgets=False)
        without = take(folder, "without", layout, exports, forgets=True)
        assert with_cache == without
