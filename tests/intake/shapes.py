"""Of all sources one of each shape, for what depends on the shape and not on the names.

With `REGULARS_EXAMPLES` (`make soak`) it is all of them.
"""

from __future__ import annotations

import os
from collections.abc import Hashable

import pytest

from regulars.intake.sources import BY_NAME
from samples import SAMPLES, Sample


def shape(sample: Sample) -> Hashable:
    """What tells apart how the files of sources are read and what becomes of their rows."""
    source = BY_NAME[sample.source]
    parts = (source, *source.also)
    return (
        (source.kind, source.records, sample.has_headers, sample.together is None, source.exact),
        tuple((part.unpack is None, part.where is None) for part in parts),
        (source.fill_down is None, source.silent_rows, source.stands_alone),
        (source.key_of_order, source.amounts_elsewhere, not source.traits),
        (not source.rest, not source.names, not source.split, not source.columns),
    )


def of_each_shape() -> list[Sample]:
    """The first of each shape; rather one that is not in ASCII, whose encoding can be told."""
    first: dict[Hashable, Sample] = {}
    for sample in sorted(SAMPLES, key=lambda one: one.text.isascii()):
        first.setdefault(shape(sample), sample)
    return list(first.values())


each_shape = pytest.mark.parametrize(
    "sample",
    SAMPLES if "REGULARS_EXAMPLES" in os.environ else of_each_shape(),
    ids=lambda sample: sample.source,
)
"""For a test of a `sample`: one of each shape."""
