"""When a message that was not heard is sent again, and when nothing is sent for a while.

>>> [seconds_to_next(tries) for tries in (1, 2, 3, 10)]
[5, 300, 1800, None]
>>> [rest(failures, is_alive=False) for failures in (1, 2, 3, 9)]
[5, 10, 20, 300]
"""

from __future__ import annotations

_MINUTE, _HOUR = 60, 3600

DELAYS = (
    5, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 5 * _HOUR, 10 * _HOUR, 14 * _HOUR, 20 * _HOUR,
    24 * _HOUR,
)  # fmt: skip
"""Seconds from one try to the next, as Standard Webhooks proposes them."""

_LONGEST_REST = 300
_SEVERAL = 5
_LONGEST_WISH = _HOUR


def seconds_to_next(tries: int) -> int | None:
    """Seconds until the next try, after so many; None: it is given up, and kept for whoever looks.

    Args:
        tries: so far, 1 or more.
    """
    return DELAYS[tries - 1] if tries <= len(DELAYS) else None


def rest(failures: int, *, is_alive: bool, wish: int = 0) -> int:
    """Seconds for which nothing more is sent to an endpoint, whatever waits.

    An endpoint that is away is not called once for each message that waits, and what waits stays in
    its order. One that answers and refuses a message is told the next one at once.

    Args:
        failures: in a row, of whichever messages.
        is_alive: whether it answered, and only did not want this message.
        wish: seconds for which it asked (`Retry-After`).
    """
    if wish:
        return min(wish, _LONGEST_WISH)
    if is_alive and failures < _SEVERAL:
        return 0
    return int(min(5 * 2 ** min(failures - 1, 10), _LONGEST_REST))
