"""Sentences put together from parts that a row may lack, for whole columns at once.

>>> join_present([pa.array(["a", None, None]), pa.array(["b", "c", None])], "; ").to_pylist()
['a; b', 'c', '']
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def join_present(parts: Sequence[pa.Array], between: str) -> pa.Array:
    """The parts of each row that are present, with a sign between them; empty where none is.

    Arrow's join with `skip` drops a row all of whose parts are missing, so each row begins with an
    empty part, whose sign is cut off again.
    """
    joined = pc.binary_join_element_wise("", *parts, between, null_handling="skip")
    return pc.utf8_slice_codeunits(joined, len(between))
