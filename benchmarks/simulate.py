"""Making a shop of a million customers: time and memory, each run in a process of its own.

The bar: 1 M customers and 10 M order lines in under two minutes and 4 GB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

CUSTOMERS, DAYS = 1_000_000, 1_461
SEEDS = (1, 2, 3)

_RUN = """
import json, resource, sys
from regulars.simulate import simulate
customers, days, seed = map(int, sys.argv[2:])
made = simulate(sys.argv[1], customers=customers, days=days, seed=seed)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps(made.as_dict() | {"peak": peak if sys.platform == "darwin" else peak * 1024}))
"""


def measure(customers: int = CUSTOMERS, days: int = DAYS, seeds: tuple[int, ...] = SEEDS) -> None:
    for seed in seeds:
        with tempfile.TemporaryDirectory() as name:
            done = subprocess.run(
                [
                    sys.executable,
                    "-c",
                    _RUN,
                    str(Path(name) / "shop"),
                    *map(str, (customers, days, seed)),
                ],
                check=True,
                capture_output=True,
                text=True,
            )
        made = json.loads(done.stdout)
        size = sum(one["bytes"] for one in made["files"])
        print(
            f"{made['lines']:>10,} lines  simulate {made['seconds']:6.1f} s   peak"
            f" {made['peak'] / 1e9:.2f} GB   files {size / 1e6:,.0f} MB"
            f"   seed {seed}: {made['customers']:,} customers, {made['orders']:,} orders"
        )


if __name__ == "__main__":
    measure()
