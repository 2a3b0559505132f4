"""Thousands of hostile files: `make soak`. Failing seeds are printed; keep them in `seeds/`.

`REGULARS_SEEDS=1000-2000` chooses the numbers, per source; each block of seeds is one test.
"""

from __future__ import annotations

import os
import resource
import sys
import traceback
from pathlib import Path

import pytest

from faults.test_same_content import check
from samples import SAMPLES, Sample
from soak.fuzz import case_of, run
from soak.grid import grid_of
from soak.same import kinds_for

FIRST, LAST = map(int, os.environ.get("REGULARS_SEEDS", "0-100").split("-"))
BLOCK = 10
MOST_MEMORY = 2 << 30


@pytest.mark.parametrize("first", range(FIRST, LAST, BLOCK))
@pytest.mark.parametrize("source", [sample.source for sample in SAMPLES])
def test_hostile_files(tmp_path: Path, source: str, first: int) -> None:
    failed = []
    for number in range(first, min(first + BLOCK, LAST)):
        seed = f"{source}:{number}"
        (tmp_path / "seed").write_text(seed)  # where the process itself dies, this tells at which
        folder = tmp_path / str(number)
        folder.mkdir()
        case = case_of(seed)
        try:
            run(case, folder)
        except Exception:
            failed.append(f"{seed}  # {'; '.join(case.done)}\n{traceback.format_exc(limit=-3)}")
    assert not failed, "\n".join(failed)
    unit = 1024 if sys.platform == "linux" else 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit < MOST_MEMORY


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.source)
def test_every_kind_of_file(tmp_path: Path, sample: Sample) -> None:
    for kind in kinds_for(grid_of(sample)):
        (tmp_path / kind).mkdir()
        check(sample, kind, tmp_path / kind)
