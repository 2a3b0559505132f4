"""Rebuilding: the warehouse deleted and made again from landing, and held against what it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.errors import LandingDamaged, NotUnderstood, RegularsError

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it.

    Attributes:
        identical: whether every table has the same content as before.
        differing: names of the tables that do not, or that were not there before.
        tables: rows by table.
        as_of: the date for which people were understood again; None if they had not been.
        seconds: that it took.
    """

    identical: bool
    differing: list[str]
    tables: dict[str, int]
    as_of: date | None
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "identical": self.identical,
            "differing": self.differing,
            "tables": self.tables,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "seconds": round(self.seconds, 3),
        }


def contents(warehouse: Warehouse) -> dict[str, tuple[int, str]]:
    """Rows and a sum of the content of every table, whatever the order of its rows.

    Events count as one table, however they are kept, and without the order in which they came in.
    """
    from regulars.intake.events.table import COLUMNS, PREFIX, VIEW

    rows_of = {name: f'"{name}"' for name in warehouse.tables() if not name.startswith(PREFIX)}
    # A server makes the view before anything was ever sent.
    if warehouse.has(VIEW) and warehouse.sql(f"SELECT 1 FROM {VIEW} LIMIT 1").num_rows:
        told = ", ".join(f'"{name}"' for name in ("customer_id", *COLUMNS) if name != "seq")
        rows_of[VIEW] = f"(SELECT {told} FROM {VIEW})"
    found = {}
    for name, rows in sorted(rows_of.items()):
        row = warehouse.sql(
            f"SELECT count(*) AS n, (bit_xor(sum_of_row)::VARCHAR || ' '"
            f" || sum(sum_of_row % 1000003)::HUGEINT::VARCHAR) AS content"
            f" FROM (SELECT md5_number(CAST(t AS VARCHAR)) AS sum_of_row FROM {rows} t)"
        ).to_pylist()[0]
        found[name] = (int(row["n"]), str(row["content"]))
    return found


def rebuild(home: Home, step: Callable[[str], None]) -> Rebuilt:
    """Make the warehouse of the home again from landing, in place of the one it has.

    Landing is held against the sums of its log first.

    A warehouse that landing has outgrown is brought up to it first, so that equal is held against
    equal. One that does not open is only made anew, and counts as not identical.
    """
    import time

    from regulars.app.as_of import is_stale, refresh, understood_as_of, with_hindsight
    from regulars.app.understand import understand
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.landing import Landing

    began = time.perf_counter()
    step("verifying landing")
    if damage := Landing(home.landing).verify():
        raise LandingDamaged(
            "; ".join(damage),
            todo="restore landing/ from a backup; the warehouse was left as it is",
        )
    before: dict[str, tuple[int, str]] = {}
    as_of: date | None = None
    hindsight = False
    if home.warehouse.exists():
        try:
            with Warehouse.open(home.warehouse, home.settings.engine) as warehouse:
                try:
                    as_of = understood_as_of(warehouse)
                    hindsight = with_hindsight(warehouse)
                except NotUnderstood:
                    as_of = None
                if as_of is not None and is_stale(warehouse, home):
                    understand(warehouse, home, as_of, step, hindsight=hindsight)
                else:
                    refresh(warehouse, home)
                step("comparing")
                before = contents(warehouse)
        except RegularsError as error:
            if error.code != "warehouse.failed":
                raise
    # Made aside and moved into place: stopped half-way, the old one is still there.
    aside = home.warehouse.with_name("warehouse.rebuilt.duckdb")
    try:
        _drop(aside)
        with Warehouse.open(aside, home.settings.engine) as warehouse:
            step("orders")
            refresh(warehouse, home)
            if as_of is not None:
                understand(warehouse, home, as_of, step, hindsight=hindsight)
            step("comparing")
            after = contents(warehouse)
        Path(f"{home.warehouse}.wal").unlink(missing_ok=True)
        aside.replace(home.warehouse)
    finally:
        _drop(aside)
    differing = sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
    return Rebuilt(
        identical=bool(before) and not differing,
        differing=differing,
        tables={name: rows for name, (rows, _) in after.items()},
        as_of=as_of,
        seconds=time.perf_counter() - began,
    )


def _drop(warehouse: Path) -> None:
    for path in (warehouse, Path(f"{warehouse}.wal")):
        path.unlink(missing_ok=True)
