"""Whole columns of money as texts for people, and as decimals.

>>> texts(np.array([12_345_678, -4_500]), "CNY").to_pylist()
['¥1,234.57', '-¥0.45']
>>> decimals(np.array([12_300])).to_pylist()
[Decimal('1.2300')]
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from regulars.kernel.money import exponent, format_money

MONEY = pa.decimal128(18, 4)


def texts(grains: NDArray[np.int64], currency: str) -> pa.Array:
    """Amounts in ten-thousandths, as `kernel.money.format_money` would write them."""
    unique, place = np.unique(grains, return_inverse=True)
    step, places = 10 ** (4 - exponent(currency)), exponent(currency)
    sign = format_money(Decimal(0), currency).rstrip("0").rstrip(".").rstrip("0")
    units = np.rint(unique / step).astype(np.int64).tolist()  # rint: half to even
    one = 10**places
    written = [
        f"{'-' if unit < 0 else ''}{sign}{abs(unit) // one:,}"
        + (f".{abs(unit) % one:0{places}d}" if places else "")
        for unit in units
    ]
    return pa.array(written, pa.string()).take(pa.array(place.ravel()))


def decimals(grains: NDArray[np.int64]) -> pa.Array:
    """Amounts in ten-thousandths as DECIMAL(18,4), exactly."""
    words = np.empty((len(grains), 2), np.int64)  # little-endian 128 bits: low word, sign
    words[:, 0] = grains
    words[:, 1] = grains >> 63
    return pa.Array.from_buffers(MONEY, len(grains), [None, pa.py_buffer(words.tobytes())])
