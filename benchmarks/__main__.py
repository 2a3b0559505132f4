"""Regulars beside bare DuckDB on the same rows, at full size and a tenth: `make bench`.

Read the ratios, not the seconds: machines are noisy, and both sides of a ratio are of one run. With
names after it (`python -m benchmarks imports`) only those are run.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import imports, memory, understanding
from benchmarks.timing import print_table

_ALL = {"imports": imports, "memory": memory, "understanding": understanding}


def main() -> None:
    """Run and print."""
    wanted = sys.argv[1:] or list(_ALL)
    rows = []
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            rows += _ALL[name].measure(Path(folder))
    print_table(rows)


if __name__ == "__main__":
    main()
