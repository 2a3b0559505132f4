"""Streams of random numbers: one per stage and block, so that no draw depends on another's place.

>>> one, two = stream(7, "needs", 3), stream(7, "needs", 3)
>>> bool(one.random() == two.random())
True
"""

from __future__ import annotations

from numpy.random import PCG64DXSM, Generator, SeedSequence

BLOCK = 50_000
"""Customers drawn together. Part of what a seed means: another number would be another shop."""

LAW = 2
"""Counts the changes of what a seed means; stands in truth/world.json."""

_STAGES = (
    "products", "spend", "arrivals", "people", "needs", "experience", "campaigns", "orders",
    "messages", "events", "profiles", "visitors", "visits", "line", "steps", "reading",
    "afterwards",
)  # fmt: skip


def stream(seed: int, stage: str, block: int = 0) -> Generator:
    """The generator of a stage in a block of customers, by seed alone."""
    key = (_STAGES.index(stage), block)
    return Generator(PCG64DXSM(SeedSequence(entropy=seed, spawn_key=key)))
