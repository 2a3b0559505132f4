"""Two shares held against each other: this period and the one before."""

from __future__ import annotations

from math import sqrt

from regulars.insight.line.rates import Rate

UP, DOWN, SAME, CANNOT_TELL = "up", "down", "not_told_apart", "cannot_tell"


def change(now: Rate, before: Rate) -> tuple[Rate, str]:
    """The difference of the shares with its 95 % interval, and what it tells.

    The interval is made of Wilson's intervals of both (Newcombe 1998, Statistics in Medicine
    17:873, method 10).

    >>> from regulars.insight.line.rates import rate
    >>> (one, low, high), trend = change(rate(56, 70), rate(48, 80))  # his example (a)
    >>> round(one, 4), round(low, 4), round(high, 4), trend
    (0.2, 0.0524, 0.3339, 'up')
    >>> change((None, None, None), rate(48, 80))
    ((None, None, None), 'cannot_tell')
    """
    (p, low, high), (q, least, most) = now, before
    if p is None or low is None or high is None:
        return (None, None, None), CANNOT_TELL
    if q is None or least is None or most is None:
        return (None, None, None), CANNOT_TELL
    gone = p - q
    below = gone - sqrt((p - low) ** 2 + (most - q) ** 2)
    above = gone + sqrt((high - p) ** 2 + (q - least) ** 2)
    trend = UP if below > 0 else DOWN if above < 0 else SAME
    return (gone, below, above), trend
