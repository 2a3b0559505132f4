"""Passing rows by changes nothing: with the cache and without it, every import ends the same."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from regulars import Shop
from regulars.app.understand import refresh

HEAD = "order_id,customer_id,phone,placed_at,status,product_id,quantity,paid,line_id\n"
ROWS = st.tuples(
    st.sampled_from("ABC"),  # few orders, so that rows of several files meet
    st.sampled_from(["c1", "c2", ""]),
    st.sampled_from(["", "13812345678"]),
    st.sampled_from(["2026-01-05", "2026-01-06", "nonsense"]),
    st.sampled_from(["completed", "paid", "cancelled"]),
    st.sampled_from(["p1", "p2"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["10", "20", "ten"]),
    st.sampled_from(["", "1"]),
).map(lambda cells: ",".join(cells) + "\n")
POOL = st.lists(ROWS, min_size=1, max_size=6)


@st.composite
def files(draw: st.DrawFn) -> list[list[str]]:
    """Exports that overlap: each takes rows of the ones before, some twice, and adds its own."""
    first = draw(POOL)
    found = [first]
    pool = list(first)
    for _ in range(draw(st.integers(1, 3))):
        again = draw(st.lists(st.sampled_from(pool), max_size=8))
        whole = draw(st.sampled_from([[], first, found[-1]]))
        new = draw(st.lists(ROWS, max_size=3))
        pool += new
        found.append(draw(st.permutations([*again, *whole, *new])) or first)
    return found


def take(folder: Path, name: str, exports: list[list[str]], *, forgets: bool) -> list:
    """All that can be seen of a shop after each of the imports."""
    seen = []
    with Shop.create(folder / name, name="x", time_zone="UTC") as shop:
        if (folder / "keys").exists():
            shutil.copytree(folder / "keys", shop.home.keys, dirs_exist_ok=True)
        else:
            shutil.copytree(shop.home.keys, folder / "keys")
        for number, rows in enumerate(exports):
            path = folder / f"{number}.csv"
            path.write_text(HEAD + "".join(rows))
            (report,) = shop.import_files(path)
            if forgets:
                shutil.rmtree(shop.home.folder / "cache", ignore_errors=True)
            seen.append(report)
        if any(report.accepted for report in seen):
            refresh(shop.warehouse, shop.home)
            for table in ("orders", "order_lines", "customers"):
                # A change without a time of its own is known from its import on; and which line the
                # second of two equal rows stands on, which numbers orders, nobody can tell.
                labels = {"orders": ", order_no", "order_lines": ", order_no, line_no"}
                rest = f"* EXCLUDE (known_at, known_until{labels.get(table, '')})"
                times = "(known_until < '2100-01-01')::INTEGER AS is_past"
                seen.append(
                    shop.warehouse.sql(
                        f"SELECT {rest}, {times} FROM {table} ORDER BY ALL"
                    ).to_pylist()
                )
        seen.append(shop.rejects().drop_columns(["import_no"]).to_pylist())
    return seen


@settings(
    max_examples=int(os.environ.get("REGULARS_EXAMPLES", "12")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="REGULARS_EXAMPLES" not in os.environ,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(files())
def test_with_and_without_the_cache_every_import_ends_the_same(exports):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with_cache = take(folder, "with", exports, forgets=False)
        without = take(folder, "without", exports, forgets=True)
        assert with_cache == without
