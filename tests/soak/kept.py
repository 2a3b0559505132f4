"""The seeds that are kept: one a line, a `#` begins a remark."""

from __future__ import annotations

from pathlib import Path

_SEEDS = Path(__file__).parent / "seeds"


def seeds(name: str) -> list[str]:
    """The seeds in `seeds/NAME.txt`, in order.

    >>> seeds("kills")[0].split(":")[0] in ("cpu", "call")
    True
    """
    lines = (_SEEDS / f"{name}.txt").read_text("utf-8").splitlines()
    return [seed for line in lines if (seed := line.split("#")[0].strip())]
