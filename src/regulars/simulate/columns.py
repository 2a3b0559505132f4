"""Arrays into Arrow columns, cheaply: exact money, times, texts by code.

>>> import numpy as np
>>> money(np.array([1990, -5])).to_pylist()
[Decimal('19.90'), Decimal('-0.05')]
>>> coded(["a", "b"], np.array([1, -1])).to_pylist()
['b', None]
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from regulars.simulate.rhythm import Bools, Floats, Ints

ZONE_SECONDS = 8 * 3600
"""Shop days are those of China, which has had one zone and no summer time since 1991."""
DAY = 86_400
MONEY = pa.decimal128(12, 2)
TIME = pa.timestamp("ms", tz="UTC")


def money(fen: Ints) -> pa.Array:
    """Whole fen as yuan, exactly."""
    words = np.empty((len(fen), 2), dtype=np.int64)
    words[:, 0], words[:, 1] = fen, fen >> 63
    return pa.Decimal128Array.from_buffers(MONEY, len(fen), [None, pa.py_buffer(words)])


def coded(values: Sequence[str] | pa.Array, codes: NDArray[Any]) -> pa.DictionaryArray:
    """The text of each code; -1 is an empty cell.

    The values must differ: of a dictionary with equal ones Arrow writes other bytes each time.
    """
    codes = np.asarray(codes, dtype=np.int32)
    indices = pa.array(codes, mask=codes < 0) if (codes < 0).any() else pa.array(codes)
    values = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return pa.DictionaryArray.from_arrays(indices, values)


def masked(column: pa.Array, rows: Bools) -> pa.Array:
    """The column in these rows only; the others are empty."""
    return pc.if_else(pa.array(rows), column, pa.scalar(None, column.type))


def digits(numbers: NDArray[Any]) -> pa.Array:
    """Whole numbers as text."""
    return pa.array(np.asarray(numbers, dtype=np.int64)).cast(pa.string())


def instants(seconds: Floats | Ints, start: date, known: Bools | None = None) -> pa.Array:
    """Whole seconds since the shop's first midnight as instants; empty where not known."""
    epoch = (start - date(1970, 1, 1)).days * DAY - ZONE_SECONDS
    stamps = (np.asarray(seconds, dtype=np.int64) + epoch) * 1000
    return pa.array(stamps, pa.int64(), mask=None if known is None else ~known).cast(TIME)


def day_column(days: Sequence[int] | Ints, start: date) -> pa.Array:
    """Days since the shop's first as dates."""
    first = (start - date(1970, 1, 1)).days
    return pa.array(np.asarray(days, dtype=np.int32) + np.int32(first)).cast(pa.date32())


def day_text(day: int, start: date) -> str:
    """A day since the shop's first as text."""
    return (start + timedelta(days=day)).isoformat()
