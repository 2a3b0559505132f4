"""Columns of an engine's answer as NumPy arrays, the same whichever engine answered.

A sum of whole numbers comes back as a decimal of one engine and as an integer of another.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa

from regulars.kernel.money import PLACES
from regulars.lifetime.gaps import Floats, Ints

MONEY = pa.decimal128(18, 4)
"""The type of money in the tables of a picture."""


def ints(table: pa.Table, name: str) -> Ints:
    """A column of whole numbers.

    >>> from decimal import Decimal
    >>> ints(pa.table({"n": [Decimal(3), Decimal(4)]}), "n").tolist()
    [3, 4]
    """
    return np.asarray(table[name].cast(pa.int64()).to_numpy(), dtype=np.int64)


def reals(table: pa.Table, name: str) -> Floats:
    """A column of numbers; NaN where there is none."""
    return np.asarray(table[name].cast(pa.float64()).to_numpy(), dtype=np.float64)


def exact(amount: float) -> Decimal:
    """An amount with four places, as the warehouse has it."""
    return Decimal(repr(amount)).quantize(PLACES)
