"""What stands for all that a deed wants, so that another one under its key is seen.

>>> digest_of("claim", "spring", 7) == digest_of("claim", "spring", 7)
True
>>> digest_of("claim", "spring", 7) == digest_of("claim", "spring", 8)
False
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

_ENCODE = msgspec.json.Encoder(order="deterministic").encode


def digest_of(deed: str, *wanted: object) -> bytes:
    """16 bytes that stand for the deed's name and what it wants: plain values, tuples, Structs."""
    return blake2b(_ENCODE([deed, *wanted]), digest_size=16).digest()
