"""Columns between Arrow and NumPy, and exact amounts from sums that came as doubles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

MONEY = pa.decimal128(18, 4)


def whole(table: pa.Table, name: str) -> npt.NDArray[np.int64]:
    """A column of whole numbers; NULL is 0. Engines tell sums as decimals."""
    column = table[name].combine_chunks().cast(pa.int64())
    told: npt.NDArray[np.int64] = column.fill_null(0).to_numpy(zero_copy_only=False)
    return told


def real(table: pa.Table, name: str) -> npt.NDArray[np.float64]:
    """A column of numbers; NULL is not a number."""
    column = table[name].combine_chunks().cast(pa.float64())
    told: npt.NDArray[np.float64] = column.to_numpy(zero_copy_only=False)
    return told


def grains(table: pa.Table, name: str) -> npt.NDArray[np.int64]:
    """A column of amounts in whole ten-thousandths, exact up to 900 billion; NULL is 0."""
    return np.rint(np.nan_to_num(real(table, name)) * 10_000).astype(np.int64)


def amounts(values: Iterable[int | None]) -> pa.Array:
    """Whole ten-thousandths as money."""
    told = [None if value is None else Decimal(int(value)).scaleb(-4) for value in values]
    return pa.array(told, MONEY)


def doubles(values: Iterable[float | None], known: Sequence[bool] | None = None) -> pa.Array:
    """Numbers, NULL where not a number or not known."""
    told = [None if value is None else float(value) for value in values]
    hidden = [value is None or not np.isfinite(value) for value in told]
    if known is not None:
        hidden = [one or not own for one, own in zip(hidden, known, strict=True)]
    return pa.array([None if h else v for h, v in zip(hidden, told, strict=True)], pa.float64())


def ratio(above: Any, below: Any) -> npt.NDArray[np.float64]:
    """The quotient, not a number where nothing is below."""
    below = np.asarray(below, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.asarray(above, float) / below
    return np.where(below == 0, np.nan, told)
