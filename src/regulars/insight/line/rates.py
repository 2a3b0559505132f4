"""Shares with their intervals, told only of enough."""

from __future__ import annotations

from regulars.insight.statistics.wilson import wilson

LEAST = 30
"""Of fewer, no share is told."""

Rate = tuple[float | None, float | None, float | None]
"""A share and the ends of its 95 % interval."""


def rate(hits: int | None, of: int) -> Rate:
    """The share with Wilson's interval; nothing of too few, or of what is not observable.

    >>> rate(3, 29), rate(None, 100)
    ((None, None, None), (None, None, None))
    >>> [round(end, 4) for end in rate(30, 100)]
    [0.3, 0.2189, 0.3958]
    """
    if hits is None or of < LEAST:
        return None, None, None
    low, high = wilson(hits, of)
    return hits / of, float(low), float(high)


def named(name: str, told: Rate) -> dict[str, float | None]:
    """The rate as columns.

    >>> list(named("share", (0.5, 0.4, 0.6)))
    ['share', 'share_low', 'share_high']
    """
    return dict(zip((name, f"{name}_low", f"{name}_high"), told, strict=True))
