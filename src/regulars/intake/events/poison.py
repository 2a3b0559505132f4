"""Poison: requests that cannot be absorbed, and facts that cannot be landed, by a mistake of ours.

Whatever a sender can write, one message must not keep all others waiting behind it for ever. If a
batch breaks off and it is neither disk nor lock, the requests or facts that break it are looked for
by halves, in rehearsals of which nothing lasts; they are refused and kept, and the others go on.
Where even a harmless one breaks, none is refused: all wait until the mistake is mended.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from regulars.engines.duckdb import is_of_values
from regulars.errors import AccountingBroken, RegularsError

ROUTE = "poison"
"""Under which such a request is looked at again: no client can send to it."""
REASON = "poison"


class Rehearsed(Exception):
    """All went well; nothing of it is to stay."""


def is_ours(error: BaseException) -> bool:
    """Whether an error may come from what was sent, and not from disk, memory, a lock or a key."""
    if isinstance(error, RegularsError):
        return isinstance(error, AccountingBroken) or is_of_values(error)
    return isinstance(error, Exception) and not isinstance(error, OSError | MemoryError)


def poisonous(places: Sequence[int], rehearse: Callable[[Sequence[int]], None]) -> list[int]:
    """Those of the places that cannot be taken in alone; raises what is not of their making.

    >>> def one_is_bad(some):
    ...     if 5 in some:
    ...         raise ValueError
    >>> poisonous(range(8), one_is_bad)
    [5]
    """
    if not places:
        return []
    try:
        rehearse(places)
    except Exception as error:
        if not is_ours(error):
            raise
    else:
        return []
    if len(places) == 1:
        return list(places)
    half = len(places) // 2
    return poisonous(places[:half], rehearse) + poisonous(places[half:], rehearse)
