r"""Whose a request is: a write key by basic or bearer authorisation, or in the body.

>>> key_in(b"Basic d2tfMTo="), key_in(b"Bearer wk_1"), key_in(b"Digest x"), key_in(b"Basic \xff")
('wk_1', 'wk_1', None, None)
"""

from __future__ import annotations

import binascii
from functools import lru_cache

from regulars.errors import ConnectionRefused
from regulars.intake.connection import Connection, Connections, Use


@lru_cache(maxsize=256)
def key_in(authorization: bytes) -> str | None:
    """The key in an Authorization header; None if there is none."""
    kind, _, rest = authorization.strip().partition(b" ")
    try:
        if kind.lower() == b"bearer":
            return rest.strip().decode() or None
        if kind.lower() == b"basic":
            name = binascii.a2b_base64(rest.strip()).decode().partition(":")[0]
            return name or None
    except (ValueError, UnicodeDecodeError):
        pass
    return None


def sender(connections: Connections, key: str | None, *uses: Use) -> Connection:
    """The connection that the key is of.

    Raises:
        ConnectionRefused: there is no key, or none of this use's.
    """
    if key is None:
        raise ConnectionRefused(
            "there is no write key",
            todo="send it as the user name of basic authorisation, or as writeKey in the body",
        )
    connection = connections.by_key(key)
    if connection is None:
        raise ConnectionRefused(
            "this is no key of the shop", todo="list the connections with: regulars connections"
        )
    if connection.use not in uses:
        raise ConnectionRefused(
            f"this key is for {connection.use}, not for {uses[0]}",
            todo="make one with: regulars connect NAME",
        )
    return connection
