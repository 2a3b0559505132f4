"""The people table: profile, cycle, stage, RFM and contact brought together, one row a customer."""

from __future__ import annotations

from itertools import compress, product
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.kernel.clock import from_day_number
from regulars.lifetime.cycle import SOURCES
from regulars.lifetime.gaps import NO_DAY, Bools
from regulars.people.columns import SCHEMA
from regulars.people.stage_state import DEPTHS, NO_CODE, STAGES, Purchases, StageFold
from regulars.people.type_column import customer_types
from regulars.people.warmth import WARMTHS, Codes

_PERCENTILES = ("p50", "p80", "p95")


def stage_input(purchases: pa.Table, customer_ids: NDArray[np.int64]) -> Purchases:
    """The purchases of known customers as arrays for `fold_stages`.

    Args:
        purchases: `customer_id, day, net, main_category, items`; guests are left out.
        customer_ids: of the people table, ascending; a customer's index is its position there.
    """
    known = purchases.filter(pc.is_valid(purchases["customer_id"]))
    category = known["main_category"].combine_chunks().dictionary_encode()
    # Codes by name, so that the order in which categories were met plays no part.
    names = category.dictionary.to_pylist()
    place = {name: code for code, name in enumerate(sorted(names))}
    by_name = np.array([place[name] for name in names] or [NO_CODE], np.int64)
    codes = pc.fill_null(category.indices, NO_CODE).to_numpy(zero_copy_only=False).astype(np.int64)
    return Purchases(
        customer=np.searchsorted(customer_ids, known["customer_id"].to_numpy()),
        day=known["day"].cast(pa.int32()).to_numpy().astype(np.int64),
        net=known["net"].cast(pa.float64()).to_numpy(),
        category=np.where(codes >= 0, by_name[codes], NO_CODE),
        customers=len(customer_ids),
        pieces=known["items"].cast(pa.float64()).to_numpy(),
    )


def people_table(
    profile: pa.Table, fold: StageFold, rfm: pa.Table, *others: dict[str, pa.Array]
) -> pa.Table:
    """All columns of the people table (`people.columns.SCHEMA`), by customer_id."""
    columns: dict[str, Any] = {name: profile[name] for name in profile.column_names}
    columns |= _stage_columns(fold, profile["as_of"])
    for other in others:  # which may know better, as the ranker does of chances
        columns |= other
    columns |= _rfm_columns(profile["customer_id"], rfm)
    columns["customer_type"] = customer_types(columns)
    return pa.table([_as(columns[field.name], field.type) for field in SCHEMA], schema=SCHEMA)


def _as(column: Any, kind: pa.DataType) -> Any:
    return column if column.type == kind else column.cast(kind)


def _names(codes: Codes, names: tuple[Any, ...]) -> pa.Array:
    dictionary = pa.array([str(name) for name in names])
    indices = pa.array(codes.astype(np.int32), mask=codes == NO_CODE)
    return pa.DictionaryArray.from_arrays(indices, dictionary).cast(pa.string())


def _days(numbers: NDArray[np.int64]) -> pa.Array:
    return pa.array(numbers.astype(np.int32), pa.int32(), mask=numbers == NO_DAY).cast(pa.date32())


def _stage_columns(fold: StageFold, as_of: pa.ChunkedArray) -> dict[str, Any]:
    now = fold.now
    due = _days(now.due_day)
    late = pc.subtract(as_of.combine_chunks().cast(pa.int32()), due.cast(pa.int32()))
    days = [
        pa.array(now.cycle_days[:, place], from_pandas=True) for place in range(len(_PERCENTILES))
    ]
    return {
        "cycle_source": _names(now.cycle_source, SOURCES),
        "cycle_p50": days[0],
        "cycle_p80": days[1],
        "cycle_p95": days[2],
        "fallback_percentiles": _fallbacks(now.is_fallback, now.cycle_source != NO_CODE),
        "due_on": due,
        "at_risk_on": _days(now.at_risk_day),
        "dormant_on": _days(now.dormant_day),
        "overdue_days": pc.max_element_wise(late, pa.scalar(0, pa.int32()), skip_nulls=False),
        "chance_of_return": pa.array(now.chance_of_return, from_pandas=True),
        "chance_30": pa.array(now.chance_soon[:, 0], from_pandas=True),
        "chance_90": pa.array(now.chance_soon[:, 1], from_pandas=True),
        "depth": _names(now.depth, DEPTHS),
        "warmth": _names(now.warmth, WARMTHS),
        "stage": _names(now.stage, STAGES),
        "previous_stage": _names(now.previous_stage, STAGES),
        "stage_since": _days(now.stage_since),
    }


def _fallbacks(is_fallback: Bools, known: Bools) -> pa.Array:
    """The names of the percentiles that are fallbacks; null where there is no cycle."""
    used = list(product((False, True), repeat=len(_PERCENTILES)))
    names = pa.array([list(compress(_PERCENTILES, one)) for one in used], pa.list_(pa.string()))
    place = is_fallback @ (1 << np.arange(len(_PERCENTILES))[::-1])
    return names.take(pa.array(place, pa.int64(), mask=~known))


def _rfm_columns(customer_ids: pa.ChunkedArray, rfm: pa.Table) -> dict[str, Any]:
    place = pc.index_in(customer_ids, value_set=rfm["customer_id"].combine_chunks())
    wanted = ("r", "f", "m", "rfm_segment", "rfm8", "rfm8_name")
    return {name: rfm[name].combine_chunks().take(place.combine_chunks()) for name in wanted}


def history_table(fold: StageFold, customer_ids: NDArray[np.int64]) -> pa.Table:
    """`stage_history`: every change of depth, warmth or stage, by customer and day."""
    history = fold.history
    return pa.table(
        {
            "customer_id": pa.array(customer_ids[history.customer], pa.int64()),
            "changed_on": _days(history.day),
            "depth": _names(history.depth, DEPTHS),
            "warmth": _names(history.warmth, WARMTHS),
            "stage": _names(history.stage, STAGES),
        }
    )


def fits_table(fold: StageFold) -> pa.Table:
    """One row per month end: the shop's cycle as it was judged then, by number of purchases."""
    rows = []
    for month in fold.months:
        for law in month.fit.laws if month.fit else ():
            rows.append(
                {
                    "judged_on": from_day_number(month.day),
                    "rank": law.rank,
                    "chance_of_return": 1 - law.never_returns,
                    "log_days_mean": law.location,
                    "log_days_deviation": law.spread,
                    "gaps": law.closed,
                    "pooled": law.pooled,
                    "converged": law.converged,
                    "cannot_tell": month.cannot_tell,
                }
            )
    schema = pa.schema(
        [
            ("judged_on", pa.date32()), ("rank", pa.int32()), ("chance_of_return", pa.float64()),
            ("log_days_mean", pa.float64()), ("log_days_deviation", pa.float64()),
            ("gaps", pa.int64()), ("pooled", pa.bool_()), ("converged", pa.bool_()),
            ("cannot_tell", pa.string()),
        ]
    )  # fmt: skip
    return pa.Table.from_pylist(rows, schema=schema)


def pace_table(fold: StageFold) -> pa.Table:
    """How much faster than usual purchases come: by month of the year, and at promotions."""
    rows = []
    if fold.months:
        pace = fold.months[-1].pace
        rows = [("month", f"{month:02}", factor) for month, factor in enumerate(pace.month, 1)]
        rows += [("promotion", name, factor) for name, factor in pace.promotion.items()]
    kind, name, factor = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "kind": pa.array(kind, pa.string()),
            "name": pa.array(name, pa.string()),
            "factor": pa.array([float(one) for one in factor], pa.float64()),
        }
    )
