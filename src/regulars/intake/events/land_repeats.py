"""Facts that say once more what is known: a client names its customer on every page.

A state of a customer or product that says the same as the one before it, but for its time, is left
out, whether that one came together with it or stands in landing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from regulars.engines.duckdb import Warehouse, literal
from regulars.intake.digest import layout_of
from regulars.intake.landed import landed, told_columns
from regulars.intake.records import Kind
from regulars.intake.staging import Stage

_ENTITY = {Kind.CUSTOMER: "customer_id", Kind.PRODUCT: "product_id"}


def leave_out_repeats(work: Warehouse, stage: Stage, seen: Sequence[Path]) -> int:
    """Take repeats off the stage, before it is compared with landing; how many comes back.

    Args:
        work: the working database.
        stage: of customers or products; of other kinds nothing is taken.
        seen: the segments of landing of this kind.
    """
    if stage.kind not in _ENTITY or not stage.count:
        return 0
    entity = _ENTITY[stage.kind]
    told = told_columns(stage.kind)
    held = set(work.sql(f"SELECT * FROM {stage.rows} LIMIT 0").column_names)
    if entity not in held:
        return 0
    staged = [name if name in held else f"NULL::{kind}" for name, kind in told.items()]
    said = [place for place, name in enumerate(told) if name != "updated_at"]
    at = "updated_at" if "updated_at" in held else "NULL::TIMESTAMPTZ"
    of_layout = ""
    if stage.kind is Kind.CUSTOMER:
        of_layout = f"layout = {literal(layout_of(stage.source))} AND"
    names = list(told)
    work.execute(
        f"""
        CREATE OR REPLACE TABLE repeats AS
        WITH states AS (
            SELECT row_no, {entity} AS entity, {at} AS told_at,
                   hash({", ".join(staged[place] for place in said)}) AS said FROM {stage.rows}
            UNION ALL
            SELECT NULL, {entity}, coalesce(updated_at, known_at),
                   hash({", ".join(names[place] for place in said)})
            FROM {landed(seen, stage.kind)}
            WHERE {of_layout} platform = {literal(stage.source.platform)}
              AND {entity} IN (SELECT {entity} FROM {stage.rows})
        )
        SELECT row_no FROM (
            SELECT row_no, said = lag(said) OVER (
                PARTITION BY entity ORDER BY told_at, row_no NULLS FIRST) AS is_again
            FROM states
        ) WHERE is_again AND row_no IS NOT NULL
        """
    )
    found = int(work.sql("SELECT count(*) AS n FROM repeats")["n"][0].as_py())
    if found:
        work.execute(f"DELETE FROM {stage.rows} WHERE row_no IN (SELECT row_no FROM repeats)")
    work.execute("DROP TABLE repeats")
    return found
