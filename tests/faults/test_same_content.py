"""One content in every kind of file comes to the same totals, for every source.

Each sample in one kind of file here, by turns, and in all of them with `make soak`.
"""

from __future__ import annotations

import pytest

from regulars import Shop
from samples import SAMPLES, Sample
from soak.grid import grid_of
from soak.same import kinds_for


def check(sample: Sample, kind: str, folder) -> None:
    grid = grid_of(sample)
    path = folder / "file"
    path.write_bytes(kinds_for(grid)[kind](grid))
    where = {"currency": sample.currency, "time_zone": sample.time_zone}
    with Shop.create(folder / "shop", name="x", **where) as shop:
        (report,) = shop.import_files(path)
        assert report.format == sample.source
        assert report.rejected == 0, shop.rejects().to_pylist()
    found = {name: getattr(report, name) for name in sample.expected}
    assert found == sample.expected


def _some() -> list[tuple[Sample, str]]:
    some = []
    for place, sample in enumerate(SAMPLES):
        kinds = list(kinds_for(grid_of(sample)))
        some.append((sample, kinds[place % len(kinds)]))
    return some


@pytest.mark.parametrize(
    ("sample", "kind"), _some(), ids=[f"{sample.source} in {kind}" for sample, kind in _some()]
)
def test_the_kind_of_file_does_not_matter(tmp_path, sample, kind):
    check(sample, kind, tmp_path)
