"""The chain of the journal: each row's hash holds the row and the hash before it.

Whoever changes a row has to change all later hashes, and the head, which others have noted.

>>> one = link(bytes(32), Row(1, 0, "define", "cli", "k", "{}", 0))
>>> two = link(one, Row(2, 0, "define", "cli", "k2", "{}", 0))
>>> two == link(one, Row(2, 0, "define", "cli", "k2", "{ }", 0)), len(two)
(False, 32)
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

import msgspec

BEGINNING = bytes(32)
"""The hash before the first row."""


class Row(NamedTuple):
    """A row of the journal without its hash."""

    n: int
    at: int
    kind: str
    actor: str
    key: str
    body: str
    postings_after: int


_ENCODE = msgspec.json.Encoder().encode


def link(before: bytes, row: Row) -> bytes:
    """SHA-256 over the hash before and the row as a JSON array."""
    return sha256(before + _ENCODE(row)).digest()
