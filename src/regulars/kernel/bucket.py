"""Deterministic buckets: the same customer falls into the same place for the same test, for ever.

>>> 0 <= bucket("shop:play", 7) < 1
True
>>> bucket("shop:play", 7) == bucket("shop:play", 7)
True
"""

from __future__ import annotations

from hashlib import blake2b

_SPAN = 1 << 53


def bucket(salt: str, customer_id: int) -> float:
    """A number in [0, 1), uniform over customers and independent between salts.

    The first 53 bits of BLAKE2b over "salt|customer_id", so that the value is exact as a float.
    """
    digest = blake2b(f"{salt}|{customer_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / _SPAN
