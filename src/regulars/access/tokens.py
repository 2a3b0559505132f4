"""Keys and tokens: random, told once, and kept only as sums.

They are long and random: a plain SHA-256 cannot be turned back, and needs no salt.

>>> made = new_key()
>>> made.text.startswith("rg_"), key_id_of(made.text) == made.key_id, len(made.digest)
(True, True, 32)
>>> key_id_of("wk_123") is None
True
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

_KEY = re.compile(r"rg_([0-9a-f]{10})_([A-Za-z0-9_-]{32,})")
_SECRET_BYTES = 24
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is told once.

    Attributes:
        text: the whole key.
        key_id: its public part, to name it by.
        digest: its sum, as it is kept.
    """

    text: str
    key_id: str
    digest: bytes


def new_key() -> NewKey:
    """A key with 192 random bits."""
    key_id = secrets.token_hex(5)
    text = f"rg_{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return NewKey(text, key_id, digest(text))


def key_id_of(text: str) -> str | None:
    """The public part of a key; None of what is none."""
    found = _KEY.fullmatch(text)
    return found[1] if found else None


def new_token() -> str:
    """A session's token, 256 random bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def digest(text: str) -> bytes:
    """The sum under which a key or token is kept."""
    return sha256(text.encode()).digest()
